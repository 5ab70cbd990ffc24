import { describe, expect, it } from "vitest";
import { countWords, draftOf, isChanged, kindWords, settingsOf } from "./draft";
import type { Retention } from "./types";

const kept: Retention = {
  originals_days: 365,
  findings_days: 0,
  quarantine_days: 30,
  tickets_days: 0,
  min_free_bytes: 5 * 1024 ** 3,
  min_free_percent: 0,
  backup_days: 7,
  rev: 2,
  updated_at: null,
  updated_by: "",
  updated_by_name: "",
  disk: { known: true, free: 1, total: 2, wanted: 1, floor: 1 },
};

describe("a draft of retention", () => {
  it("is the settings and becomes them again", () => {
    expect(kept).toMatchObject(settingsOf(draftOf(kept)));
  });

  it("is changed by another number, and not by a space", () => {
    expect(isChanged(draftOf(kept), kept)).toBe(false);
    expect(isChanged({ ...draftOf(kept), originals_days: " 365 " }, kept)).toBe(false);
    expect(isChanged({ ...draftOf(kept), tickets_days: "1" }, kept)).toBe(true);
  });

  it("takes nothing for 0 and what is no number for a mistake", () => {
    expect(settingsOf({ ...draftOf(kept), originals_days: "" }).originals_days).toBe(0);
    expect(settingsOf({ ...draftOf(kept), originals_days: "soon" }).originals_days).toBe(-1);
    expect(settingsOf({ ...draftOf(kept), min_free_gib: "0.5" }).min_free_bytes).toBe(512 * 1024 ** 2);
  });
});

describe("what was removed", () => {
  it("is said in words", () => {
    expect(countWords({ tickets: 3, originals: 0, bytes: 2048 })).toBe("Closed tickets with their findings: 3 of them, about 2.0 KiB");
    expect(kindWords("new kind")).toBe("new kind");
  });
});
