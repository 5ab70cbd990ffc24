import type { LogEntry } from "./queries";

/** What the timeline shows: everything, the short story, what people wrote, what the machine did. */
export const shows = ["all", "significant", "notes", "system"] as const;
export type Show = (typeof shows)[number];

export type ActorKind = "person" | "system" | "connection";

/** Kinds that belong to the short story of a ticket; log-words.test.ts holds them to internal/journal/kinds.go. */
export const significantKinds: ReadonlySet<string> = new Set([
  "finding.promoted",
  "owner.taken",
  "phase.changed",
  "ticket.acknowledged",
  "ticket.closed",
  "ticket.opened",
  "ticket.reopened",
]);

export function actorKind(actor: string): ActorKind {
  if (actor.startsWith("user:")) return "person";
  return actor.startsWith("connection:") ? "connection" : "system";
}

/** Who did it, in words; `names` knows people by their id. */
export function actorName(entry: Pick<LogEntry, "actor" | "actor_name">, names: ReadonlyMap<string, string>): string {
  if (entry.actor_name) return entry.actor_name;
  const [kind = "", id = ""] = entry.actor.split(":", 2);
  if (kind === "user") return names.get(id) ?? `Person ${id.slice(-6)}`;
  if (kind === "connection") return names.get(id) ?? "Connection";
  return id ? `Tocsin ${id}` : "Tocsin";
}

/** A member of an entry's data that is a text, "" when it is not there. */
export function dataText(entry: Pick<LogEntry, "data">, name: string): string {
  const data: unknown = entry.data;
  if (typeof data !== "object" || data === null) return "";
  const value: unknown = (data as Record<string, unknown>)[name];
  return typeof value === "string" ? value : "";
}

export function isNote(entry: Pick<LogEntry, "kind">): boolean {
  return entry.kind === "note.added";
}

/** A note counts when its writer said so; everything else by its kind. */
export function isSignificant(entry: Pick<LogEntry, "kind" | "data" | "significant">): boolean {
  if (entry.significant !== undefined) return entry.significant;
  if (!isNote(entry)) return significantKinds.has(entry.kind);
  const data: unknown = entry.data;
  return typeof data === "object" && data !== null && (data as Record<string, unknown>).significant === true;
}

export function isShown(entry: LogEntry, show: Show): boolean {
  switch (show) {
    case "all":
      return true;
    case "significant":
      return isSignificant(entry);
    case "notes":
      return isNote(entry);
    case "system":
      return actorKind(entry.actor) !== "person";
  }
}

/** The words a person gave with an entry: a note's text or a reason, unless the sentence says them already. */
export function wordsOf(entry: LogEntry): string {
  const words = dataText(entry, "text") || dataText(entry, "reason");
  return words !== "" && !entry.summary.includes(words) ? words : "";
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
