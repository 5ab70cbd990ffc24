import { describe, expect, it } from "vitest";
import { calendarFor, freeTimers, hasOtherwise, inherited, lengthMistake, mayPause, targetFor, targetText, withCalendar, withTarget } from "./cells";
import { timer } from "./fixtures";

const offer = timer({ metric: "handover", targets: { critical: "10m", "*": "2h" }, calendar: {} });

describe("a cell of the grid", () => {
  it("shows what is said in it, and what it inherits otherwise", () => {
    expect(targetText(offer, "critical")).toBe("10m");
    expect(targetText(offer, "low")).toBe("");
    expect(inherited(offer, "low")).toBe("2h");
    expect(inherited(timer(), "info")).toBe("none");
    expect(targetFor(offer, "low")).toBe("2h");
    expect(targetFor(timer(), "info")).toBe("");
  });

  it("is set, emptied to inherit, and set to no target", () => {
    expect(withTarget(offer, "low", "4 hours").targets).toEqual({ critical: "10m", "*": "2h", low: "4h" });
    expect(withTarget(withTarget(offer, "low", "4h"), "low", "").targets).toEqual(offer.targets);
    expect(withTarget(offer, "low", "none").targets).toEqual({ critical: "10m", "*": "2h", low: "" });
    expect(targetText(withTarget(offer, "low", "–"), "low")).toBe("none");
  });

  it("does not say that nothing is inherited where nothing would be", () => {
    expect(withTarget(timer(), "info", "none").targets).toEqual(timer().targets);
    expect(withTarget(offer, "*", "none").targets).toEqual({ critical: "10m" });
  });

  it("has the calendar that is named for it, that of the others, or the clock", () => {
    expect(calendarFor(timer(), "critical")).toBe("24x7");
    expect(calendarFor(timer(), "low")).toBe("office");
    expect(calendarFor(offer, "low")).toBe("24x7");
    expect(withCalendar(timer(), "critical", "").calendar).toEqual({ "*": "office" });
    expect(withCalendar(timer(), "low", "24x7").calendar).toEqual({ critical: "24x7", "*": "office", low: "24x7" });
  });

  it.each([
    ["15 min", undefined],
    ["", undefined],
    ["none", undefined],
    ["soon", "Write 15m, 4h, 2d or 1bd"],
    ["0m", "Write 15m, 4h, 2d or 1bd"],
  ])("takes %j: %s", (typed, why) => {
    expect(lengthMistake(typed)).toBe(why);
  });
});

it("knows which timers can be added, and which may wait", () => {
  const free = freeTimers([timer(), timer({ metric: "phase", phase: "analysis" })]);
  expect(free.map(({ metric, phase }) => metric + phase)).toEqual(["contain", "resolve", "handover", "age", "phasedetect", "phasecontainment", "phaseeradication", "phaserecovery", "phasepost_incident"]);
  expect((["ack", "contain", "resolve", "phase", "handover", "age"] as const).filter(mayPause)).toEqual(["contain", "resolve", "phase"]);
  expect([hasOtherwise([timer({ calendar: {} })]), hasOtherwise([offer])]).toEqual([false, true]);
});
