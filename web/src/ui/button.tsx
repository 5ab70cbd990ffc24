import { Button as BaseButton } from "@base-ui/react/button";
import type { ComponentProps, ReactNode } from "react";
import type { Action } from "@/lib/actions";
import { waysOf } from "@/lib/actions";
import { cx } from "./cx";
import { Kbd } from "./kbd";
import "./button.css";

export type ButtonTone = "plain" | "primary" | "danger" | "quiet";

export interface ButtonProps extends Omit<ComponentProps<typeof BaseButton>, "className"> {
  tone?: ButtonTone;
  /** Key hint behind the words. */
  keys?: string | undefined;
  /** Says that it is working and takes no second press. */
  busy?: boolean;
  /** Why it can't be pressed; it stays focusable so that everybody can learn why. */
  blocked?: string | false | undefined;
  className?: string;
  children: ReactNode;
}

/** A button of words, never of pictures. */
export function Button({ tone = "plain", keys, busy = false, blocked, className, children, ...rest }: ButtonProps) {
  const off = busy || Boolean(blocked) || rest.disabled === true;
  return (
    <BaseButton
      type="button"
      {...rest}
      disabled={off}
      focusableWhenDisabled={busy || Boolean(blocked)}
      title={blocked || rest.title}
      aria-busy={busy || undefined}
      aria-keyshortcuts={keys?.replaceAll("mod", "Control")}
      className={cx("btn", `btn-${tone}`, className)}
    >
      {children}
      {keys && <Kbd keys={keys} />}
    </BaseButton>
  );
}

/** The button of an action. */
export function ActionButton({ action, tone, busy }: { action: Action; tone?: ButtonTone; busy?: boolean }) {
  if (action.hidden) return null;
  return (
    <Button tone={tone ?? "plain"} busy={busy ?? false} blocked={action.blocked} keys={waysOf(action.keys)[0]} onClick={action.run}>
      {action.label}
    </Button>
  );
}
