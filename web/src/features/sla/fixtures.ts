// What the tests of this feature are written with.
import type { CalendarDoc, Document, Ladder, Policy, Target } from "./types";

export function timer(some: Partial<Target> = {}): Target {
  return { metric: "ack", phase: "", targets: { critical: "15m", high: "30m", medium: "4h", low: "1bd" }, calendar: { critical: "24x7", "*": "office" }, pausable: false, ladder: "", ...some };
}

export function policy(some: Partial<Policy> = {}): Policy {
  return { id: "default", name: "Every ticket", match: "", enabled: true, timers: [timer()], warn_at: [50, 75], pause_reasons: [], max_paused: {}, ladder: "soc", page_on_open: ["critical"], reack_after: { critical: "30m" }, ...some };
}

const nine = ["09:00-17:00"];

export function calendar(some: Partial<CalendarDoc> = {}): CalendarDoc {
  return { id: "office", name: "Office hours", zone: "Europe/Amsterdam", always: false, weekly: { mon: nine, tue: nine, wed: nine, thu: nine, fri: nine }, closed: ["2026-12-25"], special: { "2026-12-24": ["09:00-13:00"] }, ...some };
}

export function ladder(some: Partial<Ladder> = {}): Ladder {
  return { id: "soc", name: "On duty, lead", levels: [{ after: "0m", notify: ["oncall:team"], reassign: false }, { after: "10m", notify: ["lead:team"], reassign: false }], fallback: ["role:tenant-admin"], repeat: { every: "15m", from_level: 2, times: 0 }, ...some };
}

export function document(some: Partial<Document> = {}): Document {
  return { policies: [policy()], calendars: [calendar()], ladders: [ladder()], ...some };
}
