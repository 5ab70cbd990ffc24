import { describe, expect, it } from "vitest";
import { chosen, type Group, isVarious, neighbour } from "./groups";

const group = (reason: string, example_reason: string, count = 2) => ({ id: "g", reason, example_reason, count }) as Group;
const items = [{ id: "a" }, { id: "b" }, { id: "c" }];

describe("a group", () => {
  it.each([
    ["end at byte #", "end at byte 1,204", 2, true],
    ["end at byte #", "end at byte 1,204", 1, false],
    ["Id: is required", "Id: is required", 2, false],
    ["Id: is required", "[3].Id: is required", 2, false],
  ])("%j of %j is various or not", (reason, example, count, various) => {
    expect(isVarious(group(reason, example, count))).toBe(various);
  });
});

describe("choosing", () => {
  it("takes the one that is named, else the first", () => {
    expect([chosen(items, "b")?.id, chosen(items, "gone")?.id, chosen([], "a")]).toEqual(["b", "a", undefined]);
  });
  it("moves to a neighbour and stops at the ends", () => {
    expect([neighbour(items, "a", 1)?.id, neighbour(items, "c", 1)?.id, neighbour(items, "a", -1)?.id, neighbour(items, undefined, 1)?.id]).toEqual(["b", "c", "a", "a"]);
  });
});
