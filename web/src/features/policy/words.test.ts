import { describe, expect, it } from "vitest";
import { rule, suppression } from "./fixtures";
import { deedWords, type Names, valueWords } from "./words";

const names: Names = { person: () => "Ada", team: () => "Payments", zone: "Europe/Amsterdam" };

describe("what a rule does", () => {
  it.each([
    [rule("a"), "opens a ticket"],
    [rule("a", { limit: { tickets: 1000, same: 0, window: "5m" } }), "opens a ticket, held back above 1,000 tickets in 5 minutes"],
    [rule("a", { limit: { tickets: 1000, same: 50, window: "1h" } }), "opens a ticket, held back above 1,000 tickets or 50 of one kind in one account in 1 hour"],
    [rule("a", { limit: { tickets: 1, same: 0, window: "5m", feeds_only: true } }), "opens a ticket, held back above 1 ticket in 5 minutes, from feeds"],
    [rule("a", { then: "record", limit: { tickets: 5, same: 0, window: "5m" } }), "is only recorded"],
    [suppression(), "until 2026-12-24 13:00, Ada"],
    [{ name: "m", match: "", severity: "low" as const, enabled: true }, "is low"],
    [{ name: "g", match: "", by: ["account", "kind", "resource"], within: "24h", enabled: true }, "one ticket for the same account, kind, and resource, within 1 day"],
    [{ name: "r", match: "", team: "t", enabled: true }, "goes to Payments"],
    [{ name: "r", match: "", team: "", enabled: true }, "goes to no team yet"],
    [{ name: "w", match: "", from: "2026-12-24T12:00:00Z", to: "2026-12-24T14:00:00Z", reason: "", owner: "u" }, "2026-12-24 13:00 to 2026-12-24 15:00, Ada"],
  ])("%# is said in words", (one, words) => {
    expect(deedWords(one, names)).toBe(words);
  });
});

it("says values as people read them", () => {
  expect(valueWords("match", "", names)).toBe("everything");
  expect(valueWords("enabled", false, names)).toBe("no");
  expect(valueWords("owner", "u1", names)).toBe("Ada");
  expect(valueWords("limit", undefined, names)).toBe("none");
  expect(valueWords("then", "open", names)).toBe("open");
});
