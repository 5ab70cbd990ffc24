import { useState } from "react";
import { formatBoth } from "@/lib/time";
import { useZone } from "@/lib/zone";
import { fromLocalField, toLocalField } from "@/lib/zoned";
import { Button } from "./button";
import { TextField } from "./field";
import "./moment-field.css";

interface MomentFieldProps {
  label: string;
  /** RFC 3339, or nothing yet. */
  value: string;
  onChange: (at: string) => void;
  help?: string;
  error?: string | undefined;
  /** Steps from now that are set with one press, in milliseconds. */
  quick?: readonly { label: string; ms: number }[];
}

/** A date and time in the person's own zone, with what that is in UTC under it. */
export function MomentField({ label, value, onChange, help, error, quick = [] }: MomentFieldProps) {
  const zone = useZone();
  const [draft, setDraft] = useState({ of: "", text: "" });
  const at = new Date(value);
  const known = value !== "" && !Number.isNaN(at.getTime());
  // While it is typed the field keeps its own text: years come digit by digit.
  const text = draft.of === value && value !== "" ? draft.text : known ? toLocalField(at, zone) : "";
  const set = (next: string) => {
    const moment = fromLocalField(next, zone)?.toISOString() ?? "";
    setDraft({ of: moment, text: next });
    onChange(moment);
  };
  return (
    <div className="moment-field">
      <TextField
        label={label}
        type="datetime-local"
        value={text}
        error={error}
        help={known ? formatBoth(at, zone) : (help ?? `In ${zone}`)}
        onChange={(event) => !event.target.validity.badInput && set(event.target.value)}
      />
      {quick.length > 0 && (
        <div className="moment-quick" role="group" aria-label={`${label}: from now`}>
          {quick.map((step) => (
            <Button key={step.label} onClick={() => onChange(wholeMinute(Date.now() + step.ms))}>
              {step.label}
            </Button>
          ))}
        </div>
      )}
    </div>
  );
}

function wholeMinute(ms: number): string {
  return new Date(Math.ceil(ms / 60_000) * 60_000).toISOString();
}
