import { describe, expect, it } from "vitest";
import type { Ticket } from "@/api/models";
import { timer } from "./fixtures";
import { phaseClocks, phaseSteps } from "./phase-clocks";

type Visit = Ticket["phase_visits"][number];

const at = (minute: number) => new Date(Date.UTC(2026, 9, 3, 12, minute)).toISOString();
let seq = 0;
const visit = (phase: Visit["phase"], from: number, to: number | null, skipped = false): Visit => ({
  phase,
  seq: ++seq,
  entered_at: at(from),
  left_at: to === null ? null : at(to),
  by: "user:u1",
  reason: "",
  skipped,
});
const stepsAt = (minute: number, visits: Visit[]) => {
  const steps = phaseSteps(phaseClocks(visits, Date.parse(at(minute))));
  return Object.fromEntries(steps.map((step) => [step.id, `${step.state} ${step.detail ?? ""} ${step.visits}`]));
};

describe("phase clocks", () => {
  it("let the present phase run and stop the ones before", () => {
    expect(stepsAt(47, [visit("detect", 0, 6), visit("analysis", 6, null)])).toEqual({
      detect: "done 6 m 1",
      analysis: "current 41 m 1",
      containment: "ahead  0",
      eradication: "ahead  0",
      recovery: "ahead  0",
      post_incident: "ahead  0",
    });
  });

  it("add up every visit of a phase that was entered again", () => {
    const steps = stepsAt(40, [visit("detect", 0, 5), visit("analysis", 5, 10), visit("containment", 10, 22), visit("analysis", 22, null)]);
    expect(steps.analysis).toBe("current 23 m 2");
    expect(steps.containment).toBe("ahead 12 m so far 1");
  });

  it("give a skipped phase neither time nor a visit", () => {
    const steps = stepsAt(60, [visit("detect", 0, 5), visit("analysis", 5, 5, true), visit("containment", 5, null)]);
    expect(steps.analysis).toBe("skipped skipped 0");
    expect(steps.containment).toBe("current 55 m 1");
  });

  it("stand still once the ticket is closed, and leave the closed visit out", () => {
    const visits = [visit("detect", 0, 9), visit("closed", 9, null)];
    expect(stepsAt(10, visits)).toEqual(stepsAt(59, visits));
    expect(stepsAt(59, visits).detect).toBe("done 9 m 1");
    expect(stepsAt(59, visits).closed).toBeUndefined();
  });

  it("never run backwards when the browser's clock is behind", () => {
    expect(stepsAt(0, [visit("detect", 3, null)]).detect).toBe("current 0 s 1");
  });

  it("stand beside their targets, and say when one was missed", () => {
    const visits = [visit("detect", 0, 6), visit("analysis", 6, null)];
    const of = (phase: string, more: object) => timer({ metric: "phase", phase, ...more });
    const timers = [
      of("detect", { target: "15m", state: "met", due_at: null }),
      of("analysis", { target: "1h", due_at: at(66) }),
      of("analysis", { cycle: 0, target: "9h", due_at: at(9) }),
      timer({ metric: "contain" }),
    ];
    const said = (more: typeof timers, minute: number) => phaseSteps(phaseClocks(visits, Date.parse(at(minute))), more, Date.parse(at(minute))).map(({ detail, over }) => `${detail as string}${over ? " !" : ""}`);
    expect(said(timers, 46).slice(0, 2)).toEqual(["6 m of 15 m", "40 m of 1 h · ◔ 20 m left"]);
    const missed = [of("detect", { target: "5m", state: "breached", due_at: null, remaining_seconds: -60 }), of("analysis", { target: "30m", state: "breached", due_at: at(36) })];
    expect(said(missed, 46).slice(0, 2)).toEqual(["6 m of 5 m · ▲ missed by 1 m !", "40 m of 30 m · ▲ 10 m over !"]);
  });
});
