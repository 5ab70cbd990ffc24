import { useId } from "react";
import type { Recipient } from "@/lib/handover";
import "./field.css";
import "./input.css";

interface RecipientFieldProps {
  label: string;
  recipients: readonly Recipient[];
  value: string;
  onChange: (value: string) => void;
  error?: string | undefined;
}

const groups = ["On duty now", "Teams", "People"] as const;

/** Whom to offer something to: the browser's own select, which every phone knows, with those on duty first. */
export function RecipientField({ label, recipients, value, onChange, error }: RecipientFieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      <select id={id} className="input" required value={value} aria-invalid={error ? true : undefined} aria-describedby={error ? `${id}-error` : undefined} onChange={(event) => onChange(event.target.value)}>
        <option value="">Choose a person or a team</option>
        {groups.map((group) => {
          const some = recipients.filter((one) => one.group === group);
          return (
            some.length > 0 && (
              <optgroup key={group} label={group}>
                {some.map((one) => (
                  <option key={one.value} value={one.value}>
                    {one.label}
                  </option>
                ))}
              </optgroup>
            )
          );
        })}
      </select>
      <div className="field-error" id={`${id}-error`} aria-live="polite">
        {error}
      </div>
    </div>
  );
}
