import type { Ticket } from "@/api/models";
import { formatList } from "@/lib/format";
import { MIN_SKIP_REASON } from "./move-rules";

/** met and open are seen from the ticket; only a person can tell about "judge". An enforced one holds the ticket in its phase. */
export type ExitCheck = Ticket["exit_checks"][number];

/** "2/3": how many of the checks that show are met; "" when none shows. */
export function checkCount(checks: readonly ExitCheck[]): string {
  const shown = checks.filter((check) => check.state !== "judge");
  return shown.length === 0 ? "" : `${shown.filter((check) => check.state === "met").length}/${shown.length}`;
}

/** The checks that are not met and hold the ticket where it is. */
export function holding(checks: readonly ExitCheck[]): ExitCheck[] {
  return checks.filter((check) => check.enforced && check.state === "open");
}

/** Why a ticket can't leave its phase, false when it can. Checks that are not enforced only advise. */
export function leaveBlocked(checks: readonly ExitCheck[], waive: boolean, reason: string): string | false {
  const held = holding(checks);
  if (held.length === 0) return false;
  if (!waive) return `The rules hold it here: ${formatList(held.map((check) => check.text))}`;
  return [...reason.trim()].length < MIN_SKIP_REASON && `Waiving what the rules ask for needs a reason of at least ${MIN_SKIP_REASON} characters`;
}
