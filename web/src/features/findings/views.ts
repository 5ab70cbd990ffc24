/** Ready questions; each is a query that shows in the filter line, so that people learn it. */
export const views: readonly { label: string; q: string }[] = [
  { label: "All", q: "" },
  { label: "Active without a ticket", q: "active:true ticket:none" },
  { label: "Opened a ticket", q: "outcome:opened" },
  { label: "Suppressed", q: "outcome:suppressed" },
  { label: "Held back", q: "outcome:held" },
  { label: "Failed controls", q: "class:compliance result:failed" },
];
