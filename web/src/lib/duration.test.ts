import { expect, it } from "vitest";
import { durationOf, durationWords, inUnits, parseDuration } from "./duration";

it.each([
  ["24h", 86_400_000],
  ["1h30m", 5_400_000],
  ["24h0m0s", 86_400_000],
  ["7d", 604_800_000],
  ["90s", 90_000],
  ["", undefined],
  ["5", undefined],
  ["h", undefined],
  ["5m ", undefined],
])("%j is %s milliseconds", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

it("is shown in the largest unit in which it is whole, and sent in what every reader knows", () => {
  expect(inUnits("24h")).toEqual({ n: 1, unit: "d" });
  expect(inUnits("36h")).toEqual({ n: 36, unit: "h" });
  expect(inUnits("90m")).toEqual({ n: 90, unit: "m" });
  expect(inUnits("nonsense")).toEqual({ n: 0, unit: "m" });
  expect(durationOf(7, "d")).toBe("168h");
  expect(durationOf(5, "m")).toBe("5m");
});

it("is said in words", () => {
  expect(["24h", "1h", "5m", "168h", "soon"].map(durationWords)).toEqual(["1 day", "1 hour", "5 minutes", "7 days", "soon"]);
});
