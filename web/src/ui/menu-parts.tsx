import { Menu as Base } from "@base-ui/react/menu";
import type { ReactNode } from "react";
import type { Action } from "@/lib/actions";
import { waysOf } from "@/lib/actions";
import { cx } from "./cx";
import { Kbd } from "./kbd";
import type { MenuChoiceProps, MenuProps } from "./menu";

/** The menu once somebody has opened it; it begins open. */
export function Menu({ label, children, align = "end", tone = "plain", name, keys, open, onOpenChange }: MenuProps) {
  const controlled = open === undefined ? { defaultOpen: true } : { open, onOpenChange: (next: boolean) => onOpenChange?.(next) };
  return (
    <Base.Root modal={false} {...controlled}>
      <Base.Trigger className={cx("btn", `btn-${tone}`)} aria-label={name} aria-keyshortcuts={keys}>
        {label}
        <span aria-hidden="true" className="menu-caret" />
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner className="menu-layer" align={align} sideOffset={4}>
          <Base.Popup className="menu">{children}</Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

export function MenuItem({ onSelect, disabled, children }: { onSelect: () => void; disabled?: boolean; children: ReactNode }) {
  return (
    <Base.Item className="menu-item" onClick={onSelect} disabled={disabled ?? false}>
      {children}
    </Base.Item>
  );
}

/** The menu item of an action. */
export function MenuAction({ action }: { action: Action }) {
  if (action.hidden) return null;
  const [keys] = waysOf(action.keys);
  return (
    <Base.Item className="menu-item" onClick={action.run} disabled={Boolean(action.blocked)} title={action.blocked || undefined}>
      {action.label}
      {keys && <Kbd keys={keys} />}
    </Base.Item>
  );
}

/** One of several choices, the present one marked. */
export function MenuChoice<T extends string>(props: MenuChoiceProps<T>) {
  return (
    <Base.Group>
      <Base.GroupLabel className="menu-label">{props.label}</Base.GroupLabel>
      <Base.RadioGroup value={props.value} onValueChange={(value: T) => props.onChange(value)}>
        {props.options.map((option) => (
          <Base.RadioItem key={option.value} value={option.value} className="menu-item" closeOnClick>
            {option.label}
            <Base.RadioItemIndicator className="menu-mark">✓</Base.RadioItemIndicator>
          </Base.RadioItem>
        ))}
      </Base.RadioGroup>
    </Base.Group>
  );
}

export function MenuSeparator() {
  return <Base.Separator className="menu-separator" />;
}

/** Words in a menu that can't be chosen. */
export function MenuText({ children }: { children: ReactNode }) {
  return <div className="menu-text">{children}</div>;
}
