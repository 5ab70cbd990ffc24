import { expect, it } from "vitest";
import { stagesOf } from "./flow";
import type { Preview } from "./types";

const preview: Preview = {
  of: 1000,
  truncated: false,
  would_open: 200,
  would_join: 160,
  would_suppress: 300,
  would_record: 500,
  tickets: 40,
  by_rule: [
    { section: "severities", id: "m", name: "", matched: 12 },
    { section: "windows", id: "w", name: "", matched: 50 },
    { section: "suppressions", id: "s", name: "", matched: 250 },
  ],
  by_team: [{ team: "t", name: "Payments", tickets: 40 }],
  groups: [],
  examples: [],
};

it("what goes on from one section is what comes to the next, and the end is the tickets", () => {
  const stages = stagesOf(preview);
  expect(stages.map(({ took }) => took)).toEqual(["12 mapped", "250 suppressed", "50 silenced", "500 only recorded", "160 joined another", "40 tickets to 1 team"]);
  expect(stages.map(({ before, after }) => [before, after])).toEqual([[1000, 1000], [1000, 750], [750, 700], [700, 200], [200, 40], [40, 40]]);
});

it("draws nothing below zero of answers that do not add up", () => {
  expect(stagesOf({ ...preview, would_record: 5000 }).every(({ after }) => after >= 0)).toBe(true);
  expect(stagesOf(undefined).every(({ before }) => before === 0)).toBe(true);
});
