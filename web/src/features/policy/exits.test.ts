import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { exits, inOrder } from "./exits";

it("offers every check that the server can judge", () => {
  const source = readFileSync("../internal/ticket/exitchecks.go", "utf8");
  const list = source.slice(source.indexOf("func checkable()"), source.indexOf("// exitJudge"));
  const known = [...list.matchAll(/"([a-z_]+\.[a-z]+)"/g)].map((m) => m[1]);
  expect(known.length).toBeGreaterThan(5);
  expect(exits.flatMap((group) => group.checks.map((check) => check.id))).toEqual(known);
});

it("saves what is chosen in the order of the phases", () => {
  expect(inOrder(["recovery.agreed", "detect.owned"])).toEqual(["detect.owned", "recovery.agreed"]);
});
