import { describe, expect, it } from "vitest";
import { moveBlocked, moveKind, resolutionChoices, skippedBetween, suggestedPhase } from "./move-rules";

describe("moves", () => {
  it.each([
    ["detect", "analysis", "next"],
    ["detect", "containment", "skip"],
    ["recovery", "analysis", "back"],
  ] as const)("from %s to %s are called %s", (from, to, kind) => {
    expect(moveKind(from, to)).toBe(kind);
  });
  it("name what they leave out", () => {
    expect(skippedBetween("detect", "eradication")).toEqual(["analysis", "containment"]);
    expect(skippedBetween("recovery", "analysis")).toEqual([]);
  });
  it.each([
    ["analysis", "", false, false],
    ["analysis", "", true, true],
    ["analysis", "waived by Ada", true, false],
    ["containment", "nineteen characters", false, true],
    ["containment", "twenty characters ok", false, false],
    ["containment", "                    ", false, true],
  ] as const)("from detect to %s because of %j (waive %s) wait: %s", (to, reason, waive, blocked) => {
    expect(moveBlocked("detect", to, reason, waive) !== false).toBe(blocked);
  });
  it("back need a reason", () => {
    expect(moveBlocked("recovery", "analysis", " ", false)).toMatch(/reason/);
  });
  it("suggest the next phase, or what is allowed", () => {
    expect(suggestedPhase({ phase: "analysis", allowed_phases: ["detect", "containment"] })).toBe("containment");
    expect(suggestedPhase({ phase: "post_incident", allowed_phases: ["analysis"] })).toBe("analysis");
    expect(suggestedPhase({ phase: "detect", allowed_phases: [] })).toBeUndefined();
  });
});

describe("resolutions", () => {
  const blocked = (phase: Parameters<typeof resolutionChoices>[0]) => resolutionChoices(phase).filter((c) => c.blocked).map((c) => c.value);
  it.each(["detect", "analysis", "containment", "eradication"] as const)("of a ticket in %s leave out resolved, and say why", (phase) => {
    expect(blocked(phase)).toEqual(["resolved"]);
    expect(resolutionChoices(phase)[0]?.blocked).toMatch(/Recovery first/);
  });
  it.each(["recovery", "post_incident"] as const)("of a ticket in %s are all open", (phase) => {
    expect(blocked(phase)).toEqual([]);
  });
  it("never offer merged, which another command gives", () => {
    expect(resolutionChoices("recovery").map((c) => c.value)).not.toContain("merged");
  });
});
