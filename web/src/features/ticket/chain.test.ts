import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { checkHashes, checkLinks } from "./chain";
import type { LogEntry } from "./queries";

function chain(kinds: string[]): LogEntry[] {
  let prev = "";
  return kinds.map((kind, i) => {
    const at = Date.UTC(2026, 9, 3, 12) * 1000 + 123;
    const bytes = Buffer.from(JSON.stringify({ actor: "user:u1", at, data: { n: i }, kind, prev, priv: "", seq: i + 1, stream: "ticket:1", tenant: "t", v: 1 }));
    const hash = createHash("sha256").update(Buffer.concat([Buffer.of(0), bytes])).digest("hex");
    const shown = { seq: i + 1, at: "2026-10-03T12:00:00.000123Z", actor: "user:u1", kind, data: { n: i }, prev, hash };
    const entry: LogEntry = { ...shown, ticket: "INC-1", actor_name: "", summary: "", significant: false, priv: null, erased: false, bytes: bytes.toString("base64") };
    prev = hash;
    return entry;
  });
}

/** The chain with one entry changed. */
function spoilt(index: number, change: Partial<LogEntry>): LogEntry[] {
  return chain(["ticket.opened", "owner.taken", "note.added"]).map((entry, i) => (i === index ? { ...entry, ...change } : entry));
}

describe("links", () => {
  it("are whole when each entry names the one before", () => {
    expect(checkLinks(chain(["a.b", "c.d", "e.f"]))).toEqual({ state: "whole", checked: 3 });
  });
  it("are neither whole nor broken when there is nothing", () => {
    expect(checkLinks([]).state).toBe("empty");
  });
  it("break where an entry was taken out", () => {
    const [first, , third] = chain(["a.b", "c.d", "e.f"]);
    expect(checkLinks([first, third].filter((e) => e !== undefined))).toMatchObject({ state: "broken", at: 3 });
  });
  it("break where the beginning was cut off", () => {
    expect(checkLinks(chain(["a.b", "c.d"]).slice(1))).toMatchObject({ state: "broken", at: 2 });
  });
  it("break where an entry was replaced", () => {
    expect(checkLinks(spoilt(1, { hash: "ab".repeat(32) }))).toMatchObject({ state: "broken", at: 3, checked: 2 });
  });
  it("accept the zeros of a first entry", () => {
    expect(checkLinks(spoilt(0, { prev: "0".repeat(64) })).state).toBe("whole");
  });
});

describe("hashes", () => {
  it("fit the bytes of an untouched log", async () => {
    expect(await checkHashes(chain(["a.b", "c.d"]))).toEqual({ state: "whole", checked: 2 });
  });
  it("do not fit bytes that were changed", async () => {
    expect(await checkHashes(spoilt(1, { bytes: btoa("{}") }))).toMatchObject({ state: "broken", at: 2, checked: 1 });
  });
  it("do not vouch for a view that says something else than the bytes", async () => {
    for (const lie of [{ kind: "ticket.closed" }, { actor: "user:u2" }, { data: { n: 7 } }, { at: "2026-10-03T13:00:00.000123Z" }]) {
      expect(await checkHashes(spoilt(2, lie))).toMatchObject({ state: "broken", at: 3 });
    }
  });
  it("say so when the bytes did not come", async () => {
    const [first] = chain(["a.b"]);
    delete first?.bytes;
    expect(await checkHashes(first ? [first] : [])).toMatchObject({ state: "broken", why: "Entry 1 came without its bytes." });
  });
});
