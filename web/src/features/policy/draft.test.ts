import { describe, expect, it } from "vitest";
import { Problem } from "@/lib/problem";
import { changedSections, changeOf, type Draft, draftOf, edited, placeIn, placeOf, plain, rebased, same, triable, unready } from "./draft";
import { policy, rule, suppression } from "./fixtures";

const draft = () => draftOf(policy());
const names = (one: Draft) => one.rules.map(({ name }) => name).join("");
const keyOf = (one: Draft, name: string) => one.rules.find((each) => each.name === name)?.key ?? "";

describe("edits", () => {
  it.each([
    ["b", -1, "bac"],
    ["b", 1, "acb"],
    ["a", -1, "abc"],
    ["c", 5, "abc"],
    ["a", 2, "bca"],
  ])("move %s by %i to give %s", (name, by, after) => {
    const before = draft();
    const next = edited(before, { do: "move", section: "rules", key: keyOf(before, name), by });
    expect(names(next)).toBe(after);
    expect(keyOf(next, name)).toBe(keyOf(before, name));
  });

  it("change one rule and no other", () => {
    const before = draft();
    const next = edited(before, { do: "change", section: "rules", key: keyOf(before, "b"), patch: { enabled: false } });
    expect(next.rules.map((one) => "enabled" in one && one.enabled)).toEqual([true, false, true]);
    expect(next.groups).toBe(before.groups);
  });

  it("duplicate a rule as one that is new and switched off", () => {
    const before = draft();
    const next = edited(before, { do: "duplicate", section: "rules", key: keyOf(before, "a"), as: "k" });
    expect(next.rules[1]).toEqual({ key: "k", name: "a (copy)", match: "", then: "open", enabled: false });
  });

  it("remove, and put back where it stood", () => {
    const before = draft();
    const [, b] = before.rules;
    const without = edited(before, { do: "remove", section: "rules", key: b?.key ?? "" });
    expect(names(without)).toBe("ac");
    if (b) expect(names(edited(without, { do: "restore", section: "rules", rule: b, at: 1 }))).toBe("abc");
  });
});

describe("what has changed", () => {
  it("is nothing while only keys and absent members differ", () => {
    expect(changedSections(draft(), policy())).toEqual([]);
    expect(same({ name: "a", limit: undefined }, { name: "a" })).toBe(true);
    expect(same({ by: ["a", "b"] }, { by: ["b", "a"] })).toBe(false);
  });

  it("is sent by section, and sections that were not touched are left out", () => {
    const next = edited(draft(), { do: "add", section: "suppressions", rule: suppression(), as: "k" });
    expect(changeOf(next, policy())).toEqual({ suppressions: [suppression()] });
    expect(plain(next).rules).toEqual(policy().rules);
  });
});

describe("what somebody else has saved meanwhile", () => {
  const mine = edited(draft(), { do: "add", section: "suppressions", rule: suppression({ name: "Mine" }), as: "k" });

  it("is taken where I changed nothing", () => {
    const { draft: next, both } = rebased(mine, policy(), policy({ rules: [rule("z")], rev: 2 }));
    expect(names(next)).toBe("z");
    expect(next.suppressions.map(({ name }) => name)).toEqual(["Mine"]);
    expect(both).toEqual([]);
  });

  it("is named where mine would undo it", () => {
    const { draft: next, both } = rebased(mine, policy(), policy({ suppressions: [suppression({ name: "Theirs" })], rev: 2 }));
    expect(next.suppressions.map(({ name }) => name)).toEqual(["Mine"]);
    expect(both).toEqual(["suppressions"]);
  });
});

it("finds the rule that an answer complains about", () => {
  const at = (location: string) => placeOf(new Problem(422, { errors: [{ location, message: "x" }] }));
  expect(at("body.rules[3].match")).toEqual({ section: "rules", index: 3, field: "match" });
  expect(at("body.rules[0].limit.window")).toEqual({ section: "rules", index: 0, field: "limit.window" });
  expect(at("body.groups[0].by[1]")).toEqual({ section: "groups", index: 0, field: "by" });
  expect(at("body.suppressions[0]")).toEqual({ section: "suppressions", index: 0, field: "" });
  expect(at("body.rules")).toBeUndefined();
  expect(at("body.things[1].match")).toBeUndefined();
  expect(placeOf(new Problem(500, {}))).toBeUndefined();
});

describe("what can be tried of a draft", () => {
  const half = suppression({ match: " ", name: "Half" });
  const draft = draftOf(policy({ suppressions: [half, suppression({ owner: "", reason: "" })], routes: [{ name: "r", match: "", team: "", enabled: true }] }));

  it("leaves out what does not say yet what it silences or where it sends", () => {
    const tried = triable(draft);
    expect(tried.suppressions.map(({ name }) => name)).toEqual(["Scanner"]);
    expect(tried.routes).toEqual([]);
    expect(tried.rules.map(({ key }) => key)).toEqual(draft.rules.map(({ key }) => key));
  });

  it("does not wait for a reason or a person", () => {
    expect(triable(draft).suppressions[0]).toMatchObject({ owner: "-", reason: "-" });
  });

  it("has its mistakes where they stand in the whole", () => {
    expect(placeIn(draft, { section: "suppressions", index: 0, field: "match" }, triable(draft))).toEqual({ section: "suppressions", index: 1, field: "match" });
    expect(placeIn(draft, { section: "suppressions", index: 7, field: "match" }, triable(draft))).toBeUndefined();
  });
});

describe("a draft that cannot be saved says what it needs", () => {
  it.each([
    [{ rules: [rule("a"), rule(" ")] }, "Rule 2 needs a name"],
    [{ suppressions: [suppression({ reason: " " })] }, "Suppression 1 needs a reason"],
    [{ suppressions: [suppression({ owner: "" })] }, "Suppression 1 needs somebody who answers for it"],
    [{ windows: [{ name: "w", match: "", reason: "x", owner: "u", from: "2026-12-01T00:00:00Z", to: "2026-12-01T00:00:00Z" }] }, "Window 1 must end after it begins"],
    [{ groups: [{ name: "g", match: "", by: [], within: "24h", enabled: true }] }, "Grouping rule 1 needs something in which findings are alike"],
    [{ routes: [{ name: "r", match: "", team: "", enabled: true }] }, "Route 1 needs a team"],
  ])("%#", (rest, why) => {
    expect(unready(draftOf(policy(rest)))?.why).toBe(why);
  });

  it("and nothing when it needs nothing", () => {
    expect(unready(draft())).toBeUndefined();
  });
});
