import type { TicketCounts } from "@/api/models";

export interface View {
  id: string;
  label: string;
  /** In the query language, shown in the filter line so that people learn it. */
  q: string;
  /** Which live count stands on the tab. */
  count?: keyof TicketCounts;
}

/** The saved views everybody has; the first one is where people arrive. */
export const views: readonly [View, ...View[]] = [
  { id: "all", label: "All open", q: "phase!=closed", count: "open" },
  { id: "mine", label: "Mine", q: "phase!=closed owner:me", count: "mine" },
  { id: "unowned", label: "Unowned", q: "phase!=closed owner:none", count: "unowned" },
  { id: "unacknowledged", label: "Unacknowledged", q: "phase!=closed acknowledged:no", count: "unacknowledged" },
  { id: "closed", label: "Closed", q: "phase:closed" },
];

/** Equally severe tickets stand newest first. */
export const defaultSort = "-severity";

/** The view an address names; an unknown name means the first. */
export function viewOf(id: string | undefined): View {
  return views.find((view) => view.id === id) ?? views[0];
}

/** The query without its last condition; quoted words stay together. */
export function withoutLast(q: string): string {
  const words = q.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? [];
  return words.slice(0, -1).join(" ");
}
