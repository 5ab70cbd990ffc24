import { describe, expect, it } from "vitest";
import { checkCount, type ExitCheck, holding, leaveBlocked } from "./exit-checks";

const check = (id: string, state: ExitCheck["state"], enforced = false): ExitCheck => ({ id, text: `Text of ${id}`, state, enforced });

describe("exit checks", () => {
  it("count what shows", () => {
    expect(checkCount([check("a", "met"), check("b", "open"), check("c", "judge")])).toBe("1/2");
    expect(checkCount([check("c", "judge")])).toBe("");
  });

  it("only advise until the rules enforce them", () => {
    const advice = [check("a", "open"), check("b", "met", true), check("c", "judge")];
    expect(holding(advice)).toEqual([]);
    expect(leaveBlocked(advice, false, "")).toBe(false);
  });

  it("hold the ticket when they are enforced and open, unless they are waived with a reason", () => {
    const held = [check("a", "open", true), check("b", "open", true), check("c", "open")];
    expect(leaveBlocked(held, false, "any")).toBe("The rules hold it here: Text of a and Text of b");
    expect(leaveBlocked(held, true, "too short")).toMatch(/at least 20 characters/);
    expect(leaveBlocked(held, true, "The service is switched off")).toBe(false);
  });
});
