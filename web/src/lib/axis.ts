import { addDays, dateAt, startOf, weekdayOf } from "./days";
import { fromLocalField } from "./zoned";

/** A stretch of time, in milliseconds. */
export interface Stretch {
  from: number;
  to: number;
}

export type Zoom = "day" | "week" | "month";

/** The day, week or month that holds a date, by the calendar of a zone: a week may have 167 hours. */
export function stretchOf(zoom: Zoom, date: string, zone: string): Stretch {
  const [first, last] = datesOf(zoom, date);
  return { from: startOf(first, zone), to: startOf(last, zone) };
}

/** The first date of it and the one after its last. */
function datesOf(zoom: Zoom, date: string): [string, string] {
  if (zoom === "day") return [date, addDays(date, 1)];
  if (zoom === "week") {
    const monday = addDays(date, -weekdayOf(date));
    return [monday, addDays(monday, 7)];
  }
  const first = `${date.slice(0, 7)}-01`;
  return [first, `${addDays(first, 31).slice(0, 7)}-01`];
}

/** The date from which the stretch before or after is shown. */
export function stepped(zoom: Zoom, date: string, by: number): string {
  const [first, after] = datesOf(zoom, date);
  return by > 0 ? after : addDays(first, -1);
}

/** Hours of the clock of the world, which daylight saving makes other than those of the wall. */
export function hoursOf({ from, to }: Stretch): number {
  return Math.round((to - from) / 36_000) / 100;
}

export interface Tick {
  at: number;
  /** In percent of the width. */
  x: number;
  /** A day begins. */
  day: boolean;
  date: string;
}

const HOURS = 3;

/** Where the lines stand: each local midnight, and on a single day every three hours of its clocks. */
export function ticksOf(stretch: Stretch, zone: string, zoom: Zoom): Tick[] {
  const ticks: Tick[] = [];
  for (let date = dateAt(stretch.from, zone); ticks.length < 40; date = addDays(date, 1)) {
    const begins = startOf(date, zone);
    if (begins >= stretch.to) break;
    ticks.push({ at: begins, x: shareOf(begins, stretch), day: true, date });
    if (zoom !== "day") continue;
    for (let hour = HOURS; hour < 24; hour += HOURS) {
      const at = fromLocalField(`${date}T${String(hour).padStart(2, "0")}:00`, zone)?.getTime() ?? 0;
      ticks.push({ at, x: shareOf(at, stretch), day: false, date });
    }
  }
  return ticks;
}

function shareOf(at: number, { from, to }: Stretch): number {
  return Math.round(((at - from) / (to - from)) * 1e6) / 1e4;
}

/** Where a moment stands, in percent of the width; undefined outside. */
export function placeAt(at: number, stretch: Stretch): number | undefined {
  return at < stretch.from || at > stretch.to ? undefined : shareOf(at, stretch);
}

export interface Bar {
  x: number;
  width: number;
  /** It began before what is shown. */
  cutLeft: boolean;
  /** It goes on after what is shown. */
  cutRight: boolean;
}

/** Where something that lasts stands, in percent of the width; undefined where nothing of it is shown. */
export function barOf(span: Stretch, stretch: Stretch): Bar | undefined {
  const [from, to] = [Math.max(span.from, stretch.from), Math.min(span.to, stretch.to)];
  if (to <= from) return undefined;
  const x = shareOf(from, stretch);
  return { x, width: Math.round((shareOf(to, stretch) - x) * 1e4) / 1e4, cutLeft: span.from < stretch.from, cutRight: span.to > stretch.to };
}
