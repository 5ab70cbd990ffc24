import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { actorKind, actorName, byDay, isShown, isSignificant, type Show, shows, significantKinds, wordsOf } from "./log-words";
import type { LogEntry } from "./queries";

const entry = (over: Partial<LogEntry>): LogEntry => ({
  seq: 1,
  at: "2026-10-03T12:00:00.000000Z",
  actor: "user:u1",
  kind: "ticket.changed",
  summary: "changed the title",
  data: {},
  prev: "",
  hash: "aa",
  ...over,
});

it("marks the kinds that the journal marks", () => {
  const source = readFileSync("../internal/journal/kinds.go", "utf8");
  const names = new Map([...source.matchAll(/^\t(\w+)\s*= "([a-z_]+\.[a-z_]+)"/gm)].map((m) => [m[1], m[2] ?? ""]));
  const significant = [...source.matchAll(/^\t\t\{(\w+), true,/gm)].map((m) => names.get(m[1]) ?? "");
  const ofTickets = significant.filter((kind) => /^(ticket|phase|owner|note)\./.test(kind) || kind === "finding.promoted");
  expect(ofTickets.length).toBeGreaterThan(3);
  expect([...significantKinds].sort()).toEqual(ofTickets.sort());
});

describe("actors", () => {
  it.each([
    ["user:u1", "person", "Ada Lovelace"],
    ["user:0192abcdef", "person", "Person abcdef"],
    ["connection:c1", "connection", "Connection"],
    ["system:intake", "system", "Tocsin intake"],
    ["setup", "system", "Tocsin"],
  ])("says who %s is", (actor, kind, name) => {
    expect(actorKind(actor)).toBe(kind);
    expect(actorName({ actor }, new Map([["u1", "Ada Lovelace"]]))).toBe(name);
  });
  it("prefers the name the server gives", () => {
    expect(actorName({ actor: "user:u1", actor_name: "A. Lovelace" }, new Map([["u1", "Ada"]]))).toBe("A. Lovelace");
  });
});

describe("the short story", () => {
  it("has a note only when its writer marked it", () => {
    expect(isSignificant(entry({ kind: "note.added", data: { significant: true } }))).toBe(true);
    expect(isSignificant(entry({ kind: "note.added", data: { significant: false } }))).toBe(false);
  });
  it("believes the server over its own table", () => {
    expect(isSignificant(entry({ kind: "ticket.opened", significant: false }))).toBe(false);
  });
});

it("shows what each filter promises", () => {
  const entries = [
    entry({ kind: "ticket.opened", actor: "system:intake" }),
    entry({ kind: "note.added", data: { significant: true } }),
    entry({ kind: "note.added", data: { significant: false } }),
    entry({ kind: "finding.revised", actor: "connection:c1" }),
  ];
  const counts = Object.fromEntries(shows.map((show: Show) => [show, entries.filter((e) => isShown(e, show)).length]));
  expect(counts).toEqual({ all: 4, significant: 2, notes: 2, system: 2 });
});

it("does not repeat words that the sentence says already", () => {
  expect(wordsOf(entry({ data: { text: "seen at 12:03" }, summary: "wrote a note" }))).toBe("seen at 12:03");
  expect(wordsOf(entry({ data: { reason: "confirmed" }, summary: "Detect → Analysis: “confirmed”" }))).toBe("");
  expect(wordsOf(entry({ data: null }))).toBe("");
});

it("groups neighbours by day and keeps their order", () => {
  const days = byDay([{ at: "2026-10-04T01" }, { at: "2026-10-03T23" }, { at: "2026-10-03T22" }], (at) => at.slice(0, 10));
  expect(days.map((d) => [d.day, d.entries.length])).toEqual([
    ["2026-10-04", 1],
    ["2026-10-03", 2],
  ]);
});
