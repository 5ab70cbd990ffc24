import { parseDuration } from "@/lib/duration";
import { formatPlural } from "@/lib/format";

const SECOND = 1000;
const MOST = 400 * 24 * 3600 * SECOND;

/** How long something may take: time of the clock, or business days of a calendar. */
export type Length = { ms: number } | { days: number };

/** "15m", "1h30m", "2d" (24 hours each) or "1bd" (a business day); undefined for what the server would refuse. */
export function parseLength(text: string): Length | undefined {
  const business = /^(\d{1,3})bd$/.exec(text);
  if (business) {
    const days = Number(business[1]);
    return days >= 1 && days <= 400 ? { days } : undefined;
  }
  // Days stand alone: 1d12h is not understood, 36h is.
  if (/d/.test(text) && !/^\d{1,5}d$/.test(text)) return undefined;
  const ms = parseDuration(text);
  return ms !== undefined && ms >= SECOND && ms <= MOST ? { ms } : undefined;
}

/** What a person types, as the server writes it: "15 min" and "2 H" are "15m" and "2h". */
export function tidyLength(text: string): string {
  const plain = text.toLowerCase().replaceAll(/\s+/g, "");
  return plain.replace(/(\d)(?:minutes?|mins?)$/, "$1m").replace(/(\d)(?:hours?|hrs?)$/, "$1h").replace(/(\d)(?:businessdays?|bds?)$/, "$1bd").replace(/(\d)days?$/, "$1d");
}

const units: [ms: number, one: string, other: string][] = [
  [24 * 3600 * SECOND, "day", "days"],
  [3600 * SECOND, "hour", "hours"],
  [60 * SECOND, "minute", "minutes"],
  [SECOND, "second", "seconds"],
];

/** "15 minutes", "1 business day", "1 hour 30 minutes"; what cannot be read stays as it is. */
export function lengthWords(text: string): string {
  const length = parseLength(text);
  if (!length) return text;
  if ("days" in length) return formatPlural(length.days, { one: "business day", other: "business days" });
  let left = length.ms;
  const parts: string[] = [];
  for (const [ms, one, other] of units) {
    const n = Math.floor(left / ms);
    left -= n * ms;
    if (n > 0) parts.push(formatPlural(n, { one, other }));
  }
  return parts.join(" ");
}
