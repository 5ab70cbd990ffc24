const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Two units at most, the way a clock is spoken: "42 s", "31 m", "1 h 12 m", "3 d 4 h", "23 d". */
export function formatDuration(ms: number): string {
  const abs = Math.abs(ms);
  if (abs < MINUTE) return `${Math.floor(abs / SECOND)} s`;
  if (abs < HOUR) return `${Math.floor(abs / MINUTE)} m`;
  if (abs < DAY) return pair(abs, HOUR, "h", MINUTE, "m");
  if (abs < 10 * DAY) return pair(abs, DAY, "d", HOUR, "h");
  return `${Math.floor(abs / DAY)} d`;
}

function pair(ms: number, big: number, bigName: string, small: number, smallName: string): string {
  const whole = Math.floor(ms / big);
  const rest = Math.floor((ms % big) / small);
  return rest === 0 ? `${whole} ${bigName}` : `${whole} ${bigName} ${rest} ${smallName}`;
}

/** One unit, for narrow columns: "42 s", "31 m", "9 h", "23 d". */
export function formatAge(ms: number): string {
  if (ms < 5 * SECOND) return "now";
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} m`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h`;
  return `${Math.floor(ms / DAY)} d`;
}

/** Wall clock in a zone: "14:00"; with seconds "14:00:05". */
export function formatClock(at: Date, zone: string, seconds = false): string {
  return new Intl.DateTimeFormat("en-GB", {
    hour: "2-digit",
    minute: "2-digit",
    ...(seconds ? { second: "2-digit" } : {}),
    hourCycle: "h23",
    timeZone: safeZone(zone),
  }).format(at);
}

/** Date in a zone, ISO order: "2026-10-03". */
export function formatDate(at: Date, zone: string): string {
  const parts = new Intl.DateTimeFormat("en-CA", { year: "numeric", month: "2-digit", day: "2-digit", timeZone: safeZone(zone) });
  return parts.format(at);
}

/** "2026-10-03 14:00:05 UTC · 16:00:05 Amsterdam"; the local date too where it differs. */
export function formatBoth(at: Date, zone: string): string {
  const utc = `${formatDate(at, "UTC")} ${formatClock(at, "UTC", true)} UTC`;
  if (safeZone(zone) === "UTC") return utc;
  const sameDay = formatDate(at, "UTC") === formatDate(at, zone);
  const date = sameDay ? "" : `${formatDate(at, zone)} `;
  return `${utc} · ${date}${formatClock(at, zone, true)} ${cityOf(zone)}`;
}

/** Relative under a day ("31 m ago", "in 5 m"), the local date and time after that. */
export function formatMoment(at: Date, now: Date, zone: string): string {
  const ms = now.getTime() - at.getTime();
  // useNow rounds down, so what has just happened may seem a few seconds ahead.
  if (ms < 5 * SECOND && ms > -15 * SECOND) return "just now";
  if (ms >= 0 && ms < DAY) return `${formatDuration(ms)} ago`;
  if (ms < 0 && ms > -DAY) return `in ${formatDuration(ms)}`;
  return `${formatDate(at, zone)} ${formatClock(at, zone)}`;
}

/** "Amsterdam" of "Europe/Amsterdam", "New York" of "America/New_York". */
export function cityOf(zone: string): string {
  return (zone.split("/").pop() ?? zone).replaceAll("_", " ");
}

/** The zone if this browser knows it, else UTC: a zone comes from a profile and may be anything. */
export function safeZone(zone: string): string {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return zone;
  } catch {
    return "UTC";
  }
}

/** The zone of this browser, "UTC" when it does not say. */
export function browserZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}
