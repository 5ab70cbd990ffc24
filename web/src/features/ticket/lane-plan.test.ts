import { describe, expect, it } from "vitest";
import { closedSpans, labelled, laneOf, placeOn } from "./lane-plan";

const hour = (h: number) => `2026-11-24T${String(h).padStart(2, "0")}:00:00Z`;
const at = (h: number) => Date.parse(hour(h));
type Clock = Parameters<typeof laneOf>[0];
type Around = Parameters<typeof laneOf>[1];
const clock = (more: Partial<Clock> = {}): Clock => ({ metric: "contain", phase: "", target: "4h", paused_seconds: 0, started_at: hour(8), due_at: hour(12), stopped_at: null, breached_at: null, warnings: [{ percent: 50, at: hour(10) }, { percent: 90, at: null }], ...more });
const around = (more: Partial<Around> = {}): Around => ({ calendar: undefined, pauses: [], runs: [], now: at(9), ...more });
const marks = (lane: ReturnType<typeof laneOf>) => lane.marks.map((mark) => `${mark.kind} ${new Date(mark.at).getUTCHours()}`);

describe("the lane of a clock", () => {
  it("reaches from its start to what is due, with room behind", () => {
    const lane = laneOf(clock(), around());
    expect([lane.from, lane.to]).toEqual([at(8), at(12) + (at(12) - at(8)) * 0.04]);
    expect(lane.ran).toEqual({ from: at(8), to: at(9) });
    expect(marks(lane)).toEqual(["start 8", "now 9", "warning 10", "due 12"]);
    expect(placeOn(lane, at(8), 1000)).toBe(0);
    expect(placeOn(lane, at(10), 1040)).toBe(500);
    expect(placeOn(lane, at(23), 1000)).toBe(1000);
  });

  it("shows when it passed, and what is due for guidance only where that is another time", () => {
    expect(marks(laneOf(clock({ breached_at: hour(12) }), around({ now: at(14) })))).toEqual(["start 8", "warning 10", "breach 12", "now 14"]);
    const later = laneOf(clock({ breached_at: hour(9), due_at: hour(13) }), around({ now: at(10) }));
    expect(marks(later)).toEqual(["start 8", "breach 9", "warning 10", "now 10", "due 13"]);
    expect(later.marks.at(-1)?.text).toBe("For guidance");
  });

  it("ends where it stopped", () => {
    const lane = laneOf(clock({ stopped_at: hour(11), due_at: null }), around({ now: at(20) }));
    expect(lane.ran.to).toBe(at(11));
    expect(marks(lane)).toEqual(["start 8", "warning 10", "stop 11", "due 12"]);
    expect(lane.marks.at(-1)?.text).toBe("Was due");
    for (const more of [{ paused_seconds: 60 }, { target: "1bd" }, { breached_at: hour(9) }]) expect(marks(laneOf(clock({ stopped_at: hour(11), due_at: null, ...more }), around())).join()).not.toContain("due");
  });

  it("shows pauses that somebody agreed to, and no others", () => {
    const pause = { state: "ended" as const, asked_at: hour(8), decided_at: hour(9), ended_at: hour(10), until: hour(12) };
    const running = { state: "running" as const, asked_at: hour(11), decided_at: hour(11), ended_at: null, until: hour(23) };
    const wish = { state: "asked" as const, asked_at: hour(8), decided_at: null, ended_at: null, until: hour(12) };
    const before = { ...pause, decided_at: hour(6), ended_at: hour(7) };
    expect(laneOf(clock(), around({ pauses: [pause, running, wish, before], now: at(12) })).paused).toEqual([{ from: at(9), to: at(10) }, { from: at(11), to: at(12) }]);
  });

  it("shows the calls of its own ladders", () => {
    const page = (h: number, level: number) => ({ at: hour(h), level, targets: [], people: [], late_seconds: 0, delivered: [] });
    const runs = [{ trigger: "open", pages: [page(9, 1)] }, { trigger: "contain", pages: [page(12, 1), page(13, 0)] }, { trigger: "phase:analysis", pages: [page(10, 1)] }];
    expect(marks(laneOf(clock(), around({ runs }))).filter((mark) => mark.startsWith("page"))).toEqual(["page 12", "page 13"]);
    expect(marks(laneOf(clock({ metric: "ack" }), around({ runs }))).filter((mark) => mark.startsWith("page"))).toEqual(["page 9"]);
    expect(marks(laneOf(clock({ metric: "phase", phase: "analysis" }), around({ runs }))).filter((mark) => mark.startsWith("page"))).toEqual(["page 10"]);
  });

  it("shades what lies between open hours", () => {
    const calendar = { zone: "UTC", always: false, weekly: { tue: ["09:00-11:00"] }, closed: [], special: {} };
    const lane = laneOf(clock(), around({ calendar }));
    expect(lane.open).toEqual([{ from: at(9), to: at(11) }]);
    expect(closedSpans(lane)).toEqual([{ from: at(8), to: at(9) }, { from: at(11), to: lane.to }]);
    expect(closedSpans(laneOf(clock(), around()))).toEqual([]);
  });

  it("writes the more telling words where marks stand close", () => {
    const lane = laneOf(clock({ warnings: [{ percent: 50, at: hour(10) }, { percent: 99, at: "2026-11-24T11:58:00Z" }] }), around());
    expect(labelled(lane, 1000, 90).map((mark) => mark.text)).toEqual(["Began", "Now", "50 %", "Due"]);
  });
});
