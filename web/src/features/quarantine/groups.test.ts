import { describe, expect, it } from "vitest";
import { groupByReason, kindOfReason, type QuarantineItem } from "./groups";

const item = (id: string, reason: string, received_at = "2026-10-03T12:00:00Z") => ({ id, reason, field: "", received_at }) as QuarantineItem;

describe("the kind of a reason", () => {
  it.each([
    ["unexpected end at byte 1,204", "unexpected end at byte #"],
    ["“GuardDuty Runtime Metrics” is not known", "“…” is not known"],
    ['"a" is not "b"', "“…” is not “…”"],
    ['[2].detail-type: "x" is not read', "detail-type: “…” is not read"],
    ["detail.findings[3].Id: is required", "detail.findings[].Id: is required"],
  ])("of %j is %j", (reason, kind) => {
    expect(kindOfReason(reason)).toBe(kind);
  });
});

describe("groups", () => {
  it("hold what has one kind of reason, the largest first", () => {
    const groups = groupByReason([item("1", "end at byte 12"), item("2", "Id: is required"), item("3", "end at byte 99")]);
    expect(groups.map((group) => [group.reason, group.various, group.items.map((one) => one.id)])).toEqual([
      ["end at byte 12", true, ["1", "3"]],
      ["Id: is required", false, ["2"]],
    ]);
  });
  it("of one size stand newest first", () => {
    const groups = groupByReason([item("1", "a", "2026-10-01T00:00:00Z"), item("2", "b", "2026-10-02T00:00:00Z")]);
    expect(groups.map((group) => group.key)).toEqual(["b", "a"]);
  });
  it("of nothing are none", () => {
    expect(groupByReason([])).toEqual([]);
  });
});
