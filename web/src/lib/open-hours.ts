import { addDays, clockOf, dateAt, spanOf, weekdayOf, weekdays } from "./days";
import { fromLocalField } from "./zoned";

/** A business calendar as people write it (SlaCalendarDoc). */
export interface Calendar {
  zone: string;
  always: boolean;
  weekly: Readonly<Record<string, readonly string[]>>;
  closed: readonly string[];
  special: Readonly<Record<string, readonly string[]>>;
}

export interface Span {
  from: number;
  to: number;
}

const DAY = 24 * 3600 * 1000;
/** Beyond this nobody could tell the hours apart in a drawing. */
export const MOST_DAYS = 62;

/** When a calendar is open between two moments; undefined where there are too many days to be shown. */
export function openSpans(calendar: Calendar, from: number, to: number): Span[] | undefined {
  if (calendar.always) return [{ from, to }];
  if (to - from > MOST_DAYS * DAY) return undefined;
  const spans: Span[] = [];
  // The day before may reach over midnight.
  for (let date = addDays(dateAt(from, calendar.zone), -1); date <= dateAt(to, calendar.zone); date = addDays(date, 1)) {
    for (const hours of hoursOf(calendar, date)) {
      const [begin, end] = [Math.max(from, momentOf(date, hours.from, calendar.zone)), Math.min(to, momentOf(date, hours.to, calendar.zone))];
      if (end > begin) spans.push({ from: begin, to: end });
    }
  }
  return joined(spans);
}

function hoursOf(calendar: Calendar, date: string) {
  const usual = calendar.closed.includes(date) ? [] : (calendar.weekly[weekdays[weekdayOf(date)] ?? ""] ?? []);
  return (calendar.special[date] ?? usual).flatMap((text) => spanOf(text) ?? []);
}

/** The moment at which the clocks of a zone show so many minutes after the midnight of a date, or of the next one. */
function momentOf(date: string, minutes: number, zone: string): number {
  const day = minutes >= 1440 ? addDays(date, 1) : date;
  return fromLocalField(`${day}T${clockOf(minutes % 1440)}`, zone)?.getTime() ?? Number.NaN;
}

/** Spans in their order, those that touch as one. */
function joined(spans: readonly Span[]): Span[] {
  const out: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    const last = out.at(-1);
    if (last && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else out.push({ ...span });
  }
  return out;
}
