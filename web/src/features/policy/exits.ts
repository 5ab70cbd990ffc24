/** The exit checks that may hold a ticket in its phase; exits.test.ts holds this list to internal/ticket/exitchecks.go. */
export const exits: readonly { phase: string; checks: readonly { id: string; text: string }[] }[] = [
  {
    phase: "Detect",
    checks: [
      { id: "detect.owned", text: "Somebody owns it" },
      { id: "detect.acknowledged", text: "It is acknowledged" },
      { id: "detect.tasks", text: "Every task of this phase is done or waived" },
    ],
  },
  {
    phase: "Analysis",
    checks: [
      { id: "analysis.scope", text: "The scope is written down, in a significant note" },
      { id: "analysis.affected", text: "What is affected is known" },
      { id: "analysis.tasks", text: "Every task of this phase is done or waived" },
    ],
  },
  {
    phase: "Containment",
    checks: [
      { id: "containment.verified", text: "How containment was verified, in a significant note" },
      { id: "containment.tasks", text: "Every task of this phase is done or waived" },
    ],
  },
  {
    phase: "Eradication",
    checks: [
      { id: "eradication.cause", text: "The root cause, in a significant note" },
      { id: "eradication.tasks", text: "Every task of this phase is done or waived" },
    ],
  },
  {
    phase: "Recovery",
    checks: [
      { id: "recovery.agreed", text: "The service owner’s agreement, in a significant note" },
      { id: "recovery.tasks", text: "Every task of this phase is done or waived" },
    ],
  },
  {
    phase: "Post-incident",
    checks: [
      { id: "post_incident.lessons", text: "Lessons learned, in a significant note" },
      { id: "post_incident.tasks", text: "Every task of this phase is done or waived" },
    ],
  },
];

/** What is chosen, in the order of the phases. */
export function inOrder(chosen: readonly string[]): string[] {
  return exits.flatMap((group) => group.checks.map((check) => check.id)).filter((id) => chosen.includes(id));
}
