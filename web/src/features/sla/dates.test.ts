import { describe, expect, it } from "vitest";
import { datesOf, readDates, readHours, withDates } from "./dates";
import { calendar } from "./fixtures";

describe("dates of their own", () => {
  it("stand in order, closed ones without hours", () => {
    expect(datesOf(calendar())).toEqual([{ date: "2026-12-24", hours: ["09:00-13:00"] }, { date: "2026-12-25", hours: [] }]);
  });

  it("become a calendar again, the last word on a date being the one that holds", () => {
    const next = withDates(calendar(), [...datesOf(calendar()), { date: "2026-12-24", hours: [] }, { date: "2026-01-01", hours: [] }]);
    expect(next.closed).toEqual(["2026-01-01", "2026-12-24", "2026-12-25"]);
    expect(next.special).toEqual({});
  });
});

it("reads pasted lines, and says which it cannot", () => {
  const read = readDates("# holidays\n2026-12-25 Christmas Day\n\n2026-12-24, 09:00-13:00\n2026-12-31\t08:00-12:00 13:00-15:00\n25-12-2026\n2026-02-30\n2026-12-23 9-5");
  expect(read.dates).toEqual([
    { date: "2026-12-25", hours: [] },
    { date: "2026-12-24", hours: ["09:00-13:00"] },
    { date: "2026-12-31", hours: ["08:00-12:00", "13:00-15:00"] },
  ]);
  expect(read.mistakes.map(({ line, why }) => `${line} ${why}`)).toEqual(["6 begins with no date such as 2026-12-25", "7 begins with no date such as 2026-12-25", "8 9-5 is no time such as 09:00-13:00"]);
});

it("reads the hours of a day as people write them", () => {
  expect(readHours("09:00–12:00, 13:00-17:00")).toEqual(["09:00-12:00", "13:00-17:00"]);
  expect(readHours(" ")).toEqual([]);
});
