import { describe, expect, it } from "vitest";
import { Problem } from "@/lib/problem";
import { draftOf, edited, plainRules, ruleAt, sameRules, unready } from "./draft";

const rule = (name: string) => ({ name, match: "", then: "open" as const, enabled: true });
const draft = () => draftOf([rule("a"), rule("b"), rule("c")]);
const names = (rules: readonly { name: string }[]) => rules.map((one) => one.name).join("");
const keyOf = (rules: ReturnType<typeof draft>, name: string) => rules.find((one) => one.name === name)?.key ?? "";

describe("edits", () => {
  it.each([
    ["b", -1, "bac"],
    ["b", 1, "acb"],
    ["a", -1, "abc"],
    ["c", 5, "abc"],
    ["a", 2, "bca"],
  ])("move %s by %i to give %s", (name, by, after) => {
    const rules = draft();
    const next = edited(rules, { do: "move", key: keyOf(rules, name), by });
    expect(names(next)).toBe(after);
    expect(keyOf(next, name)).toBe(keyOf(rules, name));
  });

  it("change one rule and no other", () => {
    const rules = draft();
    const next = edited(rules, { do: "change", key: keyOf(rules, "b"), patch: { enabled: false } });
    expect(next.map((one) => one.enabled)).toEqual([true, false, true]);
  });

  it("add a rule that does nothing yet, at the end", () => {
    const next = edited(draft(), { do: "add" });
    expect(next.at(-1)).toMatchObject({ name: "New rule", enabled: false });
    expect(new Set(next.map((one) => one.key)).size).toBe(4);
  });

  it("remove and replace", () => {
    const rules = draft();
    expect(names(edited(rules, { do: "remove", key: keyOf(rules, "a") }))).toBe("bc");
    expect(names(edited(rules, { do: "replace", rules: [rule("z")] }))).toBe("z");
  });
});

it("compares rules by what the server keeps", () => {
  expect(sameRules(draft(), draft())).toBe(true);
  expect(sameRules(draft(), [rule("a")])).toBe(false);
  expect(Object.keys(plainRules(draft())[0] ?? {})).toEqual(["name", "match", "then", "enabled"]);
});

it("finds the rule that an answer complains about", () => {
  expect(ruleAt(new Problem(422, { errors: [{ location: "body.rules[3].match", message: "x" }] }))).toEqual({ index: 3, field: "match" });
  expect(ruleAt(new Problem(422, { errors: [{ location: "body.rules", message: "x" }] }))).toBeUndefined();
  expect(ruleAt(new Problem(500, {}))).toBeUndefined();
});

it("wants a name for every rule", () => {
  expect(unready([rule("a"), rule(" ")])).toBe("Rule 2 needs a name");
  expect(unready([])).toBe(false);
});
