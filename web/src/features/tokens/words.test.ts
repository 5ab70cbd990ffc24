import { describe, expect, it } from "vitest";
import type { Token, User } from "./types";
import { canBeUsed, daysIn, endAfter, possibleOwners, scopeChoices, scopesOf, scopeWords, stateOf } from "./words";

const now = new Date("2026-11-23T12:00:00Z");
const token = (expires_at: string, revoked_at: string | null = null) => ({ expires_at, revoked_at }) as Token;

describe("tokens", () => {
  it("work until they expire or are revoked, and say so two weeks before", () => {
    expect(stateOf(token("2027-11-23T12:00:00Z"), now)).toBe("works");
    expect(stateOf(token("2026-12-01T12:00:00Z"), now)).toBe("soon");
    expect(stateOf(token("2026-11-23T12:00:00Z"), now)).toBe("expired");
    expect(stateOf(token("2027-11-23T12:00:00Z", "2026-11-01T00:00:00Z"), now)).toBe("revoked");
    expect([token("2026-12-01T12:00:00Z"), token("2026-11-01T12:00:00Z")].map((t) => canBeUsed(t, now))).toEqual([true, false]);
  });

  it("speak their scopes", () => {
    expect(scopeWords(["intake"])).toBe("Send findings");
    expect(scopeWords(["intake", "read"])).toBe("Send findings and read");
    expect(scopeWords(["all", "read"])).toBe("Everything its owner may do");
    expect(scopeWords(["odd"])).toBe("Odd");
  });

  it("ask for nothing but the scopes there are", () => {
    expect(new Set(scopeChoices.flatMap(({ value }) => scopesOf(value)))).toEqual(new Set(["intake", "read", "all"]));
  });

  it("last whole days, a year at most", () => {
    expect(["90", " 1 ", "365", "0", "366", "1.5", "", "-1", "1e2"].map(daysIn)).toEqual([90, 1, 365, undefined, undefined, undefined, undefined, undefined, undefined]);
    expect(endAfter(1, now)).toBe("2026-11-24T12:00:00.000Z");
  });

  it("are for oneself, and with the permission for active service accounts, never for another person", () => {
    const users = [
      { id: "me", name: "Me", kind: "person", active: true },
      { id: "p", name: "Other", kind: "person", active: true },
      { id: "s", name: "Feed", kind: "service", active: true },
      { id: "d", name: "Old feed", kind: "service", active: false },
    ] as User[];
    const me = { id: "me", name: "Me" };
    expect(possibleOwners(me, users, true).map((o) => o.id)).toEqual(["me", "s"]);
    expect(possibleOwners(me, users, false).map((o) => o.id)).toEqual(["me"]);
  });
});
