import { describe, expect, it } from "vitest";
import { Problem } from "@/lib/problem";
import { changedIn, lostIn } from "./decisions";

const conflict = (slug: string, more: object) => new Problem(409, { type: `urn:tocsin:error:${slug}`, ...more });

describe("an answer that came too late", () => {
  it("says who was first", () => {
    expect(lostIn(conflict("handover-already-decided", { state: "accepted", decided_by: "u", decided_by_name: "Mary", decided_at: "2026-11-24T12:00:00Z" }))).toEqual({ state: "accepted", by: "Mary", at: "2026-11-24T12:00:00Z" });
    expect(lostIn(conflict("handover-already-decided", {}))).toEqual({ state: "", by: "", at: null });
    expect(lostIn(conflict("changed-since", {}))).toBeUndefined();
    expect(lostIn(new Problem(403, { type: "urn:tocsin:error:handover-already-decided" }))).toBeUndefined();
  });
});

describe("an answer that something changed", () => {
  const change = { seq: 9, at: "2026-11-24T12:00:00Z", actor: "user:u", actor_name: "Ada", kind: "note.added", summary: "Ada wrote a note." };
  it("carries what is to be confirmed", () => {
    expect(changedIn(conflict("changed-since", { delta_seq: 9, changed: [change] }))).toEqual({ seq: 9, changed: [change] });
    expect(changedIn(conflict("changed-since", { delta_seq: 9, changed: [change, null, "x", {}] }))?.changed).toEqual([change]);
    expect(changedIn(conflict("changed-since", {}))).toBeUndefined();
    expect(changedIn(conflict("handover-already-decided", { delta_seq: 9 }))).toBeUndefined();
  });
});
