import { daysWords, formatDay, weekdayName } from "@/lib/days";
import { formatPlural } from "@/lib/format";
import { cityOf, formatClock, formatDate } from "@/lib/time";
import type { DraftRotation } from "./draft";
import type { OnCall, Window } from "./types";

/** "17:00" today, "Mon 23 Nov 09:00" on another day. */
export function whenWords(at: string, now: Date, zone: string): string {
  const date = new Date(at);
  const clock = formatClock(date, zone);
  return formatDate(date, zone) === formatDate(now, zone) ? clock : `${formatDay(date, zone, now)} ${clock}`;
}

/** "Mon 23 Nov 09:00 to 17:00", "Mon 23 Nov 09:00 to Mon 30 Nov 09:00". */
export function spanWords(from: string, to: string, now: Date, zone: string): string {
  const [a, b] = [new Date(from), new Date(to)];
  const begins = `${formatDay(a, zone, now)} ${formatClock(a, zone)}`;
  return formatDate(a, zone) === formatDate(b, zone) ? `${begins} to ${formatClock(b, zone)}` : `${begins} to ${formatDay(b, zone, now)} ${formatClock(b, zone)}`;
}

/** "12 h", "168 h", "0.5 h". */
export function hoursWords(hours: number): string {
  return `${hours < 100 ? Math.round(hours * 10) / 10 : Math.round(hours)} h`;
}

/** What is said of a schedule's present: who, until when, who comes next. */
export function nowWords(one: OnCall, now: Date, zone: string): { who: string; until: string; next: string } {
  const until = one.until ? `until ${whenWords(one.until, now, zone)}` : one.gap ? "and nobody comes" : "";
  const next = one.next_name ? `then ${one.next_name}${one.gap || !one.next_from || one.next_from === one.until ? "" : ` from ${whenWords(one.next_from, now, zone)}`}` : "then nobody";
  return { who: one.gap ? "nobody" : one.person_name, until, next };
}

const kinds: Record<DraftRotation["kind"], { one: string; other: string }> = { daily: { one: "day", other: "days" }, weekly: { one: "week", other: "weeks" }, hours: { one: "hour", other: "hours" } };

export const kindOptions = [
  { value: "weekly", label: "weeks" },
  { value: "daily", label: "days" },
  { value: "hours", label: "hours" },
];

/** "Turns of 1 week, changing Monday 09:00, from 2026-11-02; 3 people." */
export function rotationWords(rotation: DraftRotation): string {
  const { kind, every, handoff, start, participants, windows, zone } = rotation;
  const day = kind === "weekly" && handoff.weekday ? `${weekdayName(handoff.weekday)} ` : "";
  const changes = kind === "hours" ? `counted from ${start} ${handoff.time}` : `changing ${day}${handoff.time}, from ${start}`;
  const only = windows.length > 0 ? `; only ${windows.map(windowWords).join(" and ")}` : "";
  return `Turns of ${formatPlural(every, kinds[kind])}, ${changes}${zone ? ` in ${cityOf(zone)}` : ""}; ${formatPlural(participants.length, { one: "person", other: "people" })}${only}.`;
}

export function windowWords(window: Window): string {
  return `${daysWords(window.days)} ${window.from} to ${window.to}`;
}

/** "2 gaps, 26 h in all; the first Mon 23 Nov 09:00 to 17:00". What is over is left out: nobody can mend it. */
export function gapsWords(all: readonly { from: string; to: string }[], now: Date, zone: string): string {
  const gaps = all.filter((gap) => Date.parse(gap.to) > now.getTime());
  const [first] = gaps;
  if (!first) return "";
  const hours = gaps.reduce((sum, gap) => sum + (Date.parse(gap.to) - Date.parse(gap.from)) / 3_600_000, 0);
  return `${formatPlural(gaps.length, { one: "gap", other: "gaps" })}, ${hoursWords(hours)} in all; the first ${spanWords(first.from, first.to, now, zone)}`;
}
