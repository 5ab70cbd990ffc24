import { describe, expect, it } from "vitest";
import { askedPause, askedUntil, endBlocked } from "./pauses";
import type { LogEntry } from "./queries";

const at = Date.UTC(2026, 10, 24, 12, 0);
const entry = (kind: string, more: Partial<LogEntry> = {}) => ({ kind, actor: "user:u1", actor_name: "Ada", summary: "", data: {}, priv: null, ...more }) as LogEntry;
const wish = entry("sla.pause_requested", { data: { pause: "p", reason: "third_party", until: at * 1000 }, priv: { text: "The bank answers tomorrow" } });

describe("a wish to pause", () => {
  it("waits until somebody decides", () => {
    const asked = { by: "u1", byName: "Ada", reason: "third_party", text: "The bank answers tomorrow", until: "2026-11-24T12:00:00.000Z" };
    expect(askedPause([wish])).toEqual(asked);
    expect(askedPause([entry("sla.resumed"), wish, entry("note.added")])).toEqual(asked);
    for (const kind of ["sla.paused", "sla.resumed", "ticket.closed", "ticket.merged"]) expect(askedPause([wish, entry(kind)])).toBeUndefined();
    expect(askedPause([])).toBeUndefined();
  });
});

it("knows until when the last question is to be answered", () => {
  expect(askedUntil([entry("sla.asked", { data: { answer_by: 1 } }), entry("sla.asked", { data: { answer_by: at * 1000 } })])).toBe("2026-11-24T12:00:00.000Z");
  expect(askedUntil([])).toBe("");
});

it.each([
  ["", undefined, "Say until when"],
  ["2026-11-24T11:00:00Z", undefined, "The end must lie in the future"],
  ["no time", undefined, "The end must lie in the future"],
  ["2026-11-24T14:00:00Z", 3_600_000, "The reason does not allow that long"],
  ["2026-11-24T13:00:00Z", 3_600_000, false],
  ["2027-11-24T13:00:00Z", undefined, false],
])("an end %j where %j is allowed: %s", (until, max, why) => {
  expect(endBlocked(until, at, max)).toBe(why);
});
