import { safeZone } from "./time";

const DAY = 24 * 3600 * 1000;

/** How a moment stands in a field of the type datetime-local: "2026-10-03T14:00", in the zone given. */
export function toLocalField(at: Date, zone: string): string {
  if (Number.isNaN(at.getTime())) return "";
  return new Date(at.getTime() + offsetAt(at.getTime(), zone)).toISOString().slice(0, 16);
}

/**
 * The moment at which the clocks of a zone show a local time. Where they show it twice, the first; where
 * they jump over it, as far after the jump as it lies inside it.
 */
export function fromLocalField(text: string, zone: string): Date | undefined {
  const asUtc = Date.parse(`${text}Z`);
  if (Number.isNaN(asUtc)) return undefined;
  const [before, after] = [offsetAt(asUtc - DAY, zone), offsetAt(asUtc + DAY, zone)];
  const candidates = [asUtc - before, asUtc - after].sort((a, b) => a - b);
  const shown = candidates.find((moment) => moment + offsetAt(moment, zone) === asUtc);
  return new Date(shown ?? asUtc - before);
}

/** How far the clocks of a zone are ahead of UTC, in milliseconds. */
function offsetAt(moment: number, zone: string): number {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: safeZone(zone),
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  }).formatToParts(moment);
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((one) => one.type === type)?.value ?? 0);
  const local = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return local - Math.floor(moment / 1000) * 1000;
}
