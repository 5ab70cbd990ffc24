import type { TicketRow } from "@/api/models";
import { emptyDraft, type OfferDraft, offerBlocked, whyNotOffer } from "@/lib/handover";
import { severities } from "@/lib/words";

/** What is said of each ticket; to whom is the same for all. */
export interface RowDraft {
  next_step: string;
  risks: string;
}

export type Drafts = Readonly<Record<string, RowDraft>>;

export interface PlanRow {
  ticket: TicketRow;
  draft: OfferDraft;
  /** Why it can't be offered at all. */
  impossible: string | false;
  /** What is still to be filled in. */
  missing: string | false;
}

type Offered = Pick<TicketRow, "number" | "severity">;

const rank = (ticket: Offered) => severities.indexOf(ticket.severity);

/** The tickets to be offered, the most severe first, each with what stands in the way. */
export function planOf(tickets: readonly TicketRow[], to: string, drafts: Drafts, me: { id: string; leads: boolean }): PlanRow[] {
  return [...tickets]
    .sort((a, b) => rank(a) - rank(b))
    .map((ticket) => {
      const draft = { ...emptyDraft, ...drafts[ticket.number], to };
      const self = to === `user:${ticket.owner}` && "It is theirs already";
      return { ticket, draft, impossible: whyNotOffer(ticket, me.id, me.leads) || self, missing: offerBlocked(draft, ticket.severity) };
    });
}

/** Why the offers can't be made yet, false when they can: those that are impossible are left out. */
export function planBlocked(rows: readonly PlanRow[]): string | false {
  const possible = rows.filter((row) => !row.impossible);
  if (possible.length === 0) return rows.length === 1 ? (rows[0]?.impossible ?? false) : "None of them can be offered";
  const lacking = possible.find((row) => row.missing);
  if (!lacking?.missing) return false;
  return rows.length === 1 || lacking.draft.to === "" ? lacking.missing : `${lacking.ticket.number}: ${lacking.missing}`;
}

/** Puts one text under every ticket that has none yet. */
export function fillEmpty(drafts: Drafts, numbers: readonly string[], field: keyof RowDraft, text: string): Drafts {
  const filled = numbers.map((number): [string, RowDraft] => {
    const old = drafts[number] ?? { next_step: "", risks: "" };
    return [number, old[field].trim() === "" ? { ...old, [field]: text } : old];
  });
  return { ...drafts, ...Object.fromEntries(filled) };
}
