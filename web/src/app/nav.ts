import type { TicketCounts } from "@/api/models";
import type { Permission } from "@/lib/words";

export interface NavEntry {
  label: string;
  /** A path of the route table. */
  to: "/queue" | "/handovers" | "/findings" | "/quarantine" | "/connections" | "/policy" | "/lists" | "/storms" | "/people" | "/tokens" | "/retention" | "/oncall" | "/sla" | "/measures";
  search?: Record<string, string>;
  /** Key sequence, "g q". */
  keys: string;
  /** Left out for people who may not; of several, one is enough. */
  needs: Permission | readonly Permission[];
  /** Which of the live counts stands behind the label. */
  count?: keyof TicketCounts | "offers";
  /** The count asks for attention when it is not zero. */
  urgent?: boolean;
}

export interface NavGroup {
  heading?: string;
  entries: NavEntry[];
}

/** The left navigation: one table for the links, the palette and the "go to" keys. */
export const navigation: NavGroup[] = [
  {
    entries: [
      { label: "Queue", to: "/queue", keys: "g q", needs: "ticket.read", count: "open" },
      { label: "My tickets", to: "/queue", search: { view: "mine" }, keys: "g m", needs: "ticket.read", count: "mine" },
      { label: "Handovers", to: "/handovers", keys: "g h", needs: "ticket.read", count: "offers", urgent: true },
      { label: "Findings", to: "/findings", keys: "g f", needs: "finding.read" },
      { label: "Storms", to: "/storms", keys: "g s", needs: "ticket.read" },
      { label: "On call", to: "/oncall", keys: "g o", needs: ["ticket.read", "duty.edit"] },
      { label: "Measures", to: "/measures", keys: "g v", needs: ["report.read", "ticket.force"] },
      { label: "Quarantine", to: "/quarantine", keys: "g u", needs: "quarantine.manage", count: "quarantine", urgent: true },
    ],
  },
  {
    heading: "Set up",
    entries: [
      { label: "Connections", to: "/connections", keys: "g c", needs: "connection.read" },
      { label: "SLA", to: "/sla", keys: "g a", needs: ["sla.edit", "ticket.read"] },
      { label: "Rules", to: "/policy", keys: "g p", needs: "policy.edit" },
      { label: "Lists", to: "/lists", keys: "g l", needs: "policy.edit" },
      { label: "People", to: "/people", keys: "g e", needs: "user.manage" },
      { label: "Tokens", to: "/tokens", keys: "g t", needs: "token.own" },
      { label: "Retention", to: "/retention", keys: "g r", needs: "retention.manage" },
    ],
  },
];
