import { describe, expect, it } from "vitest";
import type { Storm } from "./types";
import { consequences, estimateWords, heldWords, limitWords, pauseFor, severityWords, stateWords, undecided } from "./words";

const storm: Storm = {
  id: "s",
  state: "holding",
  active: true,
  source: "http",
  source_name: "Security Hub",
  rule_id: "controls",
  rule_name: "Failed controls",
  same: null,
  began_at: "2026-11-24T14:02:00Z",
  last_at: "2026-11-24T14:04:00Z",
  ended_at: null,
  held: 18_240,
  waiting: 18_240,
  by_severity: { high: 18_000, low: 240 },
  limit: { tickets: 1000, same: 0, window: "5m" },
  examples: [],
  ticket: "t",
  number: "INC-12",
  settled: 0,
  choice: "",
  decided_by: "",
  decided_by_name: "",
  decided_at: null,
  reason: "",
};

it("says what is held, of what and why", () => {
  expect(heldWords(storm)).toBe("18,240 findings of Security Hub");
  expect(heldWords({ ...storm, waiting: 1, same: { kind: "S3.8", account: "111122223333" } })).toBe("1 finding of Security Hub, S3.8 in 111122223333");
  expect(limitWords(storm)).toBe("more than 1,000 tickets in 5 minutes");
  expect(severityWords(storm.by_severity)).toBe("18,000 high, 240 low");
});

it("asks for a decision until there is one, and says so when the flood outlives it", () => {
  expect((["holding", "over", "settling", "opened", "grouped", "suppressed"] as const).filter((state) => undecided({ state }))).toEqual(["holding", "over"]);
  expect(stateWords({ state: "grouped", active: true })).toBe("grouped, still going on");
  expect(stateWords({ state: "grouped", active: false })).toBe("grouped");
});

it("asks the server often only while there is something to see", () => {
  expect(pauseFor(undefined)).toBe(60_000);
  expect(pauseFor([{ state: "over" }, { state: "holding" }])).toBe(4_000);
  expect(pauseFor([{ state: "holding" }, { state: "settling" }])).toBe(1_500);
});

describe("the consequences of", () => {
  it("opening name how many tickets and who gets them", () => {
    const said = consequences("open", storm, { would_open: 18_240, tickets: 212, by_team: [{ name: "Payments", tickets: 200 }, { name: "", tickets: 12 }] });
    expect(said[1]).toBe("About 212 tickets after grouping: 200 for Payments, 12 for the intake team.");
    expect(consequences("open", storm, { would_open: 0, tickets: 0, by_team: [] })[1]).toMatch(/^Each gets a ticket/);
    expect(consequences("open", storm, undefined)[1]).toMatch(/^Each gets a ticket/);
  });

  it("grouping name the ticket, and what comes later only while it goes on", () => {
    expect(consequences("group", storm, undefined).join(" ")).toMatch(/INC-12.*while the storm goes on/);
    expect(consequences("group", { ...storm, active: false }, undefined).join(" ")).not.toMatch(/goes on/);
  });

  it("suppressing name the suppression and who answers for it", () => {
    expect(consequences("suppress", storm, undefined).join(" ")).toMatch(/“Storm INC-12” .* you answer for it/);
  });

  it("opening never name more tickets than findings wait", () => {
    expect(estimateWords({ would_open: 61, tickets: 61, by_team: [{ name: "Triage", tickets: 61 }] }, 36)).toBe("About 36 tickets after grouping: all for Triage");
    expect(estimateWords({ would_open: 1000, tickets: 10, by_team: [] }, 50)).toBe("About 1 ticket after grouping");
  });

  it("many teams are told in short", () => {
    const teams = ["a", "b", "c", "d", "e"].map((name) => ({ name, tickets: 1 }));
    expect(estimateWords({ would_open: 5, tickets: 5, by_team: teams }, 5)).toBe("About 5 tickets after grouping: 1 for a, 1 for b, 1 for c, the rest for 2 other teams");
  });
});
