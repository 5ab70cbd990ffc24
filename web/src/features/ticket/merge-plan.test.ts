import { describe, expect, it } from "vitest";
import { permissions } from "./fixtures";
import { mergePlan, rowNote, searchFor } from "./merge-plan";

type Side = Parameters<typeof mergePlan>[0];

const side = (over: Partial<Side>): Side => ({
  number: "INC-1",
  title: "Root used",
  severity: "low",
  phase: "analysis",
  resolution: "",
  owner: "u1",
  owner_name: "Ada",
  accountable_name: "Ada",
  finding_count: 2,
  demo: false,
  permissions,
  merged: [],
  ...over,
});

const goes = (over: Partial<Side> = {}) => side({ number: "INC-2", severity: "high", phase: "detect", owner: null, owner_name: "", finding_count: 1, ...over });

describe("what a merge would do", () => {
  it("is told before anybody does it", () => {
    expect(mergePlan(goes(), side({}), "u1")).toEqual({
      lines: [
        "INC-1 shows the 1 finding of INC-2 beside its own 2 findings, and the log of both. Nothing is moved.",
        "INC-2 is closed as merged; its clock in Detect stops.",
        "Ada answers for both.",
        "The severity of INC-1 rises from low to high.",
        "It can be undone at any time: INC-2 is then back in Detect.",
      ],
      blocked: undefined,
      needsReason: false,
    });
  });

  it("says that what was closed stays so", () => {
    const { lines } = mergePlan(goes({ phase: "closed", resolution: "false_positive", severity: "low" }), side({}), "u1");
    expect(lines).toContain("INC-2 stays closed, as merged.");
    expect(lines).toContain("It can be undone at any time: INC-2 is then back closed as it was.");
  });

  it("asks a lead for a reason where one belongs to another person", () => {
    expect(mergePlan(goes({ owner: "u2", owner_name: "Grace" }), side({}), "u1").needsReason).toBe(true);
  });

  const into = { ticket: "9", number: "INC-9", title: "", severity: "low", phase: "detect", owner: null, owner_name: "", finding_count: 1, into: "", merged_at: null } as const;
  it.each<[string, Partial<Side>, Partial<Side>, string]>([
    ["itself", { number: "INC-1" }, {}, "A ticket can’t be merged into itself"],
    ["what is merged already", { merged_into: into }, {}, "INC-2 is merged into INC-9 already"],
    ["into what is merged", {}, { merged_into: into, phase: "closed" }, "INC-1 is merged into INC-9 already"],
    ["into what is closed", {}, { phase: "closed" }, "INC-1 is closed; reopen it first, or merge into one that is open"],
    ["made up with real", { demo: true }, {}, "One of the two is made up by the demo and the other is real"],
    ["another’s", { owner_name: "Grace", permissions: { ...permissions, merge: false } }, {}, "INC-2 belongs to Grace; only the owner or a lead may merge it"],
  ])("refuses %s", (_, a, b, why) => {
    expect(mergePlan(goes(a), side(b), "u1").blocked).toBe(why);
  });
});

it.each([
  ["INC-42", "number:INC-42"],
  [" inc-42 ", "number:INC-42"],
  ["42", "number:INC-42"],
  ['root "used', '"root" "used"'],
  ["severity:high OR x", '"severity:high" "OR" "x"'],
])("looks for %s as %s", (text, query) => {
  expect(searchFor(text)).toBe(query);
});

it("says in one line what was found", () => {
  expect(rowNote({ title: "Root used", phase: "post_incident", owner_name: "" })).toBe("Root used · post incident");
});
