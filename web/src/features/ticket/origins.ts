import type { Ticket } from "@/api/models";
import { formatCount } from "@/lib/format";

/** Findings under the ticket that each belongs to, in the order given. */
export function byOrigin<T extends { ticket: string }>(items: readonly T[]): { origin: string; items: T[] }[] {
  const groups: { origin: string; items: T[] }[] = [];
  for (const item of items) {
    const last = groups.at(-1);
    if (last?.origin === item.ticket) last.items.push(item);
    else groups.push({ origin: item.ticket, items: [item] });
  }
  return groups;
}

/** How many findings one command moves. */
export const MAX_SPLIT = 500;

/** Findings that belong to the ticket itself, not to one merged into it. */
export function ownFindings(ticket: Pick<Ticket, "number" | "finding_count" | "merged">): number {
  // What is merged into a merged ticket is counted there already.
  return ticket.merged.filter((one) => one.into === ticket.number).reduce((left, one) => left - one.finding_count, ticket.finding_count);
}

export function splitBlocked(ticket: Pick<Ticket, "number" | "finding_count" | "merged">, chosen: number): string | undefined {
  if (chosen === 0) return "Tick the findings that are another matter";
  if (chosen >= ownFindings(ticket)) return `At least one finding has to stay in ${ticket.number}`;
  if (chosen > MAX_SPLIT) return `At most ${formatCount(MAX_SPLIT)} findings are moved at once`;
  return undefined;
}
