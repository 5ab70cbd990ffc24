import { describe, expect, it } from "vitest";
import { calendar } from "./fixtures";
import { openAt } from "./open";

const office = calendar();
const night = calendar({ weekly: Object.fromEntries(["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map((day) => [day, ["22:00-06:00"]])), closed: [], special: {} });
const said = (of: typeof office, at: string) => {
  const { open, until } = openAt(of, Date.parse(at));
  return `${open ? "open" : "closed"} until ${until === undefined ? "ever" : new Date(until).toISOString().slice(0, 16)}`;
};

describe("whether a calendar is open", () => {
  it.each([
    ["in the week", office, "2026-11-23T10:00Z", "open until 2026-11-23T16:00"],
    ["at the very moment it opens", office, "2026-11-23T08:00Z", "open until 2026-11-23T16:00"],
    ["at the very moment it closes", office, "2026-11-23T16:00Z", "closed until 2026-11-24T08:00"],
    ["over a weekend", office, "2026-11-27T20:00Z", "closed until 2026-11-30T08:00"],
    ["on a half day", office, "2026-12-24T10:00Z", "open until 2026-12-24T12:00"],
    ["over a holiday and the weekend behind it", office, "2026-12-24T12:30Z", "closed until 2026-12-28T08:00"],
    ["in a night of seven hours", night, "2027-03-28T00:30Z", "open until 2027-03-28T04:00"],
    ["in a night of nine hours", night, "2026-10-25T00:30Z", "open until 2026-10-25T05:00"],
    ["at noon between two nights", night, "2026-11-23T11:00Z", "closed until 2026-11-23T21:00"],
    ["when one span follows another", calendar({ weekly: { mon: ["09:00-12:00", "12:00-17:00"] } }), "2026-11-23T09:00Z", "open until 2026-11-23T16:00"],
    ["always", calendar({ always: true }), "2026-11-23T10:00Z", "open until ever"],
    ["all days, all day", calendar({ weekly: Object.fromEntries(["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map((day) => [day, ["00:00-24:00"]])), closed: [], special: {} }), "2026-11-23T10:00Z", "open until ever"],
    ["never again", calendar({ weekly: {}, special: {} }), "2026-11-23T10:00Z", "closed until ever"],
  ])("%s", (_, of, at, words) => {
    expect(said(of, at)).toBe(words);
  });
});
