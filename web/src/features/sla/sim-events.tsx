import { phases, severities } from "@/lib/words";
import { formatCode } from "@/lib/format";
import { Button } from "@/ui/button";
import { Select } from "@/ui/field";
import { MomentField } from "@/ui/moment-field";
import { changedAt, without } from "./draft";
import type { SimEvent } from "./types";

const deeds: { value: SimEvent["do"]; label: string }[] = [
  { value: "ack", label: "It is acknowledged" },
  { value: "note", label: "Somebody writes a note" },
  { value: "phase", label: "It moves to a phase" },
  { value: "severity", label: "Its severity changes" },
  { value: "pause", label: "It is paused" },
  { value: "resume", label: "It goes on" },
  { value: "close", label: "It is closed" },
  { value: "reopen", label: "It is opened again" },
];

const HALF_HOUR = 1_800_000;
const later = (at: string, ms: number) => new Date((Date.parse(at) || Date.now()) + ms).toISOString();

/** What people do meanwhile; without any, nobody answers. */
export function SimEvents({ at, value, onChange }: { at: string; value: readonly SimEvent[]; onChange: (events: SimEvent[]) => void }) {
  const set = (row: number, patch: Partial<SimEvent>) => onChange(changedAt(value, row, patch));
  const choose = (row: number, event: SimEvent, deed: SimEvent["do"]) => onChange(value.map((one, i) => (i === row ? filled({ at: event.at, do: deed }) : one)));
  return (
    <div role="group" aria-label="What people do" className="sla-events">
      <span className="field-label">What people do</span>
      {value.length === 0 && <p className="muted">Nobody answers.</p>}
      {value.map((event, row) => (
        <div key={row} className="sla-event" role="group" aria-label={`Deed ${row + 1}`}>
          <Select label="Deed" value={event.do} options={deeds} onChange={(change) => choose(row, event, change.target.value as SimEvent["do"])} />
          <MomentField label="At" value={event.at} onChange={(moment) => set(row, { at: moment })} />
          {event.do === "severity" && <Select label="To" value={event.to ?? ""} options={severities.map((one) => ({ value: one, label: one }))} onChange={(change) => set(row, { to: change.target.value })} />}
          {event.do === "phase" && <Select label="To" value={event.to ?? ""} options={phases.filter((one) => one !== "closed").map((one) => ({ value: one, label: formatCode(one) }))} onChange={(change) => set(row, { to: change.target.value })} />}
          {event.do === "pause" && <MomentField label="Until" value={event.until ?? ""} onChange={(until) => set(row, { until })} />}
          <div>
            <Button tone="quiet" aria-label={`Remove deed ${row + 1}`} onClick={() => onChange(without(value, row))}>
              Remove
            </Button>
          </div>
        </div>
      ))}
      <div>
        <Button onClick={() => onChange([...value, { at: later(value.at(-1)?.at ?? at, HALF_HOUR), do: "ack" }])}>Add a deed</Button>
      </div>
    </div>
  );
}

/** With what a deed needs besides its time. */
export function filled(event: SimEvent): SimEvent {
  switch (event.do) {
    case "severity":
      return { ...event, to: "high" };
    case "phase":
      return { ...event, to: "analysis" };
    case "pause":
      return { ...event, until: later(event.at, 4 * HALF_HOUR) };
    default:
      return event;
  }
}
