import { describe, expect, it } from "vitest";
import { classWords, instant, outcomeWords } from "./words";

describe("an outcome", () => {
  it.each([
    ["opened", "INC-1", "opened a ticket"],
    ["recorded", "", "kept, opens no ticket"],
    ["updated", "INC-1", "updated, on a ticket"],
    ["updated", "", "updated, opens no ticket"],
    ["made_up", "", "made up"],
  ])("%s (%j) is said as %s", (outcome, ticket, words) => {
    expect(outcomeWords({ outcome, ticket })).toBe(words);
  });
});

it("names a control's result with its class", () => {
  expect(classWords({ class: "compliance", result: "not_available" })).toBe("Compliance, not available");
  expect(classWords({ class: "data_security", result: "" })).toBe("Data security");
});

it("reads moments in microseconds, and leaves out what is unknown", () => {
  expect(instant(1_790_000_000_123_456)).toBe("2026-09-21T14:13:20.123Z");
  expect(instant(0)).toBeNull();
  expect(instant("2026-10-03T12:00:00Z")).toBe("2026-10-03T12:00:00Z");
  expect(instant("")).toBeNull();
});
