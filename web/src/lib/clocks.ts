import { formatCode } from "./format";
import { formatClock, formatDate, formatDuration } from "./time";

/** The clocks of a ticket, in the words of people: what has to be done before each runs out. */
const deeds: Record<string, { name: string; to: string }> = {
  ack: { name: "Acknowledge", to: "to acknowledge" },
  contain: { name: "Contain", to: "to contain" },
  resolve: { name: "Resolve", to: "to resolve" },
  handover: { name: "Answer the offer", to: "to answer the offer" },
  age: { name: "Close in any case", to: "to close it in any case" },
};

/** "Contain"; "Leave analysis" for the clock of a phase. */
export function clockName(metric: string, phase = ""): string {
  if (metric === "phase") return phase ? `Leave ${formatCode(phase).toLowerCase()}` : "Leave the phase";
  return deeds[metric]?.name ?? formatCode(metric);
}

/** "to contain": what the time is for. */
export function clockPurpose(metric: string, phase = ""): string {
  if (metric === "phase") return phase ? `to leave ${formatCode(phase).toLowerCase()}` : "to leave the phase";
  return deeds[metric]?.to ?? `for ${formatCode(metric).toLowerCase()}`;
}

/** What a row of the queue knows of its clocks. */
export interface RowClocks {
  due_at: string | null;
  due_metric: string;
  paused_until: string | null;
  breached: readonly string[];
}

export type Urgency = "over" | "soon" | "running" | "paused" | "none";

/** Soon: what the view "Breaching < 1 h" holds. */
export const SOON_MS = 3_600_000;

export function urgencyOf({ due_at, paused_until }: Pick<RowClocks, "due_at" | "paused_until">, now: number): Urgency {
  if (due_at) {
    const left = Date.parse(due_at) - now;
    return left < 0 ? "over" : left < SOON_MS ? "soon" : "running";
  }
  return paused_until ? "paused" : "none";
}

/** "▲ 29 m over", "◔ 42 m", "‖ paused until 14:00"; "" where no clock runs. */
export function clockFace(clocks: Pick<RowClocks, "due_at" | "paused_until">, now: number, zone: string): string {
  switch (urgencyOf(clocks, now)) {
    case "over":
      return `▲ ${formatDuration(now - Date.parse(clocks.due_at ?? ""))} over`;
    case "soon":
    case "running":
      return `◔ ${formatDuration(Date.parse(clocks.due_at ?? "") - now)}`;
    case "paused":
      return `‖ paused until ${whenShort(clocks.paused_until ?? "", now, zone)}`;
    case "none":
      return "";
  }
}

/** The time of day today, the date on any other day. */
export function whenShort(at: string, now: number, zone: string): string {
  const date = new Date(at);
  const day = formatDate(date, zone);
  return day === formatDate(new Date(now), zone) ? formatClock(date, zone) : day;
}

/** A clock on a ticket's page. */
export interface Timer {
  metric: string;
  phase: string;
  cycle: number;
  target: string;
  started_at: string;
  due_at: string | null;
  state: "running" | "paused" | "met" | "breached";
  remaining_seconds: number;
  breached_at: string | null;
  breached_on_retarget: boolean;
  warnings: readonly { percent: number; at: string | null }[];
}

/** Whether a clock still counts: one that has passed does until what it is about is done. */
export function isTicking(timer: Pick<Timer, "state" | "due_at">): boolean {
  return timer.state === "paused" || timer.due_at !== null;
}

/** How a clock stands, as its mark and words. */
export function timerWords(timer: Timer, now: number): string {
  const left = timer.remaining_seconds * 1000; // as its calendar counts
  switch (timer.state) {
    case "met":
      return "✓ met";
    case "paused":
      return left < 0 ? `‖ ${openTime(left)} over, paused` : `‖ ${openTime(left)} left, paused`;
    case "running":
      return timer.due_at ? leftWords(Date.parse(timer.due_at) - now) : "◔ running";
    case "breached":
      return breachWords(timer, now, left);
  }
}

/** Time that a calendar counts, in hours at most: a day of it is not one of 24 hours. */
export function openTime(ms: number): string {
  const minutes = Math.floor(Math.abs(ms) / 60_000);
  if (minutes < 60) return formatDuration(ms);
  return [`${Math.floor(minutes / 60)} h`, minutes % 60 > 0 && `${minutes % 60} m`].filter(Boolean).join(" ");
}

function breachWords(timer: Timer, now: number, left: number): string {
  if (!timer.due_at) return left < 0 ? `▲ missed by ${openTime(left)}` : "▲ missed";
  const wait = Date.parse(timer.due_at) - now;
  // The severity rose and the shorter target had passed already: what is left is the grace that follows.
  if (timer.breached_on_retarget && wait > 0) return `▲ over since the target changed, ${formatDuration(wait)} left`;
  return `▲ ${formatDuration(Math.max(0, -wait))} over`;
}

function leftWords(ms: number): string {
  return ms < 0 ? `▲ ${formatDuration(ms)} over` : `◔ ${formatDuration(ms)} left`;
}

/**
 * How much of a target is used, 0 to 1, or undefined where nobody can tell. The warnings are points that
 * the calendar has placed; between two of them the time is taken as even.
 */
export function usedShare(timer: Timer, now: number): number | undefined {
  if (timer.state === "breached") return 1;
  if (!timer.due_at || timer.state !== "running") return undefined;
  const points = [
    { share: 0, at: Date.parse(timer.started_at) },
    ...timer.warnings.flatMap(({ percent, at }) => (at ? [{ share: percent / 100, at: Date.parse(at) }] : [])),
    { share: 1, at: Date.parse(timer.due_at) },
  ].sort((a, b) => a.share - b.share);
  const next = points.findIndex((point) => point.at > now);
  if (next < 0) return 1;
  const [from, to] = [points[next - 1], points[next]];
  if (!from || !to) return 0;
  return from.share + ((to.share - from.share) * (now - from.at)) / Math.max(1, to.at - from.at);
}

/** The clocks in the order in which they call for somebody: what is due first, then what waits, then what has ended. */
export function inOrder<T extends Timer>(timers: readonly T[]): T[] {
  const rank = (timer: Timer) => (timer.due_at ? 0 : timer.state === "paused" ? 1 : 2);
  return [...timers].sort((a, b) => rank(a) - rank(b) || Date.parse(a.due_at ?? a.started_at) - Date.parse(b.due_at ?? b.started_at));
}

const targetUnits: Record<string, string> = { bd: "business day", d: "day", h: "h", m: "m", s: "s" };

/** "4 h", "2 days", "1 business day" of "4h", "2d", "1bd"; words of a later server stay as they are. */
export function targetWords(target: string): string {
  const parts = [...target.matchAll(/(\d+(?:\.\d+)?)(bd|[dhms])/g)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join("") !== target) return target;
  return parts.map(([, n, unit]) => spellUnit(Number(n), unit ?? "")).join(" ");
}

function spellUnit(n: number, unit: string): string {
  const word = targetUnits[unit] ?? unit;
  return `${n} ${word.length > 1 && n !== 1 ? `${word}s` : word}`;
}
