import { type ComponentProps, type ReactNode, useId } from "react";
import { cx } from "./cx";
import "./field.css";
import "./input.css";

interface FieldFrame {
  label: string;
  /** A sentence under the field that helps before a mistake is made. */
  help?: ReactNode;
  /** What is wrong with the value; announced when it appears. */
  error?: string | undefined;
  /** Says "optional" behind the label; everything else is required. */
  optional?: boolean;
  className?: string;
}

function useFrame({ label, help, error, optional, className }: FieldFrame) {
  const id = useId();
  const describedBy = [help ? `${id}-help` : "", error ? `${id}-error` : ""].filter(Boolean).join(" ");
  const control = {
    id,
    className: "input",
    "aria-describedby": describedBy || undefined,
    "aria-invalid": error ? true : undefined,
    required: !optional,
  };
  const wrap = (children: ReactNode) => (
    <div className={cx("field", className)}>
      <label className="field-label" htmlFor={id}>
        {label}
        {optional && <span className="muted"> optional</span>}
      </label>
      {children}
      {help && (
        <div className="field-help" id={`${id}-help`}>
          {help}
        </div>
      )}
      <div className="field-error" id={`${id}-error`} aria-live="polite">
        {error}
      </div>
    </div>
  );
  return { control, wrap };
}

type Framed<T extends "input" | "textarea" | "select"> = FieldFrame & Omit<ComponentProps<T>, "className" | "id">;

/** One line of text with its label, help and error. */
export function TextField({ label, help, error, optional, className, ...rest }: Framed<"input">) {
  const { control, wrap } = useFrame({ label, help, error, optional: optional ?? false, className: className ?? "" });
  return wrap(<input type="text" {...control} {...rest} />);
}

/** Several lines of text. */
export function TextArea({ label, help, error, optional, className, ...rest }: Framed<"textarea">) {
  const { control, wrap } = useFrame({ label, help, error, optional: optional ?? false, className: className ?? "" });
  return wrap(<textarea rows={4} {...control} {...rest} />);
}

export interface Option {
  value: string;
  label: string;
}

/** A choice from a short list: the browser's own select, which every keyboard and phone knows. */
export function Select({ label, help, error, optional, className, options, ...rest }: Framed<"select"> & { options: Option[] }) {
  const { control, wrap } = useFrame({ label, help, error, optional: optional ?? false, className: className ?? "" });
  return wrap(
    <select {...control} {...rest}>
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </select>,
  );
}

/** A box to tick, with its words as the target. */
export function Checkbox({ label, help, ...rest }: { label: ReactNode; help?: ReactNode } & Omit<ComponentProps<"input">, "type" | "className" | "id">) {
  const id = useId();
  return (
    <div className="check">
      <input type="checkbox" id={id} aria-describedby={help ? `${id}-help` : undefined} {...rest} />
      <label htmlFor={id}>{label}</label>
      {help && (
        <div className="field-help check-help" id={`${id}-help`}>
          {help}
        </div>
      )}
    </div>
  );
}
