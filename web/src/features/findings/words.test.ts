import { describe, expect, it } from "vitest";
import { classWords, outcomeWords } from "./words";

describe("an outcome", () => {
  it.each([
    ["opened", "INC-1", "opened a ticket"],
    ["recorded", "", "kept, opens no ticket"],
    ["updated", "INC-1", "updated, on a ticket"],
    ["updated", "", "updated, opens no ticket"],
    ["suppressed", "", "suppressed, opens no ticket"],
    ["held", "", "held back in a storm"],
    ["made_up", "", "made up"],
  ])("%s (%j) is said as %s", (outcome, ticket, words) => {
    expect(outcomeWords({ outcome, ticket })).toBe(words);
  });
});

it("names a control's result with its class", () => {
  expect(classWords({ class: "compliance", result: "not_available" })).toBe("Compliance, not available");
  expect(classWords({ class: "data_security", result: "" })).toBe("Data security");
});
