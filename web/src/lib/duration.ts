/** The units in which people set a length of time, the largest first. */
export const units = [
  { unit: "d", ms: 86_400_000, one: "day", other: "days" },
  { unit: "h", ms: 3_600_000, one: "hour", other: "hours" },
  { unit: "m", ms: 60_000, one: "minute", other: "minutes" },
] as const;
export type Unit = (typeof units)[number]["unit"];

const sizes: Record<string, number> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 };

/** Milliseconds of "24h", "1h30m", "7d", "90s"; undefined for what is no length of time. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+(?:\.\d+)?[dhms])+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)([dhms])/g)];
  return parts.reduce((sum, [, n, unit]) => sum + Number(n) * (sizes[unit ?? ""] ?? 0), 0);
}

/** In the largest unit in which it is whole: "24h" is one day, "90m" ninety minutes. */
export function inUnits(text: string): { n: number; unit: Unit } {
  const ms = parseDuration(text) ?? 0;
  const fit = units.find((one) => ms > 0 && ms % one.ms === 0);
  return fit ? { n: ms / fit.ms, unit: fit.unit } : { n: Math.round(ms / 60_000), unit: "m" };
}

/** As the API takes it: days as hours, which every reader of durations knows. */
export function durationOf(n: number, unit: Unit): string {
  return unit === "d" ? `${n * 24}h` : `${n}${unit}`;
}

/** "1 day", "36 hours", "5 minutes"; what cannot be read stays as it is. */
export function durationWords(text: string): string {
  if (parseDuration(text) === undefined) return text;
  const { n, unit } = inUnits(text);
  const word = units.find((one) => one.unit === unit);
  return `${n} ${n === 1 ? word?.one : word?.other}`;
}
