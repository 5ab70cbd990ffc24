import { type ReactNode, useId } from "react";
import { Button } from "@/ui/button";
import { type Names, type WhoOption, whoWords } from "./who";

interface WhoFieldProps {
  label: string;
  value: readonly string[];
  options: readonly WhoOption[];
  names: Names;
  error: string | undefined;
  readOnly: boolean;
  /** What is to be said of one of them. */
  mark?: (text: string) => ReactNode;
  onChange: (value: string[]) => void;
}

/** Some of those who can be called, each taken out again by its button. */
export function WhoField({ label, value, options, names, error, readOnly, mark, onChange }: WhoFieldProps) {
  const id = useId();
  const free = options.filter((option) => !value.includes(option.value));
  const groups = [...new Set(free.map(({ group }) => group))];
  return (
    <div className="field" role="group" aria-label={label}>
      <ul className="sla-called">
        {value.map((text) => (
          <li key={text}>
            <span className="sla-called-name">{whoWords(text, names)}</span>
            {mark?.(text)}
            {!readOnly && (
              <Button tone="quiet" aria-label={`Remove ${whoWords(text, names)}`} onClick={() => onChange(value.filter((other) => other !== text))}>
                Remove
              </Button>
            )}
          </li>
        ))}
      </ul>
      {!readOnly && (
        <>
          <label className="visually-hidden" htmlFor={id}>
            {label}: add
          </label>
          <select id={id} className="input" value="" aria-invalid={error ? true : undefined} aria-describedby={error ? `${id}-error` : undefined} onChange={(event) => event.target.value && onChange([...value, event.target.value])}>
            <option value="">Add…</option>
            {groups.map((group) => (
              <optgroup key={group} label={group}>
                {free
                  .filter((option) => option.group === group)
                  .map((option) => (
                    <option key={option.value} value={option.value}>
                      {option.label}
                    </option>
                  ))}
              </optgroup>
            ))}
          </select>
        </>
      )}
      <div className="field-error" id={`${id}-error`} aria-live="polite">
        {error}
      </div>
    </div>
  );
}
