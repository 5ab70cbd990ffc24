import { useState } from "react";
import { durationOf, inUnits, parseDuration, type Unit, units } from "@/lib/duration";
import { Select, TextField } from "./field";
import "./duration-field.css";

interface DurationFieldProps {
  label: string;
  /** "24h", "5m". */
  value: string;
  onChange: (duration: string) => void;
  help?: string;
  error?: string | undefined;
}

const options = units.map(({ unit, other }) => ({ value: unit, label: other }));

/** A length of time as a number and its unit. The unit stays as it was chosen: 24 hours do not turn into a day while somebody types 240. */
export function DurationField({ label, value, onChange, help, error }: DurationFieldProps) {
  const [unit, setUnit] = useState<Unit>(() => inUnits(value).unit);
  const size = units.find((one) => one.unit === unit)?.ms ?? 1;
  const n = (parseDuration(value) ?? 0) / size;
  const choose = (next: Unit) => {
    setUnit(next);
    onChange(durationOf(Math.max(1, Math.round(n)), next));
  };
  return (
    <div className="duration-field">
      <TextField label={label} type="number" min={1} step="any" value={n > 0 ? n : ""} help={help} error={error} onChange={(event) => onChange(durationOf(Math.max(0, Math.floor(event.target.valueAsNumber || 0)), unit))} />
      <Select label="Unit" aria-label={`${label}: unit`} value={unit} options={options} onChange={(event) => choose(event.target.value as Unit)} />
    </div>
  );
}
