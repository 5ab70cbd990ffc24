import { describe, expect, it } from "vitest";
import { type Known, marksOf } from "./attention";
import { rule, suppression } from "./fixtures";

const known: Known = { now: new Date("2026-11-24T12:00:00Z"), isActive: () => true, matched: 3 };
const words = (...args: Parameters<typeof marksOf>) => marksOf(...args).map((mark) => mark.words);
const window = { name: "w", match: "", reason: "x", owner: "u1", from: "2026-11-24T10:00:00Z", to: "2026-11-24T14:00:00Z" };

describe("a suppression", () => {
  it("that ends in a month, is used and answered for needs nothing", () => {
    expect(marksOf(suppression(), known)).toEqual([]);
  });

  it.each([
    ["expires within a week", suppression({ expires_at: "2026-11-30T12:00:00Z" }), known, "expires in 6 d"],
    ["has expired", suppression({ expires_at: "2026-11-24T09:00:00Z" }), known, "expired 3 h ago"],
    ["is of somebody who has left", suppression(), { ...known, isActive: () => false }, "who answers for it is no longer active"],
    ["matched nothing", suppression(), { ...known, matched: 0 }, "matched nothing in 30 days"],
  ])("that %s says so", (_, one, given, said) => {
    expect(words(one, given)).toEqual([said]);
  });

  it("is not blamed for what nobody knows, for being new or for being switched off", () => {
    const fresh = suppression();
    delete fresh.id;
    expect(words(suppression(), { ...known, matched: undefined, isActive: () => undefined })).toEqual([]);
    expect(words(fresh, { ...known, matched: 0 })).toEqual([]);
    expect(words(suppression({ enabled: false }), { ...known, matched: 0 })).toEqual([]);
  });
});

describe("a window", () => {
  it.each([
    ["now", window, "running, 2 h left"],
    ["later", { ...window, from: "2026-11-24T13:00:00Z" }, "begins in 1 h"],
    ["before", { ...window, to: "2026-11-24T11:00:00Z" }, "over since 1 h"],
  ])("%s says where it stands and asks for nothing", (_, one, said) => {
    expect(marksOf(one, known)).toMatchObject([{ words: said, urgent: false }]);
  });
});

it("says nothing of other rules", () => {
  expect(marksOf(rule("a"), { ...known, matched: 0 })).toEqual([]);
});
