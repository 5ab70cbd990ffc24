import { describe, expect, it } from "vitest";
import { addDays, clockOf, dateAt, daysWords, formatDay, isDate, minutesOf, spanOf, startOf, weekdayOf } from "./days";

describe("a date", () => {
  it("goes on by the calendar", () => {
    expect(addDays("2028-02-28", 1)).toBe("2028-02-29");
    expect(addDays("2027-01-01", -1)).toBe("2026-12-31");
  });

  it("knows its day of the week, Monday first", () => {
    expect(["2026-11-23", "2026-11-29"].map(weekdayOf)).toEqual([0, 6]);
  });

  it("begins when the clocks of its zone say so", () => {
    expect(new Date(startOf("2026-10-26", "Europe/Amsterdam")).toISOString()).toBe("2026-10-25T23:00:00.000Z");
    expect(new Date(startOf("2026-10-25", "Europe/Amsterdam")).toISOString()).toBe("2026-10-24T22:00:00.000Z");
    // Midnight does not exist there on that day.
    expect(new Date(startOf("2018-11-04", "America/Sao_Paulo")).toISOString()).toBe("2018-11-04T03:00:00.000Z");
    expect(dateAt(startOf("2018-11-04", "America/Sao_Paulo"), "America/Sao_Paulo")).toBe("2018-11-04");
  });

  it.each([
    ["2026-12-25", true],
    ["2026-02-30", false],
    ["2026-2-3", false],
    ["soon", false],
  ])("%s exists: %s", (text, yes) => {
    expect(isDate(text)).toBe(yes);
  });

  it("is said with its weekday, and its year when that is another", () => {
    const now = new Date("2026-11-24T12:00:00Z");
    expect(formatDay(new Date("2026-11-22T23:30:00Z"), "Europe/Amsterdam", now)).toBe("Mon 23 Nov");
    expect(formatDay(new Date("2027-01-04T12:00:00Z"), "UTC", now)).toBe("Mon 4 Jan 2027");
  });
});

describe("days of the week", () => {
  it.each([
    [["mon", "tue", "wed", "thu", "fri"], "Mon to Fri"],
    [["sat", "sun"], "Sat, Sun"],
    [["mon", "wed", "fri"], "Mon, Wed, Fri"],
    [["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "every day"],
    [[], "no day"],
  ])("%j are %s", (days, words) => {
    expect(daysWords(days)).toBe(words);
  });
});

describe("a time of day", () => {
  it.each([
    ["09:00", 540],
    ["24:00", 1440],
    ["24:01", undefined],
    ["9:00", undefined],
    ["09:60", undefined],
  ])("%s is %s minutes", (text, minutes) => {
    expect(minutesOf(text)).toBe(minutes);
    if (minutes !== undefined) expect(clockOf(minutes)).toBe(text);
  });

  it.each([
    ["09:00-17:00", { from: 540, to: 1020 }],
    ["22:00-06:00", { from: 1320, to: 1800 }],
    ["00:00-24:00", { from: 0, to: 1440 }],
    ["09:00-09:00", undefined],
    ["24:00-06:00", undefined],
    ["09:00", undefined],
    ["09:00-12:00-13:00", undefined],
  ])("%s as a span is %j", (text, span) => {
    expect(spanOf(text)).toEqual(span);
  });
});
