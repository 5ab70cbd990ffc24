/**
 * Every kind of journal entry the server streams: an EventSource hears only names it was told.
 * kinds.test.ts holds this list to internal/journal/kinds.go.
 */
export const kinds: readonly string[] = [
  "finding.taken",
  "ticket.opened",
  "ticket.acknowledged",
  "owner.taken",
  "phase.changed",
];
