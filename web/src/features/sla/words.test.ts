import { describe, expect, it } from "vitest";
import { changeWords, differences } from "./diff";
import { calendar, document, ladder, policy, timer } from "./fixtures";
import { movedIn } from "./moved";
import { Mistakes, mistakesOf, mistakeWords } from "./problems";
import { scaleMarks, scaleOf, xOf } from "./scale";
import { fallbackOptions, levelOptions, whoWords } from "./who";
import { docNames, dueWords, pathWords, timerTitle, triggerWords, valueWords } from "./words";
import { Problem } from "@/lib/problem";

const names = { person: () => "Ada", team: () => "Payments", schedule: () => "First line", channel: () => "SOC room" };
const base = document();
const said = docNames(base, names);
const told = (after: typeof base) => differences(base, after).flatMap((change) => change.fields.map(({ path, before, after: now }) => `${change.did} ${change.name}: ${pathWords(path)}: ${valueWords(path, before, said) || "none"} → ${valueWords(path, now, said) || "none"}`));

describe("what differs between two documents", () => {
  it.each([
    [{ policies: [policy({ timers: [timer({ targets: { ...timer().targets, critical: "10m" } })] })] }, ["changed Every ticket: Acknowledge, target, critical: 15 minutes → 10 minutes"]],
    [{ policies: [policy({ timers: [timer({ calendar: { critical: "24x7" } })] })] }, ["changed Every ticket: Acknowledge, calendar, otherwise: Office hours → none"]],
    [{ policies: [policy({ timers: [timer({ targets: { ...timer().targets, info: "" } })] })] }, ["changed Every ticket: Acknowledge, target, info: none → no target"]],
    [{ policies: [policy({ warn_at: [50, 90], max_paused: { critical: 25 } })] }, ["changed Every ticket: Warns at: 50 % and 75 % → 50 % and 90 %", "changed Every ticket: Longest paused, critical: none → 25 %"]],
    [{ calendars: [calendar({ weekly: { ...calendar().weekly, sat: ["10:00-14:00"] }, special: {} })] }, ["changed Office hours: Hours on, 2026-12-24: 09:00-13:00 → none", "changed Office hours: Hours, saturday: none → 10:00-14:00"]],
    [{ ladders: [ladder({ levels: [{ after: "0m", notify: ["oncall:team", "user:ada"], reassign: false }, { after: "5m", notify: ["lead:team"], reassign: true }] })] }, ["changed On duty, lead: Level, 1, calls: On duty for the ticket’s team → On duty for the ticket’s team and Ada", "changed On duty, lead: Level, 2, after: 10 minutes → 5 minutes", "changed On duty, lead: Level, 2, offers the ticket: no → yes"]],
  ])("%# is said field by field", (after, words) => {
    expect(told({ ...base, ...after }).sort()).toEqual([...words].sort());
  });

  it("counts what was added, moved and removed", () => {
    const two = { ...base, policies: [policy({ id: "a", name: "A", match: "severity:critical" }), policy()] };
    expect(changeWords(differences(base, two))).toBe("1 added");
    expect(changeWords(differences(two, { ...two, policies: [...two.policies].reverse() }))).toBe("1 moved");
    expect(changeWords(differences(two, base))).toBe("1 removed");
    expect(changeWords(differences(base, base))).toBe("nothing changed");
  });

  it("moves as few as explain the order", () => {
    expect([...movedIn(["a", "b", "c", "d"], ["d", "a", "b", "c"])]).toEqual(["d"]);
    expect([...movedIn(["a", "b"], ["a", "c", "b"])]).toEqual([]);
  });
});

describe("whom a ladder names", () => {
  it.each([
    ["oncall:team", "On duty for the ticket’s team"],
    ["oncall:s1", "On duty by First line"],
    ["lead:team", "Lead of the ticket’s team"],
    ["lead:t1", "Lead of Payments"],
    ["owner", "The owner"],
    ["user:u1", "Ada"],
    ["role:manager", "Everybody with the role manager"],
    ["channel:c1", "Channel SOC room"],
    ["moon:x", "moon:x"],
  ])("%s is %s", (text, words) => {
    expect(whoWords(text, names)).toBe(words);
  });

  it("is chosen from who is there; a last resort only from who is fixed", () => {
    const known = { people: [{ id: "u1", name: "Ada" }], teams: [{ id: "t1", name: "SOC" }], schedules: [{ id: "s1", name: "First" }], channels: [{ connection: "c1", name: "Room", enabled: true }, { connection: "c2", name: "Off", enabled: false }], roles: ["manager"] };
    expect(levelOptions(known).map(({ value }) => value)).toEqual(["oncall:team", "lead:team", "owner", "oncall:s1", "lead:t1", "role:manager", "user:u1", "channel:c1"]);
    expect(fallbackOptions(known).map(({ value }) => value)).toEqual(["user:u1", "channel:c1"]);
  });
});

describe("mistakes", () => {
  const tried = new Mistakes([{ location: "body.ladders[0].fallback", message: "reaches nobody" }, { location: "body.policies[1].timers[2].targets.low", message: "is no length" }]);
  it("are found at their fields and counted in their sections", () => {
    expect(tried.at("ladders[0].fallback")).toBe("reaches nobody");
    expect(tried.under("policies[1]")).toBe("is no length");
    expect(tried.under("policies[1].timers[2].targets.lo")).toBeUndefined();
    expect([tried.count("policies"), tried.count("policies[1]"), tried.count("policies[0]"), tried.count("ladders")]).toEqual([1, 1, 0, 1]);
    expect(mistakeWords(tried.all[0] as never)).toBe("Ladders: reaches nobody.");
  });

  it("of a refused change win over those of trying it", () => {
    const refused = new Problem(422, { errors: [{ location: "body.calendars[0].zone", message: "no zone" }] });
    expect(mistakesOf(refused, tried.all).first).toEqual({ location: "calendars[0].zone", message: "no zone" });
    expect(mistakesOf(undefined, tried.all).first?.message).toBe("reaches nobody");
  });
});

describe("the scale", () => {
  const day = 24 * 3_600_000;
  const scale = scaleOf([15 * 60_000, day]);
  it("goes to the right edge, in order, with room for minutes", () => {
    const xs = [0, 5 * 60_000, 15 * 60_000, 3_600_000, day].map((ms) => xOf(ms, scale));
    expect(xs).toEqual([...xs].sort((a, b) => a - b));
    expect(xs[0]).toBe(0);
    expect(xs[2]).toBeGreaterThan(30);
    expect(xs[4]).toBeLessThan(100);
    expect(xOf(10 * day, scale)).toBe(100);
  });

  it("has the lines that lie on it", () => {
    expect(scaleMarks(scale).map(({ label }) => label)).toEqual(["0", "5 m", "15 m", "1 h", "4 h", "1 d"]);
  });
});

it("says what started a ladder and when things fall due", () => {
  expect(timerTitle("phase:analysis")).toBe("Leave analysis");
  expect(triggerWords("open")).toBe("Opened, and nobody has seen it");
  expect(triggerWords("ack")).toBe("Acknowledge: the time is over");
  const due = { metric: "ack", phase: "", due_at: "2026-11-27T15:15:00Z" } as never;
  expect(dueWords([due], "Europe/Amsterdam", new Date("2026-11-27T12:00:00Z"))).toBe("acknowledge by Fri 27 Nov 16:15");
});
