import { describe, expect, it } from "vitest";
import { tagBlocked, withTag } from "./tag-rules";

describe("a tag", () => {
  it.each([["vip"], ["Exercise-2026"], [" spaced "]])("%j can be added", (text) => {
    expect(tagBlocked(["a"], text)).toBe(false);
  });
  it.each([[""], ["  "], ["two words"], ["a,b"], ['say"'], ["x".repeat(61)], ["VIP"]])("%j can't be added", (text) => {
    expect(tagBlocked(["vip"], text)).toBeTypeOf("string");
  });
  it("is refused beside fifty others", () => {
    expect(tagBlocked(Array.from({ length: 50 }, (_, i) => `t${i}`), "one-more")).toMatch(/at most 50/);
  });
});

it("keeps tags in lower case and in order", () => {
  expect(withTag(["b", "d"], " C ")).toEqual(["b", "c", "d"]);
});
