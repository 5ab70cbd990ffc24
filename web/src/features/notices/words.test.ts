import { describe, expect, it } from "vitest";
import { mayTell } from "./queries";
import type { Contact } from "./types";
import { attemptWords, channelWords, contactState, deliveredWords, kindWords, settingsWords, stateOptions, stateWords } from "./words";

const brief = (channel: string, state: "sent" | "failed" | "queued", error = "") => ({ channel, state, error, at: "2026-11-24T12:00:00Z" });

describe("what became of a notice", () => {
  it.each([
    [[], { tone: "plain", text: "shown here only" }],
    [[brief("smtp", "sent")], { tone: "ok", text: "✓ Mail: sent" }],
    [[brief("slack", "failed", "no such member"), brief("smtp", "sent")], { tone: "ok", text: "▲ Slack: failed, no such member · ✓ Mail: sent" }],
    [[brief("slack", "failed")], { tone: "bad", text: "▲ Slack: failed" }],
    [[brief("", "queued")], { tone: "plain", text: "◔ waiting" }],
  ])("%# is said with a mark and in words", (deliveries, words) => {
    expect(deliveredWords(deliveries)).toEqual(words);
  });

  it("has a mark of its own for each state", () => {
    const marks = stateOptions.slice(1).map(({ value }) => stateWords(value).mark);
    expect(new Set(marks).size).toBe(6);
    expect(stateWords("lost_in_space")).toEqual({ mark: "·", words: "lost in space", tone: "plain" });
  });

  it.each([
    [{ attempts: 0, error: "", detail: "", state: "queued" as const }, ""],
    [{ attempts: 1, error: "", detail: "250 OK", state: "sent" as const }, "1 attempt"],
    [{ attempts: 3, error: "connection refused", detail: "", state: "failed" as const }, "3 attempts: connection refused"],
    [{ attempts: 1, error: "", detail: "it may have come twice", state: "sending" as const }, "1 attempt: it may have come twice"],
  ])("%# counts attempts", (delivery, words) => {
    expect(attemptWords(delivery)).toBe(words);
  });
});

describe("a contact", () => {
  const contact: Contact = { id: "c", channel: "smtp", connection: "m", connection_name: "Mail", enabled: true, address: "a@example.org", position: 1, tested_at: null, test_error: "", confirmed_at: null, implicit: false };
  it.each([
    [{}, "▲ not confirmed"],
    [{ tested_at: "2026-11-24T12:00:00Z" }, "◔ waits for its code"],
    [{ tested_at: "2026-11-24T12:00:00Z", confirmed_at: "2026-11-24T12:01:00Z" }, "✓ confirmed"],
    [{ confirmed_at: "2026-11-24T12:01:00Z", test_error: "refused" }, "▲ the test failed"],
    [{ confirmed_at: "2026-11-24T12:01:00Z", enabled: false }, "‖ its connection is switched off"],
  ])("%j is said to be %s", (some, words) => {
    const state = contactState({ ...contact, ...some });
    expect(`${state.mark} ${state.words}`).toBe(words);
  });
});

it("says what people want to be spared", () => {
  const quiet = { enabled: true, days: ["mon", "tue", "wed"], from: "22:00", to: "07:00", zone: "UTC" };
  expect(settingsWords({ quiet, digest_minutes: 2 })).toBe("Quiet Mon to Wed 22:00 to 07:00; what is not urgent comes at most every 2 minutes.");
  expect(settingsWords({ quiet: { ...quiet, enabled: false }, digest_minutes: 0 })).toBe("No quiet hours; what is not urgent comes at once.");
  expect([kindWords("page"), kindWords("new_kind"), channelWords("smtp"), channelWords("pigeon_post")]).toEqual(["Call", "New kind", "Mail", "Pigeon post"]);
});

it("looks into the inbox again only when somebody may have been told something", () => {
  const event = (kind: string) => ({ stream: "ticket:1", kind, at: "", actor: "" });
  expect([mayTell("reset"), mayTell([event("note.added"), event("escalation.paged")]), mayTell([event("note.added"), event("finding.taken")]), mayTell([])]).toEqual([true, true, false, false]);
});
