import { describe, expect, it } from "vitest";
import { actorKind, actorName, byDay, deedOf, editsOf, isShown, type Show, shows, withoutTwins, wordsOf } from "./log-words";
import type { LogEntry } from "./queries";

const entry = (over: Partial<LogEntry>): LogEntry => ({
  ticket: "INC-1",
  seq: 1,
  at: "2026-10-03T12:00:00.000000Z",
  actor: "user:u1",
  actor_name: "Ada Lovelace",
  kind: "ticket.changed",
  significant: false,
  summary: "Ada Lovelace changed the title.",
  data: {},
  priv: null,
  erased: false,
  prev: "",
  hash: "aa",
  ...over,
});

describe("actors", () => {
  it.each([
    ["user:u1", "Ada Lovelace", "person", "Ada Lovelace"],
    ["user:u9", "", "person", "Somebody"],
    ["connection:c1", "", "connection", "Tocsin"],
    ["system:intake", "", "system", "Tocsin"],
    ["setup", "", "system", "Tocsin"],
  ])("%s (%j) is a %s called %s", (actor, actor_name, kind, name) => {
    expect(actorKind(actor)).toBe(kind);
    expect(actorName({ actor, actor_name })).toBe(name);
  });
});

describe("the deed", () => {
  it("is the sentence without its actor", () => {
    expect(deedOf(entry({ summary: "Ada Lovelace took the ticket and is responsible." }))).toBe("took the ticket and is responsible");
  });
  it("leaves a reason to its own place", () => {
    const moved = entry({ summary: "Ada Lovelace moved the ticket from detect to analysis. Reason: seen before", priv: { reason: "seen before" } });
    expect(deedOf(moved)).toBe("moved the ticket from detect to analysis");
    expect(wordsOf(moved)).toBe("seen before");
  });
  it("is said from the data where they say more than the sentence", () => {
    const warned = entry({ kind: "sla.warned", actor: "system:sla", actor_name: "", summary: "50 % of the time for ack has passed.", data: { metric: "ack", percent: 50 } });
    expect(deedOf(warned)).toBe("· 50 % of the time to acknowledge has passed");
  });
  it("comes with the next step of an offer and its risks", () => {
    expect(wordsOf(entry({ priv: { next_step: "Call the bank", risks: "" } }))).toBe("Next: Call the bank");
    expect(wordsOf(entry({ priv: { next_step: "Call", risks: "It spreads" } }))).toBe("Next: Call\nRisks: It spreads");
  });
  it("stands beside the actor when the sentence does not begin with one", () => {
    expect(deedOf(entry({ actor: "system:intake", actor_name: "", summary: "A high finding came in." }))).toBe("· A high finding came in");
  });
});

describe("edits", () => {
  it("are read from both halves of an entry", () => {
    const changed = entry({
      data: { fields: [{ field: "severity", old: "high", new: "critical" }, { field: "title" }, { field: "tags" }] },
      priv: { title: { old: "A", new: "B" }, tags: { old: [], new: ["vip", "tor"] } },
    });
    expect(editsOf(changed)).toEqual([
      { field: "severity", from: "high", to: "critical" },
      { field: "title", from: "A", to: "B" },
      { field: "tags", from: "", to: "vip, tor" },
    ]);
  });
  it("leave out what was erased", () => {
    expect(editsOf(entry({ data: { fields: [{ field: "title" }] }, priv: null, erased: true }))).toEqual([]);
  });
  it("are none of other kinds, whatever their data", () => {
    expect(editsOf(entry({ kind: "phase.changed", data: { fields: [{ field: "x", old: "a" }] } }))).toEqual([]);
    expect(editsOf(entry({ data: { fields: "x" } }))).toEqual([]);
  });
});

it("shows what each filter promises", () => {
  const entries = [
    entry({ kind: "ticket.opened", actor: "system:intake", significant: true }),
    entry({ kind: "note.added", significant: true }),
    entry({ kind: "note.added" }),
    entry({ kind: "finding.revised", actor: "connection:c1" }),
    entry({ kind: "sla.warned", actor: "system:sla" }),
    entry({ kind: "escalation.paged", actor: "system:sla", significant: true }),
    entry({ kind: "ticket.acknowledged", significant: true }),
    entry({ kind: "handover.offered", significant: true }),
    entry({ kind: "owner.accountable_moved", actor: "system:ticket" }),
  ];
  const counts = Object.fromEntries(shows.map((show: Show) => [show, entries.filter((e) => isShown(e, show)).length]));
  expect(counts).toEqual({ all: 9, significant: 5, notes: 2, sla: 3, handover: 2, system: 5 });
});

it("groups neighbours by day and keeps their order", () => {
  const days = byDay([{ at: "2026-10-04T01" }, { at: "2026-10-03T23" }, { at: "2026-10-03T22" }], (at) => at.slice(0, 10));
  expect(days.map((d) => [d.day, d.entries.length])).toEqual([
    ["2026-10-04", 1],
    ["2026-10-03", 2],
  ]);
});

it("shows a merge once where the logs of both tickets are shown", () => {
  const entries = [entry({ kind: "ticket.merged" }), entry({ kind: "ticket.merged", ticket: "INC-2" }), entry({ kind: "note.added", ticket: "INC-2" })];
  expect(withoutTwins("INC-1", { entries, complete: true }).entries.map((one) => `${one.ticket} ${one.kind}`)).toEqual(["INC-1 ticket.merged", "INC-2 note.added"]);
});
