import { describe, expect, it } from "vitest";
import { charIndexOf, formatBytes, formatCode, formatEstimate, formatPlural } from "./format";

describe("numbers and words", () => {
  it("marks an estimate", () => {
    expect(formatEstimate(2914, true)).toBe("2,914");
    expect(formatEstimate(10000, false)).toBe("10,000+");
  });

  it("chooses the plural", () => {
    const forms = { one: "ticket", other: "tickets" };
    expect([0, 1, 2].map((n) => formatPlural(n, forms))).toEqual(["0 tickets", "1 ticket", "2 tickets"]);
  });

  it("speaks codes", () => {
    expect(formatCode("post_incident")).toBe("Post incident");
    expect(formatCode("")).toBe("");
  });

  it.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1536, "1.5 KiB"],
    [16 * 1024 * 1024, "16 MiB"],
  ])("%d bytes read %s", (n, text) => {
    expect(formatBytes(n)).toBe(text);
  });
});

describe("a byte offset among characters", () => {
  it.each([
    ["owner:me", 6, 6],
    ["café x", 6, 5],
    ["title:🔥 x", 11, 9],
    ["abc", 99, 3],
    ["", 0, 0],
  ])("in %j, byte %d is character %d", (text, byte, char) => {
    expect(charIndexOf(text, byte)).toBe(char);
  });
});
