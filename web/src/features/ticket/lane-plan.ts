import { parseDuration } from "@/lib/duration";
import { openSpans, type Calendar, type Span } from "@/lib/open-hours";
import type { ClockView, PauseView, RunView } from "./queries";

/** A point on the lane of a clock. */
export interface Mark {
  kind: "start" | "warning" | "due" | "breach" | "stop" | "page" | "now";
  at: number;
  text: string;
}

/** What is drawn of one clock: a stretch of time with what happened in it. */
export interface Lane {
  from: number;
  to: number;
  /** When its calendar is open; undefined where there are too many days to be shown. */
  open: Span[] | undefined;
  paused: Span[];
  /** From its start until it stopped, or now. */
  ran: Span;
  marks: Mark[];
}

type Clock = Pick<ClockView, "metric" | "phase" | "target" | "paused_seconds" | "started_at" | "due_at" | "stopped_at" | "breached_at" | "warnings">;

interface Around {
  /** Undefined: round the clock. */
  calendar: Calendar | undefined;
  pauses: readonly Pick<PauseView, "state" | "decided_at" | "asked_at" | "ended_at" | "until">[];
  runs: readonly Pick<RunView, "trigger" | "pages">[];
  now: number;
}

/** How much of the lane is left free behind its last mark. */
const MARGIN = 0.04;
const MINUTE = 60_000;

const ms = (at: string | null | undefined) => (at ? Date.parse(at) : undefined);

export function laneOf(clock: Clock, { calendar, pauses, runs, now }: Around): Lane {
  const from = Date.parse(clock.started_at);
  const stop = ms(clock.stopped_at);
  const marks = marksOf(clock, { runs, calendar }, stop ?? now);
  const last = Math.max(from + MINUTE, stop ?? now, ...marks.map((mark) => mark.at));
  const to = last + (last - from) * MARGIN;
  const round: Span[] = [{ from, to }];
  return {
    from,
    to,
    open: calendar ? openSpans(calendar, from, to) : round,
    paused: pauses.flatMap((pause) => cut(pauseSpan(pause, now), from, to)),
    ran: { from, to: Math.min(to, stop ?? now) },
    marks,
  };
}

/** When a clock that has stopped would have been due, where that can be told: round the clock and never paused. */
function wasDue(clock: Clock, calendar: Calendar | undefined): number | undefined {
  const target = parseDuration(clock.target);
  return calendar || clock.paused_seconds > 0 || target === undefined ? undefined : Date.parse(clock.started_at) + target;
}

function marksOf(clock: Clock, { runs, calendar }: Pick<Around, "runs" | "calendar">, end: number): Mark[] {
  const mark = (kind: Mark["kind"], at: number | undefined, text: string): Mark[] => (at === undefined ? [] : [{ kind, at, text }]);
  const [due, breach] = [ms(clock.due_at), ms(clock.breached_at)];
  const was = clock.stopped_at && breach === undefined ? wasDue(clock, calendar) : undefined;
  const pages = runs.filter((run) => isOf(run.trigger, clock)).flatMap((run) => run.pages);
  return [
    ...mark("start", Date.parse(clock.started_at), "Began"),
    ...clock.warnings.flatMap((warning) => mark("warning", ms(warning.at), `${warning.percent} %`)),
    ...(due !== breach ? mark("due", due, breach === undefined ? "Due" : "For guidance") : []),
    ...mark("due", was, "Was due"),
    ...mark("breach", breach, "Passed"),
    ...pages.flatMap((page) => mark("page", Date.parse(page.at), page.level > 0 ? `Level ${page.level} was called` : "The last resort was called")),
    ...mark(clock.stopped_at ? "stop" : "now", end, clock.stopped_at ? "Ended" : "Now"),
  ].sort((a, b) => a.at - b.at);
}

/** The ladders of a clock; those that call because nobody has seen the ticket belong to the clock that waits for that. */
function isOf(trigger: string, clock: Pick<Clock, "metric" | "phase">): boolean {
  if (clock.metric === "ack" && trigger === "open") return true;
  if (clock.metric === "handover") return trigger === "handover" || trigger === "declines";
  return trigger === (clock.phase ? `${clock.metric}:${clock.phase}` : clock.metric);
}

/** A pause counts from when it was agreed to; one that nobody agreed to never did. */
function pauseSpan(pause: Around["pauses"][number], now: number): Span | undefined {
  const from = ms(pause.decided_at) ?? (pause.state === "running" ? ms(pause.asked_at) : undefined);
  if (from === undefined) return undefined;
  return { from, to: ms(pause.ended_at) ?? Math.min(now, Date.parse(pause.until)) };
}

function cut(span: Span | undefined, from: number, to: number): Span[] {
  if (!span) return [];
  const inside = { from: Math.max(span.from, from), to: Math.min(span.to, to) };
  return inside.to > inside.from ? [inside] : [];
}

/** Where a moment stands on a lane, from 0 to `width`. */
export function placeOn(lane: Pick<Lane, "from" | "to">, at: number, width: number): number {
  return Math.round(((Math.min(Math.max(at, lane.from), lane.to) - lane.from) / (lane.to - lane.from)) * width * 10) / 10;
}

/** When a calendar is closed on a lane: what lies between its open hours. */
export function closedSpans({ from, to, open }: Pick<Lane, "from" | "to" | "open">): Span[] {
  if (!open) return [];
  const edges = [from, ...open.flatMap((span) => [span.from, span.to]), to];
  const out: Span[] = [];
  for (let i = 0; i < edges.length; i += 2) {
    const [a = from, b = to] = [edges[i], edges[i + 1]];
    if (b > a) out.push({ from: a, to: b });
  }
  return out;
}

/** Marks that have room for their words: never two within `room` of each other, the more telling first. */
export function labelled(lane: Lane, width: number, room: number): Mark[] {
  const rank: Record<Mark["kind"], number> = { breach: 0, due: 1, now: 2, stop: 2, start: 3, page: 4, warning: 5 };
  const chosen: Mark[] = [];
  for (const mark of [...lane.marks].sort((a, b) => rank[a.kind] - rank[b.kind])) {
    const x = placeOn(lane, mark.at, width);
    if (chosen.every((other) => Math.abs(placeOn(lane, other.at, width) - x) >= room)) chosen.push(mark);
  }
  return chosen.sort((a, b) => a.at - b.at);
}
