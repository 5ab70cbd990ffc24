import { kindDeed } from "./kind-words";
import type { LogEntry, WholeLog } from "./queries";

/** What the timeline shows: everything, the short story, what people wrote, clocks and calls, who is responsible, what the machine did. */
export const shows = ["all", "significant", "notes", "sla", "handover", "system"] as const;
export type Show = (typeof shows)[number];

export type ActorKind = "person" | "system" | "connection";

export function actorKind(actor: string): ActorKind {
  if (actor.startsWith("user:")) return "person";
  return actor.startsWith("connection:") ? "connection" : "system";
}

/** Who did it. The server itself acts for everything that is no person. */
export function actorName(entry: Pick<LogEntry, "actor" | "actor_name">): string {
  if (entry.actor_name) return entry.actor_name;
  return actorKind(entry.actor) === "person" ? "Somebody" : "Tocsin";
}

/** The sentence without its first words, the actor, who stands in front of it in bold. */
export function deedOf(entry: Pick<LogEntry, "kind" | "data" | "actor" | "actor_name" | "summary" | "priv">): string {
  const known = kindDeed(entry);
  if (known !== undefined) return known;
  const reason = member(entry.priv, "reason");
  // The reason stands under the sentence, whole.
  const summary = reason === "" ? entry.summary : (entry.summary.split(" Reason: ")[0] ?? entry.summary);
  const who = `${actorName(entry)} `;
  const deed = summary.startsWith(who) ? summary.slice(who.length) : `· ${summary}`;
  return deed.replace(/\.$/, "");
}

/** A member of a JSON object as text, "" when it is not there. */
function member(object: unknown, name: string): string {
  const value = members(object)[name];
  return typeof value === "string" ? value : "";
}

function members(object: unknown): Record<string, unknown> {
  return typeof object === "object" && object !== null ? (object as Record<string, unknown>) : {};
}

/** What a person wrote with an entry: a note's text, a reason, or what an offer says of the ticket. */
export function wordsOf(entry: Pick<LogEntry, "priv">): string {
  const [next, risks] = [member(entry.priv, "next_step"), member(entry.priv, "risks")];
  return member(entry.priv, "text") || member(entry.priv, "reason") || [next && `Next: ${next}`, risks && `Risks: ${risks}`].filter(Boolean).join("\n");
}

export interface FieldEdit {
  field: string;
  from: string;
  to: string;
}

/** The fields that ticket.changed names; what people write stands in the private half. */
export function editsOf(entry: Pick<LogEntry, "kind" | "data" | "priv">): FieldEdit[] {
  const fields = members(entry.data).fields;
  if (entry.kind !== "ticket.changed" || !Array.isArray(fields)) return [];
  return fields.flatMap((one: unknown) => {
    const field = member(one, "field");
    const values = { ...members(one), ...members(members(entry.priv)[field]) };
    return field && ("old" in values || "new" in values) ? [{ field, from: spoken(values.old), to: spoken(values.new) }] : [];
  });
}

function spoken(value: unknown): string {
  if (Array.isArray(value)) return value.join(", ");
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

export function isNote(entry: Pick<LogEntry, "kind">): boolean {
  return entry.kind === "note.added";
}

/** Of which nouns a filter shows entries. */
const nouns = { sla: ["sla", "escalation", "notification", "snooze"], handover: ["handover", "owner"] };

function noun(kind: string): string {
  return kind.split(".")[0] ?? "";
}

export function isShown(entry: LogEntry, show: Show): boolean {
  switch (show) {
    case "all":
      return true;
    case "significant":
      return entry.significant;
    case "notes":
      return isNote(entry);
    case "sla":
      return nouns.sla.includes(noun(entry.kind)) || entry.kind === "ticket.acknowledged" || entry.kind === "ticket.reconfirmed" || entry.kind === "ticket.unacknowledged";
    case "handover":
      return nouns.handover.includes(noun(entry.kind));
    case "system":
      return actorKind(entry.actor) !== "person";
  }
}

/** A merge stands in the logs of both tickets; where both are shown, once is enough. */
export function withoutTwins(number: string, log: WholeLog): WholeLog {
  return { ...log, entries: log.entries.filter((entry) => entry.ticket === number || entry.kind !== "ticket.merged") };
}

/** Entries under the day they happened on, in the order given. */
export function byDay<T extends { at: string }>(entries: readonly T[], dayOf: (at: string) => string): { day: string; entries: T[] }[] {
  const days: { day: string; entries: T[] }[] = [];
  for (const entry of entries) {
    const day = dayOf(entry.at);
    const last = days.at(-1);
    if (last?.day === day) last.entries.push(entry);
    else days.push({ day, entries: [entry] });
  }
  return days;
}
