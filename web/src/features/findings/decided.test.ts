import { expect, it } from "vitest";
import { decidedBy } from "./decided";

const policy = {
  suppressions: [{ id: "s", name: "Scanner", match: "a:b", reason: "Ours", owner: "u", expires_at: "2026-12-01T00:00:00Z", enabled: true }],
  windows: [{ id: "w", name: "Move", match: "c:d", reason: "Planned", owner: "u", from: "2026-11-01T00:00:00Z", to: "2026-11-02T00:00:00Z" }],
  rules: [{ id: "r", name: "Detections", match: "", then: "open" as const, enabled: true }],
};

it("names what decided, with who answers for it where somebody does", () => {
  expect(decidedBy("s", policy)).toMatchObject({ what: "suppression", rule: { name: "Scanner" }, owner: "u", until: "2026-12-01T00:00:00Z" });
  expect(decidedBy("w", policy)).toMatchObject({ what: "maintenance window", reason: "Planned", until: "2026-11-02T00:00:00Z" });
  expect(decidedBy("r", policy)).toMatchObject({ what: "rule", rule: { name: "Detections" } });
  expect(decidedBy("gone", policy)).toBeUndefined();
});
