import { describe, expect, it } from "vitest";
import { blankPolicy, changedSections, changeOf, idOf, movedAt, rebased, same, usersOf } from "./draft";
import { calendar, document, ladder, policy } from "./fixtures";

const base = document();

describe("a change of the document", () => {
  it("names only the sections that differ", () => {
    const draft = { ...base, ladders: [ladder({ name: "Other" })] };
    expect(changedSections(draft, base)).toEqual(["ladders"]);
    expect(changeOf(draft, base)).toEqual({ ladders: draft.ladders });
  });

  it("does not see the order of members, and sees an empty target", () => {
    expect(same({ a: 1, b: { c: 2, d: null } }, { b: { c: 2 }, a: 1 })).toBe(true);
    expect(same({ targets: { low: "" } }, { targets: {} })).toBe(false);
  });
});

describe("what somebody else has saved meanwhile", () => {
  const theirs = { ...base, calendars: [calendar({ name: "Theirs" })] };
  it("is taken over where I changed nothing", () => {
    const mine = { ...base, policies: [policy({ name: "Mine" })] };
    const { draft, both } = rebased(mine, base, theirs);
    expect([draft.policies[0]?.name, draft.calendars[0]?.name, both]).toEqual(["Mine", "Theirs", []]);
  });

  it("is told where mine would undo it", () => {
    const mine = { ...base, calendars: [calendar({ name: "Mine" })] };
    expect(rebased(mine, base, theirs)).toMatchObject({ draft: { calendars: [{ name: "Mine" }] }, both: ["calendars"] });
  });
});

it.each([
  ["Office hours", [], "office-hours"],
  ["Office hours", ["office-hours"], "office-hours-2"],
  ["Zürich & Genève", [], "zurich-geneve"],
  ["24x7", [], "24x7-2"],
  ["…", [], "new"],
])("%s beside %j gets the id %s", (name, taken, id) => {
  expect(idOf(name, taken)).toBe(id);
});

it("keeps what is named from being removed", () => {
  expect(usersOf(base, "calendar", "office")).toEqual(["Every ticket"]);
  expect(usersOf(base, "ladder", "soc")).toEqual(["Every ticket"]);
  expect(usersOf(base, "ladder", "other")).toEqual([]);
});

it("begins a policy as a copy that does nothing yet", () => {
  expect(blankPolicy(policy(), ["default"])).toMatchObject({ id: "policy", enabled: false, ladder: "soc" });
  expect(movedAt(["a", "b"], 1, -1)).toEqual(["b", "a"]);
});
