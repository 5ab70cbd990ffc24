import { api, ifMatch } from "@/api/client";
import type { Ticket } from "@/api/models";
import { formatCode } from "@/lib/format";
import { Problem, toProblem } from "@/lib/problem";
import type { Severity } from "@/lib/words";

/** What a person edits field by field. */
export interface TicketPatch {
  title?: string;
  severity?: Severity;
  tags?: string[];
}

export interface FieldChange {
  label: string;
  from: string;
  to: string;
}

type Read = (ticket: Ticket) => string;

const fields: [label: string, read: Read][] = [
  ["Title", (t) => t.title],
  ["Severity", (t) => t.severity],
  ["Phase", (t) => formatCode(t.phase)],
  ["Owner", (t) => t.owner_name || "nobody"],
  ["Accountable", (t) => t.accountable_name],
  ["Resolution", (t) => (t.resolution ? formatCode(t.resolution) : "none")],
  ["Tags", (t) => t.tags.join(", ") || "none"],
  ["Acknowledged", (t) => (t.acknowledged_at ? "yes" : "no")],
  ["Findings", (t) => String(t.finding_count)],
];

/** What is different between two states of one ticket, in words. */
export function changesBetween(before: Ticket, after: Ticket): FieldChange[] {
  return fields
    .map(([label, read]) => ({ label, from: read(before), to: read(after) }))
    .filter((change) => change.from !== change.to);
}

/** Whether a status says that somebody else was first. */
export function isConflict(error: unknown): boolean {
  const { status } = toProblem(error);
  return status === 409 || status === 412;
}

/** Whether a later state differs in a field that is about to be changed. */
export function overlaps(before: Ticket, now: Ticket, patch: TicketPatch): boolean {
  const names: (keyof TicketPatch)[] = ["title", "severity", "tags"];
  return names.some((name) => patch[name] !== undefined && String(before[name]) !== String(now[name]));
}

export type Send = (rev: number) => Promise<Ticket>;

const TRIES = 3;

/**
 * Changes fields of a ticket. A ticket's revision moves with every note and finding, so a stale one
 * is tried again with the new revision as long as the fields themselves are as the person saw them;
 * otherwise the refusal stands.
 */
export async function saveOver(before: Ticket, patch: TicketPatch, latest: () => Promise<Ticket>, send: Send): Promise<Ticket> {
  let now = before;
  for (let tries = 1; ; tries += 1) {
    try {
      return await send(now.rev);
    } catch (error) {
      if (toProblem(error).status !== 412 || tries === TRIES) throw error;
      now = await latest();
      if (overlaps(before, now, patch)) throw error;
    }
  }
}

export function saveTicket(before: Ticket, patch: TicketPatch): Promise<Ticket> {
  const params = { path: { id: before.number } };
  const latest = async () => need((await api.GET("/tickets/{id}", { params })).data);
  const send: Send = async (rev) => need((await api.PATCH("/tickets/{id}", { params: { ...params, header: ifMatch(rev) }, body: patch })).data);
  return saveOver(before, patch, latest, send);
}

function need(ticket: Ticket | undefined): Ticket {
  if (!ticket) throw new Problem(0, { detail: "The answer was empty." });
  return ticket;
}
