import { describe, expect, it } from "vitest";
import { changeWords, differences } from "./diff";
import { policy, rule, suppression } from "./fixtures";

const short = (before: Parameters<typeof differences>[0], after: Parameters<typeof differences>[1]) =>
  differences(before, after).map(({ section, did, name, fields }) => `${section} ${did} ${name}${fields.length > 0 && did === "changed" ? `: ${fields.map(({ field }) => field).join(" ")}` : ""}`);

describe("between two documents", () => {
  it("nothing differs from itself", () => {
    expect(differences(policy(), policy())).toEqual([]);
    expect(changeWords([])).toBe("nothing changed");
  });

  it("each changed field of a rule is named with what it was", () => {
    const [change] = differences(policy({ rules: [rule("a", { match: "class:detection" })] }), policy({ rules: [rule("a", { match: "class:compliance" })] }));
    expect(change?.fields).toEqual([{ field: "match", before: "class:detection", after: "class:compliance" }]);
  });

  it("a rule without an id is new, and one that is gone was removed", () => {
    const added = rule("new");
    delete added.id;
    expect(short(policy(), policy({ rules: [rule("a"), rule("c"), added] }))).toEqual(["rules added new", "rules removed b"]);
  });

  it("one rule that was moved is one change, not one for each that it passed", () => {
    expect(short(policy(), policy({ rules: [rule("c"), rule("a"), rule("b")] }))).toEqual(["rules moved c"]);
  });

  it("sections come in the order in which they act", () => {
    const changes = differences(policy(), policy({ suppressions: [suppression()], rules: [rule("a"), rule("b")] }));
    expect(changes.map(({ section }) => section)).toEqual(["suppressions", "rules"]);
    expect(changeWords(changes)).toBe("1 added, 1 removed");
  });
});
