import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { defaultRules } from "./default-rules";

it("are the ones a new installation starts with", () => {
  const source = readFileSync("../internal/ticket/policy.go", "utf8");
  const body = /func DefaultPolicy\(\) Policy \{(.*?)\n\}/s.exec(source)?.[1] ?? "";
  const rules = [...body.matchAll(/\{"([^"]*)", "([^"]*)", Then(\w+), (true|false)\}/g)].map(([, name, match, then, enabled]) => ({
    name,
    match,
    then: then?.toLowerCase(),
    enabled: enabled === "true",
  }));
  expect(rules.length).toBeGreaterThan(2);
  expect(defaultRules).toEqual(rules);
});
