import { formatDate, safeZone } from "./time";
import { fromLocalField } from "./zoned";

/** The days of a week as the API names them, Monday first. */
export const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Weekday = (typeof weekdays)[number];

const names: Record<Weekday, string> = { mon: "Monday", tue: "Tuesday", wed: "Wednesday", thu: "Thursday", fri: "Friday", sat: "Saturday", sun: "Sunday" };

/** "Monday"; short, "Mon". */
export function weekdayName(day: string, short = false): string {
  const name = names[day as Weekday] ?? day;
  return short ? name.slice(0, 3) : name;
}

/** "Mon to Fri", "every day", "Sat, Sun": several days in as few words as they take. */
export function daysWords(days: readonly string[]): string {
  const at = weekdays.flatMap((day, i) => (days.includes(day) ? [i] : []));
  const [first = 0, last = 0] = [at[0], at.at(-1)];
  if (at.length === 7) return "every day";
  if (at.length === 0) return "no day";
  if (at.length > 2 && last - first === at.length - 1) return `${weekdayName(weekdays[first] ?? "", true)} to ${weekdayName(weekdays[last] ?? "", true)}`;
  return at.map((i) => weekdayName(weekdays[i] ?? "", true)).join(", ");
}

const DAY = 24 * 3600 * 1000;

/** A date some days on, by the calendar: "2026-02-28" and 1 is "2026-03-01". */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00Z`) + days * DAY).toISOString().slice(0, 10);
}

/** Which day of the week a date is, 0 for Monday. */
export function weekdayOf(date: string): number {
  return (new Date(`${date}T00:00Z`).getUTCDay() + 6) % 7;
}

/** Whether a text is a date that exists: "2026-02-30" is none. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const at = new Date(`${text}T00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().slice(0, 10) === text;
}

/** When a date begins in a zone; where midnight is jumped over, when its clocks go on. */
export function startOf(date: string, zone: string): number {
  return fromLocalField(`${date}T00:00`, zone)?.getTime() ?? Number.NaN;
}

/** The date on which a moment falls in a zone. */
export function dateAt(at: number, zone: string): string {
  return formatDate(new Date(at), zone);
}

/** "Mon 23 Nov"; with the year where it is not this one. */
export function formatDay(at: Date, zone: string, now: Date): string {
  const year = formatDate(at, zone).slice(0, 4) === formatDate(now, zone).slice(0, 4) ? {} : { year: "numeric" as const };
  const parts = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", timeZone: safeZone(zone), ...year });
  return parts.format(at).replaceAll(",", "");
}

/** Minutes after midnight of "09:00", up to "24:00"; undefined for what is no time of day. */
export function minutesOf(text: string): number | undefined {
  const [, hours, minutes] = /^(\d{2}):([0-5]\d)$/.exec(text) ?? [];
  const at = Number(hours) * 60 + Number(minutes);
  return hours !== undefined && at <= 1440 ? at : undefined;
}

/** "09:00" of 540. */
export function clockOf(minutes: number): string {
  const two = (n: number) => String(n).padStart(2, "0");
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** Open time of a day in minutes after its midnight; `to` may lie on the next day. */
export interface DaySpan {
  from: number;
  to: number;
}

/** "09:00-17:00"; an end that is not after the beginning is on the next day, as the server reads it. */
export function spanOf(text: string): DaySpan | undefined {
  const [a, b, more] = text.trim().split("-");
  const [from, to] = [minutesOf(a?.trim() ?? ""), minutesOf(b?.trim() ?? "")];
  if (from === undefined || to === undefined || more !== undefined || from === to || from === 1440) return undefined;
  return { from, to: to < from ? to + 1440 : to };
}

/** The names of zones that this browser knows, for completing what somebody types. */
export function zoneNames(): string[] {
  return typeof Intl.supportedValuesOf === "function" ? ["UTC", ...Intl.supportedValuesOf("timeZone")] : ["UTC"];
}
