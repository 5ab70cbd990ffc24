import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { kinds } from "./kinds";

it("hears every kind that the journal writes", () => {
  const source = readFileSync("../internal/journal/kinds.go", "utf8");
  const declared = [...source.matchAll(/^\t\w+\s*= "([a-z_]+\.[a-z_]+)"/gm)].map((m) => m[1]);
  expect(declared.length).toBeGreaterThan(10);
  expect([...kinds].sort()).toEqual([...new Set(declared)].sort());
});
