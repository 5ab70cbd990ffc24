import type { User } from "@/api/people";
import { weekdayName, weekdays } from "@/lib/days";
import { Button } from "@/ui/button";
import { cx } from "@/ui/cx";
import { Select, TextField } from "@/ui/field";
import { FormRow } from "@/ui/form";
import { blankWindow, type DraftRotation } from "./draft";
import { Participants } from "./participants";
import type { Window } from "./types";
import { kindOptions, rotationWords } from "./words";

interface CardProps {
  rotation: DraftRotation;
  index: number;
  count: number;
  people: readonly User[];
  nameOf: (id: string) => string;
  /** What the server says of a field of this rotation. */
  wrong: (field: string) => string | undefined;
  /** What it says below a field. */
  wrongBelow: (field: string) => string | undefined;
  onChange: (patch: Partial<DraftRotation>) => void;
  onMove: (by: number) => void;
  onRemove: () => void;
}

/** One rotation: who takes turns, when they change, and when it is on at all. */
export function RotationCard(props: CardProps) {
  const { rotation, index, count, people, nameOf, wrong, wrongBelow, onChange, onMove, onRemove } = props;
  const name = rotation.name.trim() || `Rotation ${index + 1}`;
  const kind = (value: string) => onChange({ kind: value as DraftRotation["kind"], handoff: { ...rotation.handoff, weekday: rotation.handoff.weekday || "mon" } });
  return (
    <section className="duty-rotation" aria-label={`Rotation ${index + 1}: ${name}`}>
      <div className="duty-rotation-head">
        <h3>{name}</h3>
        <span className="duty-buttons">
          <Button tone="quiet" aria-label={`Move ${name} down: others win over it`} blocked={index === 0 && "It is the lowest"} onClick={() => onMove(-1)}>
            ↓
          </Button>
          <Button tone="quiet" aria-label={`Move ${name} up: it wins over more`} blocked={index === count - 1 && "It is the highest"} onClick={() => onMove(1)}>
            ↑
          </Button>
          <Button tone="quiet" aria-label={`Remove ${name}`} onClick={onRemove}>
            Remove
          </Button>
        </span>
      </div>
      <p className="muted">{rotationWords(rotation)}</p>
      <FormRow>
        <TextField label="Name" value={rotation.name} maxLength={200} error={wrong("name")} onChange={(event) => onChange({ name: event.target.value })} />
        <TextField label="A turn is" type="number" min={1} max={720} value={rotation.every || ""} error={wrong("every")} onChange={(event) => onChange({ every: Math.max(0, Math.floor(event.target.valueAsNumber || 0)) })} />
        <Select label="Of" aria-label="Turns are counted in" value={rotation.kind} options={kindOptions} error={wrong("kind")} onChange={(event) => kind(event.target.value)} />
      </FormRow>
      <FormRow>
        {rotation.kind === "weekly" && (
          <Select
            label="Changes on"
            value={rotation.handoff.weekday ?? ""}
            options={weekdays.map((day) => ({ value: day, label: weekdayName(day) }))}
            error={wrong("handoff.weekday")}
            onChange={(event) => onChange({ handoff: { ...rotation.handoff, weekday: event.target.value as (typeof weekdays)[number] } })}
          />
        )}
        <TextField label="At" type="time" value={rotation.handoff.time} error={wrong("handoff.time")} onChange={(event) => onChange({ handoff: { ...rotation.handoff, time: event.target.value } })} />
        <TextField label="First turn on" type="date" value={rotation.start} error={wrong("start")} onChange={(event) => onChange({ start: event.target.value })} />
        <TextField label="Zone" optional placeholder="the schedule’s" list="zones" value={rotation.zone} error={wrong("zone")} onChange={(event) => onChange({ zone: event.target.value })} />
      </FormRow>
      <Participants label={`Turns of ${name}`} value={rotation.participants} people={people} nameOf={nameOf} error={wrongBelow("participants")} onChange={(participants) => onChange({ participants })} />
      <Windows rotation={rotation} wrong={wrong} wrongBelow={wrongBelow} onChange={(windows) => onChange({ windows })} />
    </section>
  );
}

interface WindowsProps extends Pick<CardProps, "rotation" | "wrong" | "wrongBelow"> {
  onChange: (windows: Window[]) => void;
}

function Windows({ rotation, wrong, wrongBelow, onChange }: WindowsProps) {
  const { windows } = rotation;
  const set = (at: number, patch: Partial<Window>) => onChange(windows.map((window, i) => (i === at ? { ...window, ...patch } : window)));
  return (
    <div className="duty-windows" role="group" aria-label="Only at some times">
      {windows.length === 0 && <p className="muted">Round the clock. With windows it is on only at some times: follow the sun is three rotations with a window each.</p>}
      {windows.map((window, i) => (
        <div key={i} className="duty-window" role="group" aria-label={`Window ${i + 1}`}>
          <Days value={window.days} onChange={(days) => set(i, { days })} />
          <TextField label="From" type="time" value={window.from} error={wrong(`windows[${i}].from`)} onChange={(event) => set(i, { from: event.target.value })} />
          <TextField label="To" type="time" value={window.to} error={wrong(`windows[${i}].to`)} onChange={(event) => set(i, { to: event.target.value })} />
          <Button tone="quiet" aria-label={`Remove window ${i + 1}`} onClick={() => onChange(windows.filter((_, other) => other !== i))}>
            Remove
          </Button>
          <div className="field-error" aria-live="polite">
            {wrongBelow(`windows[${i}].days`)}
          </div>
        </div>
      ))}
      <Button onClick={() => onChange([...windows, blankWindow])}>Add a window</Button>
    </div>
  );
}

function Days({ value, onChange }: { value: readonly string[]; onChange: (days: string[]) => void }) {
  const toggle = (day: string) => onChange(weekdays.filter((one) => (one === day ? !value.includes(one) : value.includes(one))));
  return (
    <div className="duty-days" role="group" aria-label="Days">
      {weekdays.map((day) => (
        <button key={day} type="button" className={cx("duty-day", value.includes(day) && "duty-day-on")} aria-pressed={value.includes(day)} aria-label={weekdayName(day)} onClick={() => toggle(day)}>
          {weekdayName(day, true)}
        </button>
      ))}
    </div>
  );
}
