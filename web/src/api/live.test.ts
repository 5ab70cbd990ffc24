import { describe, expect, it } from "vitest";
import { concerns, type LiveEvent } from "./live";

const event = (more: Partial<LiveEvent>): LiveEvent => ({ stream: "ticket:1", ticket: "1", number: "INC-1", kind: "owner.taken", at: "", actor: "", ...more });
const one = (id: string) => ["get", "/tickets/{id}", { params: { path: { id } } }] as const;

describe("which answers a change concerns", () => {
  it.each([
    ["the ticket by number", one("INC-1"), event({}), true],
    ["the ticket by id", one("1"), event({}), true],
    ["another ticket", one("INC-2"), event({}), false],
    ["its log", ["get", "/tickets/{id}/log", { params: { path: { id: "INC-1" } } }], event({}), true],
    ["the counts", ["get", "/tickets/counts", {}], event({}), true],
    ["connections", ["get", "/connections", {}], event({}), false],
    ["connections, when one changed", ["get", "/connections", {}], event({ stream: "connection:9" }), true],
    ["findings, when one came in", ["get", "/findings", {}], event({ stream: "finding:9" }), true],
    ["storms, when one begins in its ticket's stream", ["get", "/storms", {}], event({ kind: "storm.began" }), true],
    ["storms, when a ticket changes", ["get", "/storms", {}], event({}), false],
    ["lists, when a rule names another", ["get", "/lists", {}], event({ stream: "policy", kind: "policy.changed" }), true],
    ["rules, when a list changes", ["get", "/policy", {}], event({ stream: "list:vip", kind: "list.changed" }), true],
    ["targets, when they change", ["get", "/sla", {}], event({ stream: "sla", kind: "sla.changed" }), true],
    ["targets, when a clock runs out", ["get", "/sla", {}], event({ kind: "sla.breached" }), false],
    ["a schedule, when a shift begins", ["get", "/schedules/{id}/shifts", {}], event({ stream: "schedule:1", kind: "duty.began" }), true],
    ["a query that is not ours", ["something"], event({}), false],
  ])("%s", (_, key, change, yes) => {
    expect(concerns(key, [change])).toBe(yes);
  });

  it("is everything after a gap", () => {
    expect(concerns(["get", "/policy", {}], "reset")).toBe(true);
  });
});
