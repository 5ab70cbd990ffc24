import { describe, expect, it } from "vitest";
import { acceptBlocked, autoWords, categoryWords, decidedWords, nextUnread, offerBlocked, offerBody, readWords, stepFrom, whyNotOffer } from "./handover";

const draft = { to: "user:u2", next_step: "Call the bank", risks: "" };

describe("an offer", () => {
  it.each([
    [{ ...draft, to: "" }, "low", "Choose who is to have it"],
    [{ ...draft, next_step: "  " }, "low", "Say what has to be done next"],
    [draft, "low", false],
    [draft, "high", "A high ticket is offered with its risks"],
    [{ ...draft, risks: "It spreads" }, "critical", false],
  ])("%j of a %s ticket: %s", (one, severity, why) => {
    expect(offerBlocked(one, severity)).toBe(why);
  });

  it("goes to a person or to a team", () => {
    expect(offerBody({ ...draft, next_step: " a " })).toEqual({ to_user: "u2", next_step: "a", risks: "" });
    expect(offerBody({ ...draft, to: "team:t1" })).toEqual({ to_team: "t1", next_step: "Call the bank", risks: "" });
  });

  const row = { phase: "analysis", owner: "me", owner_name: "Me", offered_to: null };
  it.each([
    [row, false, false],
    [{ ...row, owner: "b", owner_name: "Bob" }, true, false],
    [{ ...row, owner: "b", owner_name: "Bob" }, false, "It belongs to Bob; only the owner or a lead may offer it"],
    [{ ...row, owner: null }, false, "Nobody owns it; take it instead"],
    [{ ...row, phase: "closed" }, true, "It is closed"],
    [{ ...row, offered_to: "u9" }, true, "It is offered already; withdraw that offer first"],
  ])("of %j by a lead (%s): %s", (ticket, leads, why) => {
    expect(whyNotOffer(ticket, "me", leads)).toBe(why);
  });
});

describe("a briefing", () => {
  const list = (read: string) => ["a", "b", "c"].map((id) => ({ id, opened_at: read.includes(id) ? "2026-11-24T12:00:00Z" : null }));

  it("is read section by section", () => {
    expect(readWords(list("ac"))).toBe("2 of 3 sections read");
    expect(acceptBlocked(list("ac"))).toBe("Read the whole briefing first: 1 section is unread");
    expect(acceptBlocked(list(""))).toBe("Read the whole briefing first: 3 sections are unread");
    expect(acceptBlocked(list("abc"))).toBe(false);
  });

  it("goes on with the next unread one, around the end", () => {
    expect(nextUnread(list(""), undefined)).toBe("a");
    expect(nextUnread(list("b"), "a")).toBe("c");
    expect(nextUnread(list("bc"), "c")).toBe("a");
    expect(nextUnread(list("abc"), "a")).toBeUndefined();
  });

  it("is walked by keys, not beyond its ends", () => {
    const ids = ["a", "b", "c"];
    expect([stepFrom(ids, undefined, 1), stepFrom(ids, "a", 1), stepFrom(ids, "c", 1), stepFrom(ids, "a", -1), stepFrom(ids, undefined, -1)]).toEqual(["a", "b", "c", "a", "a"]);
  });
});

it("says how an offer ended and why it was made", () => {
  expect(decidedWords("accepted", "Mary")).toBe("Mary accepted it and is responsible");
  expect(decidedWords("declined", "")).toBe("Somebody declined it");
  expect(decidedWords("expired", "")).toBe("Nobody answered in time");
  expect(autoWords("shift")).toBe("made by itself at the end of a shift");
  expect(autoWords("")).toBe("");
  expect(categoryWords("no_capacity")).toBe("No capacity");
  expect(categoryWords("new_word")).toBe("new_word");
});
