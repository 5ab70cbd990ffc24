import { describe, expect, it } from "vitest";
import { checkCount, exitChecks } from "./exit-checks";
import type { LogEntry } from "./queries";

type Seen = Parameters<typeof exitChecks>[0];

const visit = (phase: Seen["phase"], entered_at: string) => ({ phase, seq: 1, entered_at, left_at: null, by: "", reason: "", skipped: false });
const ticket = (over: Partial<Seen>): Seen => ({
  phase: "detect",
  owner: null,
  acknowledged_at: null,
  assets: [],
  resource: "",
  indicators: [],
  techniques: [],
  phase_visits: [],
  ...over,
});
const note = (at: string, significant: boolean) => ({ at, kind: "note.added", significant }) as LogEntry;

describe("exit checks", () => {
  it("of Detect follow the owner and the acknowledgement", () => {
    expect(checkCount(exitChecks(ticket({}), []))).toBe("0/2");
    expect(checkCount(exitChecks(ticket({ owner: "u1", acknowledged_at: "2026-10-03T12:00:00Z" }), []))).toBe("2/2");
  });

  it("ask for a significant note written since the phase began", () => {
    const contained = ticket({ phase: "containment", phase_visits: [visit("containment", "2026-10-03T12:00:00Z")] });
    expect(checkCount(exitChecks(contained, [note("2026-10-03T11:59:00Z", true)]))).toBe("0/1");
    expect(checkCount(exitChecks(contained, [note("2026-10-03T12:01:00Z", false)]))).toBe("0/1");
    expect(checkCount(exitChecks(contained, [note("2026-10-03T12:01:00Z", true)]))).toBe("1/1");
  });

  it("leave to a person what can't be seen", () => {
    const checks = exitChecks(ticket({ phase: "eradication" }), []);
    expect(checks.map((check) => check.state)).toEqual(["open", "judge", "judge"]);
  });

  it("name what has been found so far", () => {
    const texts = exitChecks(ticket({ phase: "analysis", techniques: ["T1078"], resource: "i-1" }), []).map((check) => check.text);
    expect(texts).toContain("Techniques are named (T1078)");
    expect(texts).toContain("Indicators are gathered (none so far)");
  });

  it("are over once the ticket is closed", () => {
    expect(exitChecks(ticket({ phase: "closed" }), [])).toEqual([]);
    expect(checkCount([])).toBe("");
  });
});
