import { type KeyboardEvent, useId, useState } from "react";
import { Button } from "@/ui/button";
import { cx } from "@/ui/cx";
import { Select } from "@/ui/field";
import { type Column, columns, columnTitle, freeTimers, hasOtherwise, inherited, lengthMistake, mayPause, targetText, withCalendar, withTarget } from "./cells";
import { changedAt, ROUND_THE_CLOCK, without } from "./draft";
import { lengthWords } from "./length";
import type { TabProps } from "./sla-page";
import type { Policy, Target } from "./types";
import { timerTitle } from "./words";

export interface PolicyProps extends TabProps {
  policy: Policy;
  /** Where it stands in the document: "policies[0]". */
  at: string;
  onChange: (patch: Partial<Policy>) => void;
}

/** What must be done, down; how severe it is, across; in each cell how long it may take, by which calendar. */
export function TargetGrid(props: PolicyProps) {
  const { policy, at, onChange, readOnly, mistakes } = props;
  const [otherwise, setOtherwise] = useState(false);
  const shown = columns.filter((column) => column !== "*" || otherwise || hasOtherwise(policy.timers));
  const set = (row: number, timer: Target) => onChange({ timers: changedAt(policy.timers, row, timer) });
  return (
    <>
      <p className="muted">
        15m, 4h, 2d (24 hours each) or 1bd, a business day of the cell’s calendar. An empty cell has no target, or what holds otherwise; <code>none</code> has none in any case. The arrow keys go up and down.
      </p>
      {/* Focusable so that a narrow window can be scrolled by keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className="sla-grid-frame" tabIndex={0} role="group" aria-label={`Targets of ${policy.name}`}>
        <table className="sla-grid">
          <thead>
            <tr>
              <th scope="col">Until</th>
              {shown.map((column) => (
                <th key={column} scope="col">
                  {columnTitle(column)}
                </th>
              ))}
              <th scope="col">May wait</th>
              <th scope="col">Ladder</th>
              {!readOnly && <td />}
            </tr>
          </thead>
          <tbody>
            {policy.timers.map((timer, row) => (
              <Row key={`${timer.metric}:${timer.phase}`} {...props} timer={timer} at={`${at}.timers[${row}]`} shown={shown} onTimer={(next) => set(row, next)} onRemove={() => onChange({ timers: without(policy.timers, row) })} />
            ))}
          </tbody>
        </table>
      </div>
      <div className="field-error" aria-live="polite">
        {mistakes.at(`${at}.timers`)}
      </div>
      {!readOnly && (
        <div className="sla-under">
          <AddTimer timers={policy.timers} onAdd={(timer) => onChange({ timers: [...policy.timers, timer] })} />
          {!shown.includes("*") && <Button onClick={() => setOtherwise(true)}>Show what holds otherwise</Button>}
        </div>
      )}
    </>
  );
}

interface RowProps extends Omit<PolicyProps, "onChange"> {
  timer: Target;
  shown: readonly Column[];
  onTimer: (timer: Target) => void;
  onRemove: () => void;
}

function Row(props: RowProps) {
  const { timer, at, shown, draft, mistakes, readOnly, onTimer, onRemove } = props;
  const title = timerTitle(timer.phase ? `${timer.metric}:${timer.phase}` : timer.metric);
  const ladders = [{ value: "", label: "the policy’s" }, { value: "none", label: "none" }, ...draft.ladders.map(({ id, name }) => ({ value: id, label: name }))];
  const wrong = mistakes.at(at) ?? mistakes.at(`${at}.metric`) ?? mistakes.at(`${at}.phase`);
  return (
    <tr>
      <th scope="row">
        {title}
        {wrong && <div className="field-error">{wrong}</div>}
      </th>
      {shown.map((column) => (
        <td key={column}>
          <Cell {...props} title={title} column={column} />
        </td>
      ))}
      <td className="sla-center">
        <input type="checkbox" aria-label={`${title}: may wait`} title={mayPause(timer.metric) ? undefined : "This never waits"} disabled={!mayPause(timer.metric)} checked={timer.pausable} onChange={(event) => onTimer({ ...timer, pausable: event.target.checked })} />
        <div className="field-error">{mistakes.at(`${at}.pausable`)}</div>
      </td>
      <td>
        <select className="input sla-cell-calendar" aria-label={`${title}: ladder`} value={timer.ladder} onChange={(event) => onTimer({ ...timer, ladder: event.target.value })}>
          {ladders.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
        <div className="field-error">{mistakes.at(`${at}.ladder`)}</div>
      </td>
      {!readOnly && (
        <td>
          <Button tone="quiet" aria-label={`Remove ${title}`} onClick={onRemove}>
            Remove
          </Button>
        </td>
      )}
    </tr>
  );
}

interface CellProps extends RowProps {
  title: string;
  column: Column;
}

function Cell({ timer, at, column, title, draft, mistakes, onTimer }: CellProps) {
  const id = useId();
  const kept = targetText(timer, column);
  const [typed, setTyped] = useState<string>();
  const wrong = (typed === undefined ? undefined : lengthMistake(typed)) ?? mistakes.at(`${at}.targets.${column}`) ?? lengthMistake(kept);
  const wrongCalendar = mistakes.at(`${at}.calendar.${column}`);
  const name = `${title}, ${columnTitle(column)}`;
  const calendars = [
    { value: "", label: column === "*" || !timer.calendar["*"] ? "24×7" : `(${nameOf(timer.calendar["*"], draft.calendars)})` },
    ...(column === "*" || !timer.calendar["*"] ? [] : [{ value: ROUND_THE_CLOCK, label: "24×7" }]),
    ...draft.calendars.map((one) => ({ value: one.id, label: one.name })),
  ];
  const calendar = timer.calendar[column] ?? "";
  const set = (text: string) => {
    setTyped(text);
    onTimer(withTarget(timer, column, text));
  };
  return (
    <div className="sla-cell">
      <input
        className={cx("input", "sla-cell-target")}
        aria-label={name}
        aria-invalid={wrong ? true : undefined}
        aria-describedby={wrong ? `${id}-error` : undefined}
        data-column={column}
        placeholder={inherited(timer, column)}
        title={lengthWords(kept) || undefined}
        value={typed ?? kept}
        onChange={(event) => set(event.target.value)}
        onBlur={() => setTyped(undefined)}
        onKeyDown={walk}
      />
      <select className="input sla-cell-calendar" aria-label={`${name}: calendar`} value={calendar === ROUND_THE_CLOCK && !calendars.some(({ value }) => value === ROUND_THE_CLOCK) ? "" : calendar} onChange={(event) => onTimer(withCalendar(timer, column, event.target.value))}>
        {calendars.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      <div className="field-error" id={`${id}-error`} aria-live="polite">
        {wrong ?? wrongCalendar}
      </div>
    </div>
  );
}

function nameOf(id: string, calendars: readonly { id: string; name: string }[]): string {
  return id === ROUND_THE_CLOCK ? "24×7" : (calendars.find((one) => one.id === id)?.name ?? id);
}

/** The arrow keys go to the same column of the row above or below. */
function walk(event: KeyboardEvent<HTMLInputElement>): void {
  const by = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
  if (by === 0) return;
  const all = [...(event.currentTarget.closest("table")?.querySelectorAll<HTMLInputElement>(`input[data-column="${event.currentTarget.dataset.column ?? ""}"]`) ?? [])];
  const next = all[all.indexOf(event.currentTarget) + by];
  event.preventDefault();
  next?.focus();
  next?.select();
}

function AddTimer({ timers, onAdd }: { timers: readonly Target[]; onAdd: (timer: Target) => void }) {
  const free = freeTimers(timers).map(({ metric, phase }) => ({ value: phase ? `${metric}:${phase}` : metric, metric, phase }));
  if (free.length === 0) return null;
  const add = (value: string) => {
    const one = free.find((other) => other.value === value);
    if (one) onAdd({ metric: one.metric, phase: one.phase, targets: {}, calendar: {}, pausable: mayPause(one.metric), ladder: "" });
  };
  return <Select label="Another clock" value="" optional options={[{ value: "", label: "Add a row" }, ...free.map(({ value }) => ({ value, label: timerTitle(value) }))]} onChange={(event) => add(event.target.value)} />;
}
