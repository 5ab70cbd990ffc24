import { severities } from "@/lib/words";
import { omitted, ROUND_THE_CLOCK } from "./draft";
import { parseLength, tidyLength } from "./length";
import type { Target } from "./types";

/** The columns of the grid: each severity, and what holds for those not named. */
export const columns = [...severities, "*"] as const;
export type Column = (typeof columns)[number];

/** No target, said where another would be inherited. */
export const NONE = "none";

export function columnTitle(column: string): string {
  return column === "*" ? "Otherwise" : column;
}

/** What stands in the field of a cell: empty where nothing is said. */
export function targetText(timer: Target, column: Column): string {
  const text = timer.targets[column];
  return text === "" ? NONE : (text ?? "");
}

/** What holds in a cell in which nothing is said. */
export function inherited(timer: Target, column: Column): string {
  return (column === "*" ? "" : timer.targets["*"]) || NONE;
}

/** The target that holds for a severity, "" for none. */
export function targetFor(timer: Target, severity: string): string {
  return timer.targets[severity] ?? timer.targets["*"] ?? "";
}

/** The calendar that holds for a severity. */
export function calendarFor(timer: Target, severity: string): string {
  return (timer.calendar[severity] ?? timer.calendar["*"]) || ROUND_THE_CLOCK;
}

/** The timer with another target in a cell. Emptied, the cell inherits; "none" is no target. */
export function withTarget(timer: Target, column: Column, typed: string): Target {
  const text = tidyLength(typed);
  const targets = omitted(timer.targets, column);
  const isNone = text === NONE || text === "-" || text === "–";
  if (text !== "" && !isNone) targets[column] = text;
  else if (isNone && column !== "*" && timer.targets["*"]) targets[column] = "";
  return { ...timer, targets };
}

export function withCalendar(timer: Target, column: Column, id: string): Target {
  const calendar = omitted(timer.calendar, column);
  if (id !== "") calendar[column] = id;
  return { ...timer, calendar };
}

/** What is wrong with what is typed into a cell; the server looks again. */
export function lengthMistake(typed: string): string | undefined {
  const text = tidyLength(typed);
  if (text === "" || text === NONE || text === "-" || text === "–" || parseLength(text)) return undefined;
  return "Write 15m, 4h, 2d or 1bd";
}

/** Whether the column of what holds otherwise is of use: some timer says something in it. */
export function hasOtherwise(timers: readonly Target[]): boolean {
  return timers.some((timer) => "*" in timer.targets || "*" in timer.calendar);
}

/** Which timers can still be added to a policy: the metrics, and the phases of the metric phase. */
export function freeTimers(timers: readonly Target[]): { metric: Target["metric"]; phase: Target["phase"] }[] {
  const phases = ["detect", "analysis", "containment", "eradication", "recovery", "post_incident"] as const;
  const all = [...(["ack", "contain", "resolve", "handover", "age"] as const).map((metric) => ({ metric, phase: "" as const })), ...phases.map((phase) => ({ metric: "phase" as const, phase }))];
  return all.filter(({ metric, phase }) => !timers.some((timer) => timer.metric === metric && timer.phase === phase));
}

/** Whether a timer may wait: what has to be answered by a person never does. */
export function mayPause(metric: Target["metric"]): boolean {
  return metric === "contain" || metric === "resolve" || metric === "phase";
}
