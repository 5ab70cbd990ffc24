import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { kindDeed, kindFacts } from "./kind-words";
import { deliveryWords, stopWords, targetsWords, triggerWords } from "./ladder-words";

const at = Date.UTC(2026, 10, 24, 12, 0) * 1000; // as the journal keeps it
const iso = "2026-11-24T12:00:00.000Z";

describe("what an entry says", () => {
  it.each<[string, object, string]>([
    ["handover.superseded", { cause: "closed", handover: "h" }, "· The offer ended: the ticket was closed"],
    ["handover.superseded", { cause: "new_cause" }, "· The offer ended: new cause"],
    ["ticket.unacknowledged", { cause: "timeout" }, "· Nobody said that they are still on it: it must be acknowledged again"],
    ["sla.warned", { metric: "contain", percent: 75 }, "· 75 % of the time to contain has passed"],
    ["sla.breached", { metric: "phase", phase: "analysis" }, "· The time to leave analysis has passed"],
    ["sla.breached", { metric: "ack", on_retarget: true }, "· The time to acknowledge has passed, as the target changed"],
    ["sla.asked", { owner: "u" }, "asked the owner whether they are still on it"],
    ["sla.pause_requested", { reason: "third_party" }, "asked to pause the clocks: third party. A second person must agree"],
    ["sla.paused", { reason: "third_party", approved_by: "u", requested_by: "u" }, "paused the clocks: third party"],
    ["sla.paused", { reason: "legal_hold", approved_by: "u", requested_by: "v" }, "agreed to pause the clocks: legal hold"],
    ["sla.resumed", { cause: "person" }, "let the clocks run again"],
    ["sla.resumed", { cause: "withdrawn" }, "took back the wish to pause the clocks"],
    ["sla.resumed", { cause: "until" }, "· The clocks run again: the time of the pause is over"],
    ["sla.rebased", { from_version: 1, to_version: 2 }, "· The clocks follow version 2 of the targets, no longer 1"],
    ["escalation.started", { trigger: "open" }, "began to call people: nobody has acknowledged it"],
    ["escalation.started", { trigger: "phase:analysis" }, "began to call people: the time to leave analysis has passed"],
    ["escalation.paged", { level: 2, people: ["a"], targets: ["oncall:team", "lead:team", "lead:team"] }, "called level 2 of the ladder: 1 person, who is on duty for the team and the team’s lead"],
    ["escalation.paged", { level: 0, people: ["a", "b"], targets: [] }, "called the last resort: 2 people"],
    ["escalation.coverage_gap", { level: 1, targets: ["oncall:team"] }, "found nobody to call at level 1 (who is on duty for the team) and went on to the next and the last resort"],
    ["escalation.missed", { level: 1 }, "· Level 1 should have been called and was not; the last resort was called"],
    ["escalation.stopped", { cause: "ack" }, "· Calling people ended: somebody acknowledged it"],
    ["notification.sent", { channel: "mail", count: 1 }, "sent a message over mail"],
    ["notification.sent", { channel: "mail", count: 4 }, "sent 4 messages as one over mail"],
    ["notification.failed", { channel: "slack", attempts: 3, all: true }, "could not deliver a message over slack in 3 attempts, and no other way is left"],
    ["notification.failed", { channel: "", attempts: 0, all: true }, "had no way to reach somebody who should have been told"],
    ["snooze.changed", { until: at }, "wants no messages about it for a while; the clocks run on"],
    ["snooze.changed", { until: 0 }, "wants messages about it again"],
    ["downtime.noticed", { deadlines: 14 }, "was down; 14 deadlines passed meanwhile"],
  ])("%s %j", (kind, data, words) => {
    expect(kindDeed({ kind, data })).toBe(words);
  });

  it("is left to the server's sentence elsewhere", () => {
    expect(kindDeed({ kind: "owner.taken", data: {} })).toBeUndefined();
  });

  it("survives data that somebody else wrote", () => {
    for (const data of [null, "x", [], { metric: 7, targets: "x", people: [1], percent: "50" }]) {
      for (const kind of ["sla.warned", "escalation.paged", "sla.resumed"]) expect(kindDeed({ kind, data })).toEqual(expect.any(String));
    }
  });
});

describe("what else an entry says", () => {
  it.each<[string, object, object[]]>([
    ["handover.offered", { expires_at: at }, [{ label: "Stands until", at: iso }]],
    ["sla.paused", { until: at }, [{ label: "Until", at: iso }]],
    ["sla.breached", { due_at: at, late_by: 7_200_000_000 }, [{ label: "Was due", at: iso }, { label: "Late by", text: "2 h" }]],
    ["sla.warned", { due_at: 0, late_by: 900_000 }, []],
    ["escalation.paged", { late_by: 61_000_000 }, [{ label: "Late by", text: "1 m" }]],
    ["handover.accepted", { read_ms: 183_000 }, [{ label: "Briefing read in", text: "3 m" }]],
    ["handover.declined", { declines: 1 }, []],
    ["handover.declined", { declines: 3 }, [{ label: "Declined so far", text: "3 times" }]],
    ["owner.break_glass", { review_by: at }, [{ label: "To be reviewed by", at: iso }]],
    ["note.added", {}, []],
  ])("%s %j", (kind, data, facts) => {
    expect(kindFacts({ kind, data })).toEqual(facts);
  });
});

it("has words for every kind about clocks and calls that stands in a ticket's log", () => {
  const source = readFileSync("../internal/journal/kinds.go", "utf8");
  const declared = [...source.matchAll(/"((?:sla|escalation)\.[a-z_]+)"/g)].map((m) => m[1] ?? "").filter((kind) => kind !== "sla.changed");
  expect(declared.length).toBeGreaterThan(8);
  for (const kind of declared) expect(kindDeed({ kind, data: {} }), kind).toEqual(expect.any(String));
});

it("says why ladders begin and end, whom they call and what became of it", () => {
  expect(triggerWords("declines")).toBe("the offer was declined again and again");
  expect(triggerWords("asked")).toBe("somebody asked for help");
  expect(stopWords("met")).toBe("what it waited for was done");
  expect(stopWords("a_new_one")).toBe("a new one");
  expect(targetsWords(["role:tenant-admin", "user:x", "channel:y", "lead:t1", "oncall:s1", "owner", "new"])).toBe("every tenant admin, a named person, a channel, the lead of another team, who is on duty by a schedule, the owner, and new");
  expect(deliveryWords("failed")).toMatchObject({ mark: "▲", tone: "critical" });
  expect(deliveryWords("later_word")).toMatchObject({ words: "later word" });
});
