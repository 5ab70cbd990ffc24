import { isDate, spanOf } from "@/lib/days";
import type { CalendarDoc } from "./types";

/** A date that is not like its weekday: closed, or with hours of its own. */
export interface SpecialDate {
  date: string;
  /** Empty: closed all day. */
  hours: string[];
}

export interface ReadDates {
  dates: SpecialDate[];
  mistakes: { line: number; text: string; why: string }[];
}

/** Every date of a calendar that has something of its own, in order. */
export function datesOf({ closed, special }: Pick<CalendarDoc, "closed" | "special">): SpecialDate[] {
  const own = Object.entries(special).map(([date, hours]) => ({ date, hours }));
  const off = closed.filter((date) => !(date in special)).map((date) => ({ date, hours: [] }));
  return [...own, ...off].sort((a, b) => (a.date < b.date ? -1 : 1));
}

/** The calendar with other dates; what is closed all day stands among the closed ones. */
export function withDates(calendar: CalendarDoc, dates: readonly SpecialDate[]): CalendarDoc {
  const known = new Map(dates.map((one) => [one.date, one.hours]));
  const sorted = [...known].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    ...calendar,
    closed: sorted.filter(([, hours]) => hours.length === 0).map(([date]) => date),
    special: Object.fromEntries(sorted.filter(([, hours]) => hours.length > 0)),
  };
}

/** Lines such as "2026-12-25 Christmas" and "2026-12-24 09:00-13:00"; words behind a date are left out. */
export function readDates(text: string): ReadDates {
  const read: ReadDates = { dates: [], mistakes: [] };
  text.split(/\r?\n/).forEach((raw, i) => {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) return;
    const [date = "", ...rest] = line.split(/[\s,;]+/);
    const wrong = (why: string) => read.mistakes.push({ line: i + 1, text: line.slice(0, 60), why });
    if (!isDate(date)) return wrong("begins with no date such as 2026-12-25");
    const hours = rest.filter((word) => /^\d/.test(word));
    const bad = hours.find((word) => !spanOf(word));
    if (bad) return wrong(`${bad.slice(0, 20)} is no time such as 09:00-13:00`);
    read.dates.push({ date, hours });
  });
  return read;
}

/** "09:00-12:00, 13:00-17:00" as the hours of a day; what cannot be read stays for the server to refuse. */
export function readHours(text: string): string[] {
  return text.split(/[,;\s]+/).filter(Boolean).map((part) => part.replaceAll("–", "-"));
}
