/** The contract's words, in the order people read them. */
export const severities = ["critical", "high", "medium", "low", "info"] as const;
export type Severity = (typeof severities)[number];

export const phases = ["detect", "analysis", "containment", "eradication", "recovery", "post_incident", "closed"] as const;
export type Phase = (typeof phases)[number];

export const resolutions = [
  "resolved",
  "false_positive",
  "benign_true_positive",
  "duplicate",
  "accepted_risk",
  "test_exercise",
  "merged",
] as const;
export type Resolution = (typeof resolutions)[number];

/** The actions a role allows; the server decides, the screen only hides what would be refused. */
export type Permission =
  | "ticket.read"
  | "ticket.work"
  | "ticket.force"
  | "ticket.break_glass"
  | "duty.edit"
  | "sla.edit"
  | "finding.read"
  | "finding.intake"
  | "finding.promote"
  | "quarantine.manage"
  | "policy.edit"
  | "connection.manage"
  | "connection.read"
  | "user.manage"
  | "token.own"
  | "log.verify"
  | "report.read"
  | "installation.read"
  | "backup.make"
  | "retention.manage";
