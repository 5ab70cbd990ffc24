import { describe, expect, it } from "vitest";
import { placeOf, spansOf } from "./spans";

const span = (today: string, id: string) => spansOf(today).find((one) => one.id === id)?.span;

describe("spans", () => {
  it.each([
    ["2026-11-24", "30d", { from: "2026-10-25", to: "2026-11-25" }],
    ["2026-11-24", "month", { from: "2026-11-01", to: "2026-11-25" }],
    ["2026-01-05", "last", { from: "2025-12-01", to: "2026-01-01" }],
    ["2026-11-24", "quarter", { from: "2026-07-01", to: "2026-10-01" }],
    ["2026-02-01", "quarter", { from: "2025-10-01", to: "2026-01-01" }],
  ])("on %s, %s", (today, id, want) => {
    expect(span(today, id)).toEqual(want);
  });
});

it("places durations by their size, within the scale", () => {
  expect(placeOf(0)).toBe(0);
  expect(placeOf(60)).toBe(0);
  expect(placeOf(30 * 24 * 3600)).toBeCloseTo(1, 10);
  expect(placeOf(1e12)).toBe(1);
  expect(placeOf(3600)).toBeGreaterThan(placeOf(600));
});
