import { describe, expect, it } from "vitest";
import { draftOf } from "./draft";
import { rotation } from "./fixtures";
import type { OnCall } from "./types";
import { gapsWords, nowWords, rotationWords, spanWords, whenWords } from "./words";

const now = new Date("2026-11-24T12:00:00Z");
const zone = "Europe/Amsterdam";
const said = (some: Parameters<typeof rotation>[0]) => rotationWords(draftOf({ name: "", team: "", zone, primary: false, rotations: [rotation(some)] }).rotations[0] as never);

describe("a time", () => {
  it("is a clock today and has its date on other days", () => {
    expect(whenWords("2026-11-24T16:00:00Z", now, zone)).toBe("17:00");
    expect(whenWords("2026-11-29T23:30:00Z", now, zone)).toBe("Mon 30 Nov 00:30");
  });

  it("that lasts says its day once", () => {
    expect(spanWords("2026-11-24T08:00:00Z", "2026-11-24T16:00:00Z", now, zone)).toBe("Tue 24 Nov 09:00 to 17:00");
    expect(spanWords("2026-11-24T19:00:00Z", "2026-11-25T07:00:00Z", now, zone)).toBe("Tue 24 Nov 20:00 to Wed 25 Nov 08:00");
  });
});

describe("who is on duty", () => {
  const one: OnCall = { schedule: "s", name: "First line", primary: true, team: "t", team_name: "SOC", person: "ada", person_name: "Ada", until: "2026-11-24T16:00:00Z", next_person: "bo", next_name: "Bo", next_from: "2026-11-24T16:00:00Z", lead: "", lead_name: "", gap: false };
  it.each([
    [one, { who: "Ada", until: "until 17:00", next: "then Bo" }],
    [{ ...one, next_from: "2026-11-25T16:00:00Z" }, { who: "Ada", until: "until 17:00", next: "then Bo from Wed 25 Nov 17:00" }],
    [{ ...one, gap: true, person: "", person_name: "" }, { who: "nobody", until: "until 17:00", next: "then Bo" }],
    [{ ...one, gap: true, until: null, next_name: "", next_from: null }, { who: "nobody", until: "and nobody comes", next: "then nobody" }],
  ])("%# is said with until when and who comes next", (some, words) => {
    expect(nowWords(some, now, zone)).toEqual(words);
  });
});

describe("a rotation", () => {
  it.each([
    [{}, "Turns of 1 week, changing Monday 09:00, from 2026-11-02; 2 people."],
    [{ kind: "daily" as const, every: 2 }, "Turns of 2 days, changing 09:00, from 2026-11-02; 2 people."],
    [{ kind: "hours" as const, every: 12, participants: ["ada"] }, "Turns of 12 hours, counted from 2026-11-02 09:00; 1 person."],
    [{ zone: "America/New_York", windows: [{ days: ["mon", "tue", "wed"], from: "08:00", to: "16:00" }] }, "Turns of 1 week, changing Monday 09:00, from 2026-11-02 in New York; 2 people; only Mon to Wed 08:00 to 16:00."],
  ])("%# is said in a sentence", (some, words) => {
    expect(said(some)).toBe(words);
  });
});

it("counts gaps and names the first", () => {
  expect(gapsWords([], now, zone)).toBe("");
  expect(gapsWords([{ from: "2026-11-23T08:00:00Z", to: "2026-11-23T16:00:00Z" }], now, zone)).toBe("");
  expect(gapsWords([{ from: "2026-11-24T08:00:00Z", to: "2026-11-24T16:00:00Z" }, { from: "2026-11-25T08:00:00Z", to: "2026-11-25T08:30:00Z" }], now, zone)).toBe("2 gaps, 8.5 h in all; the first Tue 24 Nov 09:00 to 17:00");
});
