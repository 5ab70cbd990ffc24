import type { MethodResponse } from "openapi-react-query";
import type { $api } from "@/api/client";
import { formatCode } from "@/lib/format";

export type FindingRow = MethodResponse<typeof $api, "get", "/findings">["items"][number];
export type FindingDetail = MethodResponse<typeof $api, "get", "/findings/{id}">;

/** What became of a finding, in a few words. */
export function outcomeWords(finding: Pick<FindingRow, "outcome" | "ticket">): string {
  switch (finding.outcome) {
    case "opened":
      return "opened a ticket";
    case "joined":
      return "joined a ticket";
    case "recorded":
      return "kept, opens no ticket";
    case "held":
      return "held back in a storm";
    case "suppressed":
      return "suppressed, opens no ticket";
    case "updated":
      return finding.ticket ? "updated, on a ticket" : "updated, opens no ticket";
    default:
      return formatCode(finding.outcome).toLowerCase();
  }
}

/** "data_security" → "Data security"; a control's result stands with its class. */
export function classWords(finding: Pick<FindingRow, "class" | "result">): string {
  const kind = formatCode(finding.class);
  return finding.result ? `${kind}, ${formatCode(finding.result).toLowerCase()}` : kind;
}
