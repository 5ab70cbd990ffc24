import { describe, expect, it } from "vitest";
import { nameMistake, askedAs } from "./kinds";
import { readLines, valueMistake } from "./paste";

describe("pasted lines", () => {
  it("give values with their notes, whatever stands between them", () => {
    expect(readLines("111122223333 Payments, production\n444455556666\tShop\n\n# a remark\n777788889999,Data", "account", []).items).toEqual([
      { value: "111122223333", note: "Payments, production" },
      { value: "444455556666", note: "Shop" },
      { value: "777788889999", note: "Data" },
    ]);
  });

  it("name each line that is wrong by its number, and take the others", () => {
    const { items, mistakes } = readLines("111122223333\r\n12345\r\n\r\nAda", "account", []);
    expect(items).toEqual([{ value: "111122223333" }]);
    expect(mistakes).toEqual([
      { line: 2, text: "12345", why: "an account has twelve digits" },
      { line: 4, text: "Ada", why: "an account has twelve digits" },
    ]);
  });

  it("that stand there already are counted and not taken twice", () => {
    const { items, doubles } = readLines("a\nb\na\nc", "text", [{ value: "c" }]);
    expect(items.map((item) => item.value)).toEqual(["a", "b"]);
    expect(doubles).toBe(2);
  });

  it("of text may hold blanks and a # that belongs to them", () => {
    expect(readLines("Ada Lovelace # head of finance\nC# builders", "text", []).items).toEqual([{ value: "Ada Lovelace", note: "head of finance" }, { value: "C# builders" }]);
  });
});

it.each([
  ["198.51.100.0/24", false],
  ["198.51.100.7", false],
  ["2001:db8::/32", false],
  ["::1", false],
  ["198.51.100.0/33", "the part behind / is at most 32"],
  ["198.51.100.0/", "the part behind / is no number"],
  ["198.51.100.0/8/9", "the part behind / is no number"],
  ["198.51.100", "no address: write 198.51.100.0/24, 198.51.100.7 or 2001:db8::/32"],
  ["198.51.100.256", "no address: write 198.51.100.0/24, 198.51.100.7 or 2001:db8::/32"],
  ["office.example", "no address: write 198.51.100.0/24, 198.51.100.7 or 2001:db8::/32"],
  ["1:2:3", "no address: write 198.51.100.0/24, 198.51.100.7 or 2001:db8::/32"],
])("%s as a range: %s", (value, why) => {
  expect(valueMistake(value, "cidr")).toBe(why);
});

it("names of lists are as a query can write them", () => {
  expect(nameMistake("ou/prod", [])).toBe(false);
  expect(nameMistake("vip", ["vip"])).toBe("There is a list vip already");
  for (const bad of ["VIP", "-a", "/a", "a b", "a".repeat(61)]) expect(nameMistake(bad, []), bad).toMatch(/Small letters/);
  expect(askedAs("ou/prod", "account")).toBe("ou:prod");
  expect(askedAs("own-ranges", "cidr")).toBe("remote:@own-ranges");
});
