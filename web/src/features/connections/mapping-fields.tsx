import { useState } from "react";
import { Button } from "@/ui/button";
import { cx } from "@/ui/cx";
import { type Draft, type MappingField, problemAt, type Trial } from "./mapping-draft";

interface ListProps {
  known: readonly MappingField[];
  draft: Draft;
  trial: Trial | undefined;
  current: string;
  onCurrent: (name: string) => void;
  onChange: (name: string, line: string) => void;
}

/** The fields that most findings have; the others are a press away. */
const usual = ["uid", "title", "description", "severity", "status", "resource", "account", "principal", "created_at", "updated_at", "remote_ip", "indicators", "source_url", "product"];

/** Every field of a finding with what fills it. */
export function FieldList({ known, draft, trial, ...rest }: ListProps) {
  const [all, setAll] = useState(false);
  const shown = known.filter((f) => all || usual.includes(f.name) || (draft.fields[f.name] ?? "") !== "" || trial?.suggestions[f.name] !== undefined);
  return (
    <div className="mapping-fields" role="group" aria-label="Fields of a finding">
      {shown.map((field) => (
        <FieldRow key={field.name} field={field} line={draft.fields[field.name] ?? ""} trial={trial} needed={isNeeded(field, draft)} {...rest} />
      ))}
      <Button tone="quiet" onClick={() => setAll(!all)} aria-expanded={all}>
        {all ? "Fewer fields" : `All ${known.length} fields`}
      </Button>
    </div>
  );
}

function isNeeded(field: MappingField, draft: Draft): boolean {
  return field.required || (field.name === "uid" && draft.identity.trim() === "");
}

interface RowProps extends Pick<ListProps, "trial" | "current" | "onCurrent" | "onChange"> {
  field: MappingField;
  line: string;
  needed: boolean;
}

function FieldRow({ field, line, trial, needed, current, onCurrent, onChange }: RowProps) {
  const id = `mapping-${field.name}`;
  const problem = problemAt(trial, `fields.${field.name}`);
  const failed = trial?.items.find((item) => item.error?.field === field.name)?.error?.message;
  const suggestion = line.trim() === "" ? trial?.suggestions[field.name] : undefined;
  return (
    <div className={cx("mapping-field", current === field.name && "mapping-current")}>
      <label htmlFor={id} className="field-label">
        {field.name}
        {needed && <span className="muted"> needed</span>}
        {field.list && <span className="muted"> all of them</span>}
      </label>
      <div className="mapping-field-line">
        <input
          id={id}
          className="input mapping-input"
          value={line}
          spellCheck={false}
          autoComplete="off"
          aria-describedby={`${id}-help`}
          aria-invalid={problem ? true : undefined}
          onFocus={() => onCurrent(field.name)}
          onChange={(e) => onChange(field.name, e.target.value)}
        />
        {suggestion && (
          <Button tone="quiet" onClick={() => onChange(field.name, suggestion)} aria-label={`Take the suggestion ${suggestion} for ${field.name}`}>
            {suggestion}?
          </Button>
        )}
      </div>
      <div id={`${id}-help`} className={problem || failed ? "field-error" : "field-help"} aria-live="polite">
        {problem ?? (failed ? `In the sample it ${failed}` : field.help)}
      </div>
    </div>
  );
}
