import type { Ticket } from "@/api/models";
import { targetWords, type Timer, timerWords } from "@/lib/clocks";
import { formatCode } from "@/lib/format";
import { formatDuration } from "@/lib/time";
import { type Phase, phases } from "@/lib/words";
import type { Step } from "@/ui/stepper";

type Visit = Ticket["phase_visits"][number];

/** The phases in which somebody works: all but the end. */
export const workPhases: readonly Phase[] = phases.filter((phase) => phase !== "closed");

export interface PhaseClock {
  phase: Phase;
  /** Time spent in it, over all visits. */
  ms: number;
  /** How often it was entered; a skipped phase never was. */
  visits: number;
  current: boolean;
  skipped: boolean;
}

/** How long a ticket was in each phase. Skipped visits have no length and are no visits. */
export function phaseClocks(visits: readonly Visit[], now: number): PhaseClock[] {
  return workPhases.map((phase) => {
    const all = visits.filter((visit) => visit.phase === phase);
    const real = all.filter((visit) => !visit.skipped);
    return {
      phase,
      ms: real.reduce((sum, visit) => sum + lengthOf(visit, now), 0),
      visits: real.length,
      current: real.some((visit) => visit.left_at === null),
      skipped: all.length > 0 && real.length === 0,
    };
  });
}

function lengthOf(visit: Visit, now: number): number {
  const left = visit.left_at === null ? now : Date.parse(visit.left_at);
  // The browser's clock may be behind the server's: a visit is never shorter than nothing.
  return Math.max(0, left - Date.parse(visit.entered_at));
}

/** What a ticket's timers say of one phase: the latest of it. */
function timerOf(timers: readonly Timer[], phase: Phase): Timer | undefined {
  const own = timers.filter((timer) => timer.metric === "phase" && timer.phase === phase);
  return own.sort((a, b) => a.cycle - b.cycle).at(-1);
}

/** The clocks as steps. A phase that was entered and left backwards lies ahead again, its time kept. */
export function phaseSteps(clocks: readonly PhaseClock[], timers: readonly Timer[] = [], now = 0): Step[] {
  const here = clocks.findIndex((clock) => clock.current);
  return clocks.map((clock, i) => {
    const ahead = here >= 0 && i > here;
    const timer = timerOf(timers, clock.phase);
    const step: Step = { id: clock.phase, label: formatCode(clock.phase), state: stateOf(clock, ahead), visits: clock.visits, over: timer?.state === "breached" };
    if (clock.visits > 0) step.detail = [ahead ? `${formatDuration(clock.ms)} so far` : formatDuration(clock.ms), targetDetail(timer, clock, now)].join("");
    else if (clock.skipped) step.detail = "skipped";
    return step;
  });
}

/** " of 1 h · ◔ 12 m left": the target and how it stands. */
function targetDetail(timer: Timer | undefined, clock: PhaseClock, now: number): string {
  if (!timer) return "";
  const of = ` of ${targetWords(timer.target)}`;
  // Of a phase that is over only a miss is worth its words.
  return clock.current || timer.state === "breached" ? `${of} · ${timerWords(timer, now)}` : of;
}

function stateOf(clock: PhaseClock, ahead: boolean): Step["state"] {
  if (clock.current) return "current";
  if (clock.skipped) return "skipped";
  return clock.visits > 0 && !ahead ? "done" : "ahead";
}
