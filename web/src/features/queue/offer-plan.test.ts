import { describe, expect, it } from "vitest";
import type { TicketRow } from "@/api/models";
import { fillEmpty, planBlocked, planOf } from "./offer-plan";

const row = (number: string, more: Partial<TicketRow> = {}) => ({ number, severity: "medium", phase: "analysis", owner: "me", owner_name: "Me", offered_to: null, ...more }) as TicketRow;
const me = { id: "me", leads: false };

describe("offering several tickets", () => {
  const tickets = [row("INC-1"), row("INC-2", { severity: "critical" }), row("INC-3", { owner: "bob", owner_name: "Bob" })];
  const drafts = { "INC-1": { next_step: "Wait", risks: "" }, "INC-2": { next_step: "Call", risks: "It spreads" } };

  it("puts the most severe first and says of each what stands in the way", () => {
    const plan = planOf(tickets, "user:u2", drafts, me);
    expect(plan.map(({ ticket, impossible, missing }) => [ticket.number, impossible, missing])).toEqual([
      ["INC-2", false, false],
      ["INC-1", false, false],
      ["INC-3", "It belongs to Bob; only the owner or a lead may offer it", "Say what has to be done next"],
    ]);
    expect(planBlocked(plan)).toBe(false);
  });

  it.each([
    ["nobody is chosen", "", drafts, "Choose who is to have it"],
    ["a next step is missing", "user:u2", { "INC-2": drafts["INC-2"] }, "INC-1: Say what has to be done next"],
    ["a risk is missing", "user:u2", { ...drafts, "INC-2": { next_step: "Call", risks: " " } }, "INC-2: A critical ticket is offered with its risks"],
  ])("waits while %s", (_, to, given, why) => {
    expect(planBlocked(planOf(tickets, to, given, me))).toBe(why);
  });

  it("is refused where none can be offered", () => {
    const bobs = [row("INC-3", { owner: "bob", owner_name: "Bob" })];
    expect(planBlocked(planOf(bobs, "user:u2", {}, me))).toMatch(/belongs to Bob/);
    expect(planBlocked(planOf([...bobs, row("INC-4", { phase: "closed" })], "user:u2", {}, me))).toBe("None of them can be offered");
    expect(planOf(bobs, "user:bob", {}, { id: "me", leads: true })[0]?.impossible).toBe("It is theirs already");
  });

  it("puts a text under those that have none", () => {
    expect(fillEmpty(drafts, ["INC-1", "INC-9"], "next_step", "Same")).toEqual({ ...drafts, "INC-9": { next_step: "Same", risks: "" } });
    expect(fillEmpty(drafts, ["INC-1"], "risks", "None known")["INC-1"]).toEqual({ next_step: "Wait", risks: "None known" });
  });
});
