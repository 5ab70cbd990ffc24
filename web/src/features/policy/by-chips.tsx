import { cx } from "@/ui/cx";
import { dimensions } from "./sections";

interface ByChipsProps {
  value: readonly string[];
  onChange: (by: string[]) => void;
  error: string | undefined;
}

/** In what findings must be alike to share a ticket: each a chip that is pressed or not. */
export function ByChips({ value, onChange, error }: ByChipsProps) {
  const unknown = value.filter((id) => !dimensions.some((one) => one.id === id)).map((id) => ({ id, label: id }));
  return (
    <fieldset className="by-chips">
      <legend className="field-label">The same</legend>
      <div className="chips">
        {[...dimensions, ...unknown].map(({ id, label }) => {
          const pressed = value.includes(id);
          return (
            <button key={id} type="button" className={cx("chip", pressed && "chip-on")} aria-pressed={pressed} onClick={() => onChange(pressed ? value.filter((each) => each !== id) : [...value, id])}>
              <span aria-hidden="true">{pressed ? "✓ " : "+ "}</span>
              {label}
            </button>
          );
        })}
      </div>
      <div className="field-error" aria-live="polite">
        {error}
      </div>
    </fieldset>
  );
}
