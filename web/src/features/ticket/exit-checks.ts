import type { Ticket } from "@/api/models";
import { formatCount } from "@/lib/format";
import type { Phase } from "@/lib/words";
import { isNote } from "./log-words";
import type { LogEntry } from "./queries";

/** met and open are seen from the ticket; only a person can tell about "judge". */
export interface ExitCheck {
  text: string;
  state: "met" | "open" | "judge";
}

type Seen = Pick<Ticket, "phase" | "owner" | "acknowledged_at" | "assets" | "resource" | "indicators" | "techniques" | "phase_visits">;

const judge = (text: string): ExitCheck => ({ text, state: "judge" });
const seen = (met: boolean, text: string): ExitCheck => ({ text, state: met ? "met" : "open" });

/** What ought to hold before a ticket leaves its phase (ux.md §3), as far as it shows. */
export function exitChecks(ticket: Seen, entries: readonly LogEntry[]): ExitCheck[] {
  const noted = (what: string) => seen(notedInPhase(ticket, entries), `${what}, in a significant note`);
  const rules: Record<Phase, () => ExitCheck[]> = {
    detect: () => [seen(ticket.owner !== null, "Somebody owns it"), seen(ticket.acknowledged_at !== null, "It is acknowledged")],
    analysis: () => [
      noted("The scope is written down"),
      seen(ticket.assets.length > 0 || ticket.resource !== "", "What is affected is known"),
      judge(`Indicators are gathered (${ticket.indicators.length === 0 ? "none so far" : `${formatCount(ticket.indicators.length)} so far`})`),
      judge(`Techniques are named (${ticket.techniques.join(", ") || "unknown so far"})`),
      judge("The severity is right"),
    ],
    containment: () => [noted("How containment was verified"), judge("Evidence was collected before anything was destroyed")],
    eradication: () => [noted("The root cause"), judge("Persistence was looked for and removed"), judge("Credentials were rotated")],
    recovery: () => [noted("The service owner’s agreement"), judge("Somebody watches for it to come back")],
    post_incident: () => [noted("Lessons learned, with owners and dates")],
    closed: () => [],
  };
  return rules[ticket.phase]();
}

/** Whether a significant note was written since the ticket last entered its phase. */
function notedInPhase(ticket: Seen, entries: readonly LogEntry[]): boolean {
  const visit = ticket.phase_visits.findLast((v) => v.phase === ticket.phase && !v.skipped);
  const since = visit ? Date.parse(visit.entered_at) : 0;
  return entries.some((entry) => isNote(entry) && entry.significant && Date.parse(entry.at) >= since);
}

/** "2/3": how many of the checks that show are met; "" when none shows. */
export function checkCount(checks: readonly ExitCheck[]): string {
  const shown = checks.filter((check) => check.state !== "judge");
  return shown.length === 0 ? "" : `${shown.filter((check) => check.state === "met").length}/${shown.length}`;
}
