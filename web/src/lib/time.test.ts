import { describe, expect, it } from "vitest";
import { cityOf, formatAge, formatBoth, formatClock, formatDate, formatDuration, formatMoment, safeZone } from "./time";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

describe("a duration", () => {
  it.each([
    [0, "0 s"],
    [59_999, "59 s"],
    [minute, "1 m"],
    [59 * minute + 59_999, "59 m"],
    [hour, "1 h"],
    [hour + 12 * minute, "1 h 12 m"],
    [day - 1, "23 h 59 m"],
    [3 * day + 4 * hour, "3 d 4 h"],
    [23 * day + 5 * hour, "23 d"],
    [-29 * minute, "29 m"],
  ])("of %d ms reads %s", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe("an age", () => {
  it.each([
    [-2000, "now"],
    [4999, "now"],
    [31 * minute, "31 m"],
    [9 * hour + 45 * minute, "9 h"],
    [40 * day, "40 d"],
  ])("of %d ms reads %s", (ms, text) => {
    expect(formatAge(ms)).toBe(text);
  });
});

describe("a moment", () => {
  const now = new Date("2026-10-25T00:30:00Z");
  it.each([
    ["2026-10-25T00:29:57Z", "just now"],
    ["2026-10-25T00:30:08Z", "just now"],
    ["2026-10-24T23:18:00Z", "1 h 12 m ago"],
    ["2026-10-25T01:12:00Z", "in 42 m"],
    ["2026-10-24T00:30:00Z", "2026-10-24 02:30"],
    ["2026-10-23T23:00:00Z", "2026-10-24 01:00"],
  ])("%s reads %s", (at, text) => {
    expect(formatMoment(new Date(at), now, "Europe/Amsterdam")).toBe(text);
  });
});

describe("two zones", () => {
  it("names the date again only where it differs", () => {
    expect(formatBoth(new Date("2026-10-03T12:00:05Z"), "Europe/Amsterdam")).toBe("2026-10-03 12:00:05 UTC · 14:00:05 Amsterdam");
    expect(formatBoth(new Date("2026-10-03T23:00:00Z"), "Asia/Kolkata")).toBe("2026-10-03 23:00:00 UTC · 2026-10-04 04:30:00 Kolkata");
    expect(formatBoth(new Date("2026-10-03T23:00:00Z"), "UTC")).toBe("2026-10-03 23:00:00 UTC");
  });

  it("is right on both sides of the end of summer time", () => {
    expect(formatClock(new Date("2026-10-25T00:59:00Z"), "Europe/Amsterdam")).toBe("02:59");
    expect(formatClock(new Date("2026-10-25T01:00:00Z"), "Europe/Amsterdam")).toBe("02:00");
  });

  it("writes midnight as 00:00 of the new day", () => {
    expect(formatClock(new Date("2026-10-03T00:00:00Z"), "UTC")).toBe("00:00");
    expect(formatDate(new Date("2026-10-03T00:00:00Z"), "UTC")).toBe("2026-10-03");
  });

  it("falls back to UTC for a zone nobody knows", () => {
    expect(safeZone("Mars/Olympus_Mons")).toBe("UTC");
    expect(cityOf("America/Argentina/Buenos_Aires")).toBe("Buenos Aires");
  });
});
