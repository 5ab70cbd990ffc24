import { type ReactNode, useId } from "react";
import { cx } from "./cx";
import "./choices.css";

export interface Choice<T extends string> {
  value: T;
  label: string;
  /** What choosing it means, beside or under the label. */
  note?: ReactNode;
  /** Why it can't be chosen; it stays to be seen, with the reason. */
  blocked?: string | undefined;
}

interface ChoicesProps<T extends string> {
  label: string;
  choices: readonly Choice<T>[];
  value: T | undefined;
  onChange: (value: T) => void;
  error?: string | undefined;
}

/** One of a few, all in sight: the browser's radio buttons, so that the arrow keys work. */
export function Choices<T extends string>({ label, choices, value, onChange, error }: ChoicesProps<T>) {
  const id = useId();
  return (
    <fieldset className="choices" aria-describedby={error ? `${id}-error` : undefined}>
      <legend className="field-label">{label}</legend>
      {choices.map((choice, i) => {
        const note = choice.blocked ?? choice.note;
        return (
          <div key={choice.value} className={cx("choice", choice.blocked && "choice-blocked")}>
            <input
              type="radio"
              id={`${id}-${i}`}
              name={id}
              value={choice.value}
              checked={choice.value === value}
              disabled={choice.blocked !== undefined}
              aria-describedby={note ? `${id}-${i}-note` : undefined}
              onChange={() => onChange(choice.value)}
            />
            <label htmlFor={`${id}-${i}`}>{choice.label}</label>
            {note && (
              <div className="choice-note" id={`${id}-${i}-note`}>
                {note}
              </div>
            )}
          </div>
        );
      })}
      <div className="field-error" id={`${id}-error`} aria-live="polite">
        {error}
      </div>
    </fieldset>
  );
}
