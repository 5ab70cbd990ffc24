const DAY = 24 * 3600 * 1000;

/** A span of days, the last one not meant, as the address and the API write it. */
export interface Span {
  from: string;
  to: string;
}

const iso = (at: number) => new Date(at).toISOString().slice(0, 10);

/** The spans that people ask for, by the date of today ("2026-11-24"). */
export function spansOf(today: string): { id: string; label: string; span: Span }[] {
  const [year = 0, month = 1] = today.split("-").map(Number);
  const first = (back: number) => iso(Date.UTC(year, month - 1 - back, 1));
  const tomorrow = iso(Date.parse(today) + DAY);
  const quarter = Math.floor((month - 1) / 3) * 3;
  return [
    { id: "30d", label: "Last 30 days", span: { from: iso(Date.parse(today) - 30 * DAY), to: tomorrow } },
    { id: "month", label: "This month", span: { from: first(0), to: tomorrow } },
    { id: "last", label: "Last month", span: { from: first(1), to: first(0) } },
    { id: "quarter", label: "Last quarter", span: { from: iso(Date.UTC(year, quarter - 3, 1)), to: iso(Date.UTC(year, quarter, 1)) } },
  ];
}

const LEAST = 60;
const MOST = 30 * 24 * 3600;

/** The place of a duration in seconds on a scale from a minute to thirty days, 0 to 1; each step of it is so many times longer. */
export function placeOf(seconds: number): number {
  const at = Math.log(Math.max(seconds, LEAST) / LEAST) / Math.log(MOST / LEAST);
  return Math.min(1, Math.max(0, at));
}
