import { Button } from "@/ui/button";
import { Choices } from "@/ui/choices";
import { Checkbox, Select, TextField } from "@/ui/field";
import { emptyRow, type Row, rowLocation } from "./form-values";
import type { Field } from "./types";

/** What is wrong at a place of the form, if anything. */
export type ErrorAt = (place: string) => string | undefined;

interface SettingProps {
  field: Field;
  value: string;
  onChange: (value: string) => void;
  error: string | undefined;
}

/** One plain setting, by the type that the manifest gives it. */
export function SettingField({ field, value, onChange, error }: SettingProps) {
  if (field.type === "bool") {
    return <Checkbox label={field.title} help={error ?? field.help} checked={value === "true"} onChange={(e) => onChange(String(e.target.checked))} />;
  }
  if (field.type === "choice" && field.options.length <= 4) {
    const choices = field.options.map((o) => ({ value: o.value, label: o.title, note: o.help }));
    return <Choices label={field.title} choices={choices} value={value} onChange={onChange} error={error} />;
  }
  const frame = { label: field.title, help: field.help, error, optional: !field.required, value };
  if (field.type === "choice") {
    return <Select {...frame} options={field.options.map((o) => ({ value: o.value, label: o.title }))} onChange={(e) => onChange(e.target.value)} />;
  }
  // Not type=url: the browser's own message would come before the server's, which says more.
  return <TextField {...frame} inputMode={field.type === "url" ? "url" : field.type === "number" ? "numeric" : "text"} spellCheck={false} autoComplete="off" onChange={(e) => onChange(e.target.value)} />;
}

interface RowsProps {
  field: Field;
  rows: readonly Row[];
  onChange: (rows: Row[]) => void;
  errorAt: ErrorAt;
}

/** A list of things with a few fields each, such as queues. */
export function RowsField({ field, rows, onChange, errorAt }: RowsProps) {
  const one = field.title.replace(/s$/, "").toLowerCase();
  const set = (row: Row, name: string, text: string) => onChange(rows.map((r) => (r.key === row.key ? { ...r, texts: { ...r.texts, [name]: text } } : r)));
  return (
    <fieldset className="connection-rows">
      <legend className="field-label">
        {field.title}
        {!field.required && <span className="muted"> optional</span>}
      </legend>
      <div className="field-help">{field.help}</div>
      {rows.map((row, i) => (
        <fieldset key={row.key} className="connection-row">
          <legend className="visually-hidden">
            {field.title} {i + 1}
          </legend>
          {field.fields.map((f) => (
            <SettingField key={f.name} field={i === 0 ? f : { ...f, help: "" }} value={row.texts[f.name] ?? ""} onChange={(text) => set(row, f.name, text)} error={errorAt(rowLocation(field, rows, row, f.name))} />
          ))}
          <Button tone="quiet" aria-label={`Remove ${one} ${i + 1}`} onClick={() => onChange(rows.filter((r) => r.key !== row.key))}>
            Remove
          </Button>
        </fieldset>
      ))}
      <div className="field-error" aria-live="polite">
        {errorAt(`settings.${field.name}`)}
      </div>
      <div>
        <Button onClick={() => onChange([...rows, emptyRow(field)])}>Add {one}</Button>
      </div>
    </fieldset>
  );
}
