import { describe, expect, it } from "vitest";
import { clockFace, clockName, clockPurpose, inOrder, isTicking, targetWords, type Timer, timerWords, urgencyOf, usedShare } from "./clocks";

const now = Date.UTC(2026, 10, 24, 12, 0);
const at = (minutes: number) => new Date(now + minutes * 60_000).toISOString();

describe("the clock of a row", () => {
  it.each([
    [{ due_at: at(42), paused_until: null }, "◔ 42 m", "soon"],
    [{ due_at: at(61), paused_until: null }, "◔ 1 h 1 m", "running"],
    [{ due_at: at(-29), paused_until: null }, "▲ 29 m over", "over"],
    [{ due_at: at(0), paused_until: null }, "◔ 0 s", "soon"],
    [{ due_at: null, paused_until: at(120) }, "‖ paused until 15:00", "paused"],
    [{ due_at: null, paused_until: at(48 * 60) }, "‖ paused until 2026-11-26", "paused"],
    // To acknowledge is never paused: what falls due goes before what waits.
    [{ due_at: at(5), paused_until: at(120) }, "◔ 5 m", "soon"],
    [{ due_at: null, paused_until: null }, "", "none"],
  ])("%j is %j, %s", (clocks, face, urgency) => {
    expect(clockFace(clocks, now, "Europe/Amsterdam")).toBe(face);
    expect(urgencyOf(clocks, now)).toBe(urgency);
  });

  it("changes at most once a minute while there is more than a minute", () => {
    const seen = new Set(Array.from({ length: 60 }, (_, i) => clockFace({ due_at: at(42), paused_until: null }, now + i * 1000, "UTC")));
    expect([...seen]).toEqual(["◔ 42 m", "◔ 41 m"]);
  });
});

it("names clocks by what has to be done", () => {
  expect(clockName("phase", "post_incident")).toBe("Leave post incident");
  expect(clockPurpose("ack")).toBe("to acknowledge");
  expect(clockName("new_metric")).toBe("New metric");
  expect(clockPurpose("new_metric")).toBe("for new metric");
});

const timer = (rest: Partial<Timer>): Timer => ({
  metric: "contain",
  phase: "",
  cycle: 1,
  target: "4h",
  started_at: at(-60),
  due_at: at(180),
  state: "running",
  remaining_seconds: 10_800,
  breached_at: null,
  breached_on_retarget: false,
  warnings: [],
  ...rest,
});

describe("a clock on the page", () => {
  it.each([
    ["runs", timer({}), "◔ 3 h left", true],
    ["has passed before the server said so", timer({ due_at: at(-1) }), "▲ 1 m over", true],
    ["waits", timer({ state: "paused", due_at: null, remaining_seconds: 2520 }), "‖ 42 m left, paused", true],
    ["waits with days of a calendar left", timer({ state: "paused", due_at: null, remaining_seconds: 86_400 + 1800 }), "‖ 24 h 30 m left, paused", true],
    ["waits after it has passed", timer({ state: "paused", due_at: null, remaining_seconds: -60 }), "‖ 1 m over, paused", true],
    ["is over", timer({ state: "breached", due_at: at(-90), remaining_seconds: -5400 }), "▲ 1 h 30 m over", true],
    ["was missed", timer({ state: "breached", due_at: null, remaining_seconds: -5400 }), "▲ missed by 1 h 30 m", false],
    ["was missed because the target changed", timer({ state: "breached", breached_on_retarget: true, due_at: at(15) }), "▲ over since the target changed, 15 m left", true],
    ["was met", timer({ state: "met", due_at: null }), "✓ met", false],
  ])("%s", (_, one, words, ticking) => {
    expect(timerWords(one, now)).toBe(words);
    expect(isTicking(one)).toBe(ticking);
  });

  it("is used evenly without warnings", () => {
    expect(usedShare(timer({}), now)).toBeCloseTo(0.25);
    expect(usedShare(timer({ state: "breached", due_at: at(-1) }), now)).toBe(1);
    expect(usedShare(timer({ state: "paused", due_at: null }), now)).toBeUndefined();
    expect(usedShare(timer({ started_at: at(5) }), now)).toBe(0);
    expect(usedShare(timer({ due_at: at(-5) }), now)).toBe(1);
  });

  it("is used as the calendar says where it has placed warnings: a night between two of them counts little", () => {
    const overnight = timer({ started_at: at(-60), due_at: at(900), warnings: [{ percent: 50, at: at(-10) }, { percent: 75, at: at(870) }, { percent: 90, at: null }] });
    expect(usedShare(overnight, now - 35 * 60_000)).toBeCloseTo(0.25);
    expect(usedShare(overnight, now + 430 * 60_000)).toBeCloseTo(0.625);
    expect(usedShare(overnight, now + 885 * 60_000)).toBeCloseTo(0.875);
  });

  it("stands before those that are due later, those that wait and those that have ended", () => {
    const list = [timer({ metric: "met", state: "met", due_at: null }), timer({ metric: "late", due_at: at(600) }), timer({ metric: "waits", state: "paused", due_at: null }), timer({ metric: "over", state: "breached", due_at: at(-9) })];
    expect(inOrder(list).map(({ metric }) => metric)).toEqual(["over", "late", "waits", "met"]);
  });
});

it.each([
  ["15m", "15 m"],
  ["1h30m", "1 h 30 m"],
  ["1bd", "1 business day"],
  ["20bd", "20 business days"],
  ["2d", "2 days"],
  ["soon", "soon"],
  ["", ""],
])("a target of %j is %j", (target, words) => {
  expect(targetWords(target)).toBe(words);
});
