import { addDays, dateAt, type DaySpan, spanOf, weekdayOf, weekdays } from "@/lib/days";
import { fromLocalField } from "@/lib/zoned";
import type { CalendarDoc } from "./types";

/** Whether a calendar is open at a moment, and until when it stays so. */
export interface OpenState {
  open: boolean;
  /** When that changes; undefined when it does not within 400 days. */
  until?: number;
}

const AHEAD = 400;
const DAY = 24 * 3600 * 1000;

/** The hours of a date as they are written for it: its own, none on a closed one, or those of its weekday. */
export function hoursOn(calendar: CalendarDoc, date: string): readonly string[] {
  const special = calendar.special[date];
  if (special) return special;
  if (calendar.closed.includes(date)) return [];
  return calendar.weekly[weekdays[weekdayOf(date)] ?? "mon"] ?? [];
}

/** Open time of a date as moments: where clocks jump, a span is as long as it then is. */
function spansOn(calendar: CalendarDoc, date: string): DaySpan[] {
  return hoursOn(calendar, date).flatMap((text) => {
    const span = spanOf(text);
    if (!span) return [];
    const [from, to] = [momentOf(date, span.from, calendar.zone), momentOf(date, span.to, calendar.zone)];
    return to > from ? [{ from, to }] : [];
  });
}

function momentOf(date: string, minutes: number, zone: string): number {
  const day = addDays(date, Math.floor(minutes / 1440));
  const rest = minutes % 1440;
  const clock = `${String(Math.floor(rest / 60)).padStart(2, "0")}:${String(rest % 60).padStart(2, "0")}`;
  return fromLocalField(`${day}T${clock}`, zone)?.getTime() ?? Number.NaN;
}

export function openAt(calendar: CalendarDoc, at: number): OpenState {
  if (calendar.always) return { open: true };
  const today = dateAt(at, calendar.zone);
  let until = at;
  let open = false;
  // Two days before: a span over midnight, and a date that its zone left out.
  for (let i = -2; i < AHEAD; i++) {
    const spans = spansOn(calendar, addDays(today, i)).sort((a, b) => a.from - b.from);
    for (const { from, to } of spans) {
      if (from <= until && until < to) {
        open = true;
        until = to; // the next one may follow without a break
      } else if (from > until) {
        return { open, until: open ? until : from };
      }
    }
  }
  const ends = open && until < at + (AHEAD - 3) * DAY;
  return ends ? { open, until } : { open };
}
