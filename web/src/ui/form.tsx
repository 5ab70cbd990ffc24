import type { FormEvent, ReactNode } from "react";
import { toProblem } from "@/lib/problem";
import { cx } from "./cx";
import "./form.css";

interface FormProps {
  onSubmit: () => void;
  /** What the server answered; fields it names show their own message beside themselves. */
  error?: unknown;
  /** The fields that show their own errors, so that the summary does not repeat them. */
  shown?: string[];
  children: ReactNode;
  /** Buttons, the primary one last. */
  footer: ReactNode;
  className?: string;
}

/** A form whose errors are said once, above its buttons. */
export function Form({ onSubmit, error, shown = [], children, footer, className }: FormProps) {
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <form className={cx("form", className)} onSubmit={submit}>
      {children}
      <div role="alert">{error ? <FormError error={error} shown={shown} /> : null}</div>
      <div className="form-footer">{footer}</div>
    </form>
  );
}

function FormError({ error, shown }: { error: unknown; shown: string[] }) {
  const problem = toProblem(error);
  const rest = problem.fields.filter((f) => !shown.includes(f.location?.split(".").pop() ?? ""));
  if (problem.fields.length > 0 && rest.length === 0) return null;
  return (
    <div className="form-error">
      <strong>{problem.message}</strong>
      {rest.filter((field) => problem.otherFields.includes(field)).map((field) => (
        <div key={`${field.location}${field.message}`}>
          {field.location && <code>{field.location}</code>} {field.message}
        </div>
      ))}
      {problem.instance && <div className="muted">Reference {problem.instance}</div>}
    </div>
  );
}

/** In a footer: why the deed can't be done yet, in sight before anybody tries. */
export function Why({ children }: { children: string | false | undefined }) {
  return (
    <span className="form-why" role="status">
      {children}
    </span>
  );
}

/** Fields side by side where there is room. */
export function FormRow({ children }: { children: ReactNode }) {
  return <div className="form-row">{children}</div>;
}
