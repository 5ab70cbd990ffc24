import { lazy, type ReactNode, Suspense, useState } from "react";
import { cx } from "./cx";
import "./menu.css";

export interface MenuProps {
  /** What the button says. */
  label: ReactNode;
  children: ReactNode;
  align?: "start" | "end";
  tone?: "plain" | "quiet";
  /** What assistive technology calls it, where the label alone does not say what can be done. */
  name?: string;
  /** Opened from outside as well, by a key. */
  keys?: string;
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
}

export interface MenuChoiceProps<T extends string> {
  label: string;
  value: T;
  options: { value: T; label: string }[];
  onChange: (value: T) => void;
}

// What opens is fetched when a pointer or the focus comes near: no screen needs it to be drawn.
const parts = () => import("./menu-parts");
const Opened = lazy(async () => ({ default: (await parts()).Menu }));

/** A button that opens a list of things to do. */
export function Menu(props: MenuProps) {
  const { label, tone = "plain", name, keys, open, onOpenChange } = props;
  const [wanted, setWanted] = useState(false);
  const trigger = (
    <button
      type="button"
      className={cx("btn", `btn-${tone}`)}
      aria-haspopup="menu"
      aria-expanded={false}
      aria-label={name}
      aria-keyshortcuts={keys}
      onPointerEnter={() => void parts()}
      onFocus={() => void parts()}
      onClick={() => {
        setWanted(true);
        onOpenChange?.(true);
      }}
    >
      {label}
      <span aria-hidden="true" className="menu-caret" />
    </button>
  );
  if (!wanted && !open) return trigger;
  return (
    <Suspense fallback={trigger}>
      <Opened {...props} />
    </Suspense>
  );
}

export const MenuItem = lazy(async () => ({ default: (await parts()).MenuItem }));
/** The menu item of an action. */
export const MenuAction = lazy(async () => ({ default: (await parts()).MenuAction }));
export const MenuSeparator = lazy(async () => ({ default: (await parts()).MenuSeparator }));
/** Words in a menu that can't be chosen. */
export const MenuText = lazy(async () => ({ default: (await parts()).MenuText }));

const Choice = lazy(async () => ({ default: (await parts()).MenuChoice as (props: MenuChoiceProps<string>) => ReactNode }));

/** One of several choices, the present one marked. */
export function MenuChoice<T extends string>({ onChange, ...props }: MenuChoiceProps<T>) {
  return <Choice {...props} onChange={(value) => onChange(value as T)} />;
}
