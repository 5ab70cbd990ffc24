import { describe, expect, it } from "vitest";
import type { TicketRow } from "@/api/models";
import { driftOf, driftText, longestRise, patchRows } from "./live-list";

const ticket = (id: string, more: Partial<TicketRow> = {}) => ({ id, number: `INC-${id}`, rev: 1, title: "t", ...more }) as TicketRow;
const list = (ids: string) => [...ids].map((id) => ticket(id));

describe("what a fresh look would change", () => {
  it.each([
    ["abcd", "abcd", true, "", "nothing"],
    ["abcd", "xabcd", true, "1 new", "one on top"],
    ["abcd", "bcda", true, "1 moved", "one to the end"],
    ["abcd", "acd", true, "1 gone", "one closed"],
    ["abcd", "xyab", false, "2 new", "new ones push others to the next page"],
    ["abcd", "acde", false, "1 gone", "one closed and another came up from the next page"],
    ["abcdefgh", "acde", false, "1 gone", "the same, when the next page is on the screen too"],
    ["abcd", "xcde", false, "1 new, 2 gone", "two closed, one new"],
    ["abcdefgh", "dbac", false, "2 moved", "rows below the first page are not gone"],
    ["", "ab", true, "2 new", "the first ones"],
  ])("from %j to %j (all: %s) is %j: %s", (rows, fresh, all, text) => {
    expect(driftText(driftOf(list(rows), list(fresh), all))).toBe(text);
  });

  it("counts the rows that kept their order", () => {
    expect(longestRise([])).toBe(0);
    expect(longestRise([3, 1, 2, 0, 4])).toBe(3);
  });
});

describe("writing changes into rows", () => {
  const rows = list("abcd");

  it("leaves rows as they are, to the very object, when nothing changed", () => {
    expect(patchRows(rows, [ticket("a"), ticket("zz")])).toBe(rows);
  });

  it("replaces a row in its place and keeps the others", () => {
    const next = patchRows(rows, [ticket("c", { rev: 2, title: "new" })]);
    expect(next.map((t) => t.title)).toEqual(["t", "t", "new", "t"]);
    expect(next[0]).toBe(rows[0]);
  });

  it("does not go back to an older revision", () => {
    const newer = [ticket("a", { rev: 5 })];
    expect(patchRows(newer, [ticket("a", { rev: 4, title: "old" })])).toBe(newer);
  });
});
