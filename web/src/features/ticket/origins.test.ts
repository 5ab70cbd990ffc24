import { expect, it } from "vitest";
import type { Ticket } from "@/api/models";
import { byOrigin, ownFindings, splitBlocked } from "./origins";

type Merged = Ticket["merged"][number];
const merged = (number: string, into: string, count: number): Merged => ({
  ticket: number,
  number,
  title: "",
  severity: "low",
  phase: "detect",
  owner: null,
  owner_name: "",
  finding_count: count,
  into,
  merged_at: null,
});

// INC-3 is merged into INC-2, whose count holds it already.
const ticket = { number: "INC-1", finding_count: 6, merged: [merged("INC-2", "INC-1", 4), merged("INC-3", "INC-2", 3)] };

it("puts findings under the ticket that each belongs to", () => {
  const items = ["INC-1", "INC-1", "INC-2"].map((number, id) => ({ id, ticket: number }));
  expect(byOrigin(items).map(({ origin, items: some }) => [origin, some.map((one) => one.id)])).toEqual([
    ["INC-1", [0, 1]],
    ["INC-2", [2]],
  ]);
});

it("counts what is its own", () => {
  expect(ownFindings(ticket)).toBe(2);
  expect(ownFindings({ number: "INC-1", finding_count: 6, merged: [] })).toBe(6);
});

it.each([
  [0, "Tick the findings that are another matter"],
  [1, undefined],
  [2, "At least one finding has to stay in INC-1"],
])("with %d ticked a split is blocked by %s", (chosen, why) => {
  expect(splitBlocked(ticket, chosen)).toBe(why);
});

it("moves a bounded number at once", () => {
  expect(splitBlocked({ number: "INC-1", finding_count: 5000, merged: [] }, 501)).toBe("At most 500 findings are moved at once");
});
