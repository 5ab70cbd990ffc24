import { describe, expect, it } from "vitest";
import { barOf, hoursOf, placeAt, stepped, stretchOf, ticksOf } from "./axis";

const amsterdam = "Europe/Amsterdam";
const iso = (ms: number) => new Date(ms).toISOString();

describe("what is shown", () => {
  it.each([
    ["day", "2026-11-25", "2026-11-24T23:00:00.000Z", 24],
    ["week", "2026-11-25", "2026-11-22T23:00:00.000Z", 168],
    ["week", "2026-10-23", "2026-10-18T22:00:00.000Z", 169],
    ["week", "2027-03-28", "2027-03-21T23:00:00.000Z", 167],
    ["day", "2027-03-28", "2027-03-27T23:00:00.000Z", 23],
    ["month", "2028-02-29", "2028-01-31T23:00:00.000Z", 29 * 24],
  ] as const)("the %s of %s begins at %s and has %d hours", (zoom, date, from, hours) => {
    const stretch = stretchOf(zoom, date, amsterdam);
    expect(iso(stretch.from)).toBe(from);
    expect(hoursOf(stretch)).toBe(hours);
  });

  it.each([
    ["day", "2026-12-31", 1, "2027-01-01"],
    ["week", "2026-11-25", 1, "2026-11-30"],
    ["week", "2026-11-25", -1, "2026-11-22"],
    ["month", "2026-01-31", 1, "2026-02-01"],
    ["month", "2026-03-15", -1, "2026-02-28"],
  ] as const)("from the %s of %s by %d is that of %s", (zoom, date, by, to) => {
    expect(stepped(zoom, date, by)).toBe(to);
  });
});

describe("the lines", () => {
  it("stand at each midnight of the zone, also where a day has 25 hours", () => {
    const week = stretchOf("week", "2026-10-25", amsterdam);
    const ticks = ticksOf(week, amsterdam, "week");
    expect(ticks.map((tick) => tick.date)).toEqual(["2026-10-19", "2026-10-20", "2026-10-21", "2026-10-22", "2026-10-23", "2026-10-24", "2026-10-25"]);
    expect(ticks[6]?.x).toBeCloseTo((144 / 169) * 100, 3);
  });

  it("stand every three hours of the wall clock on a day", () => {
    const ticks = ticksOf(stretchOf("day", "2027-03-28", amsterdam), amsterdam, "day");
    expect(ticks).toHaveLength(8);
    expect(ticks[1]?.x).toBeCloseTo((2 / 23) * 100, 3); // 03:00 is two hours after midnight that day
  });
});

describe("a bar", () => {
  const stretch = { from: 1000, to: 2000 };
  it("is cut where it leaves what is shown, and says so", () => {
    expect(barOf({ from: 0, to: 1250 }, stretch)).toEqual({ x: 0, width: 25, cutLeft: true, cutRight: false });
    expect(barOf({ from: 1500, to: 3000 }, stretch)).toEqual({ x: 50, width: 50, cutLeft: false, cutRight: true });
  });

  it("is nowhere outside", () => {
    expect(barOf({ from: 0, to: 1000 }, stretch)).toBeUndefined();
    expect(placeAt(2001, stretch)).toBeUndefined();
    expect(placeAt(1500, stretch)).toBe(50);
  });
});
