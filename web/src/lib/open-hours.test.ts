import { describe, expect, it } from "vitest";
import { type Calendar, openSpans } from "./open-hours";

const week = (hours: string[]) => Object.fromEntries(["mon", "tue", "wed", "thu", "fri"].map((day) => [day, hours]));
const calendar = (more: Partial<Calendar> = {}): Calendar => ({ zone: "Europe/Amsterdam", always: false, weekly: week(["09:00-17:00"]), closed: [], special: {}, ...more });
const spans = (one: Calendar, from: string, to: string) => openSpans(one, Date.parse(from), Date.parse(to))?.map((span) => `${new Date(span.from).toISOString().slice(5, 16)} ${new Date(span.to).toISOString().slice(5, 16)}`);

describe("when a calendar is open", () => {
  it("is by the clocks of its zone, cut to what is asked, and not at the weekend", () => {
    expect(spans(calendar(), "2026-11-20T12:00Z", "2026-11-23T09:30Z")).toEqual(["11-20T12:00 11-20T16:00", "11-23T08:00 11-23T09:30"]);
  });

  it("leaves out closed dates and takes special hours in place of the week's", () => {
    const feast = calendar({ closed: ["2026-11-24", "2026-11-25"], special: { "2026-11-25": ["10:00-12:00"] } });
    expect(spans(feast, "2026-11-24T00:00Z", "2026-11-26T00:00Z")).toEqual(["11-25T09:00 11-25T11:00"]);
  });

  it("goes over midnight, seven hours in the spring night and nine in the autumn one", () => {
    const night = calendar({ weekly: { sat: ["22:00-06:00"], sun: ["22:00-06:00"] } });
    expect(spans(night, "2026-03-28T12:00Z", "2026-03-29T12:00Z")).toEqual(["03-28T21:00 03-29T04:00"]);
    expect(spans(night, "2026-10-24T12:00Z", "2026-10-25T12:00Z")).toEqual(["10-24T20:00 10-25T05:00"]);
    expect(spans(night, "2026-10-25T00:00Z", "2026-10-25T02:00Z")).toEqual(["10-25T00:00 10-25T02:00"]);
  });

  it("joins whole days, and is always where it never closes", () => {
    const days = calendar({ weekly: { mon: ["00:00-24:00"], tue: ["00:00-24:00"] }, zone: "UTC" });
    expect(spans(days, "2026-11-22T00:00Z", "2026-11-26T00:00Z")).toEqual(["11-23T00:00 11-25T00:00"]);
    expect(spans(calendar({ always: true }), "2026-01-01T00:00Z", "2027-01-01T00:00Z")).toHaveLength(1);
  });

  it("is not drawn over years", () => {
    expect(spans(calendar(), "2026-01-01T00:00Z", "2027-01-01T00:00Z")).toBeUndefined();
  });
});
