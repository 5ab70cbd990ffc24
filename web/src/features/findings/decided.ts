import type { MethodResponse } from "openapi-react-query";
import type { $api } from "@/api/client";

type Policy = MethodResponse<typeof $api, "get", "/policy">;

export interface DecidedBy {
  what: "suppression" | "maintenance window" | "rule";
  rule: { name: string; match: string };
  owner?: string;
  reason?: string;
  until?: string;
}

/** The rule with an id, wherever it stands; nothing when it is gone. */
export function decidedBy(id: string, policy: Pick<Policy, "suppressions" | "windows" | "rules">): DecidedBy | undefined {
  const suppression = policy.suppressions.find((one) => one.id === id);
  if (suppression) return { what: "suppression", rule: suppression, owner: suppression.owner, reason: suppression.reason, until: suppression.expires_at };
  const window = policy.windows.find((one) => one.id === id);
  if (window) return { what: "maintenance window", rule: window, owner: window.owner, reason: window.reason, until: window.to };
  const rule = policy.rules.find((one) => one.id === id);
  return rule && { what: "rule", rule };
}
