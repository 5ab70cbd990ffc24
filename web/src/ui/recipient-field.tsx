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
  /** Whether who is chosen is known to be reached; undefined where nobody knows. */
  reached?: boolean | undefined;
}

const groups = ["On duty now", "Teams", "People"] as const;

/** Whom to offer something to: the browser's own select, which every phone knows, with those on duty first. */
export function RecipientField({ label, recipients, value, onChange, error, reached }: RecipientFieldProps) {
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
      {reached === false && (
        <div className="field-help" role="status">
          ▲ They have confirmed no way in which messages reach them: they see the offer here only.
        </div>
      )}
      <div className="field-error" id={`${id}-error`} aria-live="polite">
        {error}
      </div>
    </div>
  );
}
