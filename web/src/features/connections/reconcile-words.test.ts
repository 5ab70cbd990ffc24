import { describe, expect, it } from "vitest";
import { everyWords, runCounts, totalWords } from "./reconcile-words";
import type { Reconciliation } from "./types";

const run = (values: Partial<Reconciliation>) => ({ looked_at: 0, had: 0, missed: 0, quarantined: 0, runs: 0, total_looked_at: 0, total_missed: 0, ...values }) as Reconciliation;

describe("a comparison in words", () => {
  it.each([
    [run({}), "No finding changed in the time looked at"],
    [run({ looked_at: 1250, had: 1250 }), "1,250 looked at, 1,250 were here, none missed"],
    [run({ looked_at: 3, had: 1, missed: 1, quarantined: 1 }), "3 looked at, 1 was here, 1 missed and taken in, 1 in quarantine"],
  ])("says what the run saw", (value, words) => {
    expect(runCounts(value)).toBe(words);
  });
  it("says what all runs missed", () => {
    expect(totalWords(run({ runs: 12, total_looked_at: 3000 }))).toBe("Nothing in 12 runs");
    expect(totalWords(run({ runs: 1, total_looked_at: 3000, total_missed: 50 }))).toBe("50 of 3,000 findings in 1 run");
  });
  it("says how often", () => {
    expect([everyWords(900), everyWords(3600), everyWords(21600)]).toEqual(["every 15 minutes", "every 1 hour", "every 6 hours"]);
  });
});
