import type { CalendarDoc, Document, Ladder, Policy, SectionId } from "./types";

/** The sections in the order in which people meet them. */
export const sectionIds: readonly SectionId[] = ["policies", "calendars", "ladders"];
export const sectionTitles: Record<SectionId, string> = { policies: "Targets", calendars: "Calendars", ladders: "Ladders" };

export const ROUND_THE_CLOCK = "24x7";

export function documentOf({ policies, calendars, ladders }: Document): Document {
  return { policies, calendars, ladders };
}

/** Whether two values would be the same to the server: the order of members and what is absent do not count. */
export function same(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (inner === null) return undefined;
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([x], [y]) => (x < y ? -1 : 1)));
  });
}

/** The sections in which two documents differ. */
export function changedSections(a: Document, b: Document): SectionId[] {
  return sectionIds.filter((id) => !same(a[id], b[id]));
}

/** What a change has to name: the sections that differ from what it began with. */
export function changeOf(draft: Document, base: Document): Partial<Document> {
  return Object.fromEntries(changedSections(draft, base).map((id) => [id, draft[id]]));
}

/**
 * The draft on top of what somebody else has saved meanwhile: a section that only they changed becomes
 * theirs, one that I changed stays mine. `both` are those in which mine would undo theirs.
 */
export function rebased(draft: Document, base: Document, theirs: Document): { draft: Document; both: SectionId[] } {
  const mine = changedSections(draft, base);
  const both = changedSections(base, theirs).filter((id) => mine.includes(id) && !same(draft[id], theirs[id]));
  const from = (id: SectionId) => (mine.includes(id) ? draft : theirs);
  return { draft: { policies: from("policies").policies, calendars: from("calendars").calendars, ladders: from("ladders").ladders }, both };
}

/** The list with one of it changed. */
export function changedAt<T>(list: readonly T[], at: number, patch: Partial<T>): T[] {
  return list.map((one, i) => (i === at ? { ...one, ...patch } : one));
}

/** The record without one of its members. */
export function omitted<T>(record: Record<string, T>, name: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([other]) => other !== name));
}

export function without<T>(list: readonly T[], at: number): T[] {
  return list.filter((_, i) => i !== at);
}

/** The list with one of it moved; what would leave it stays at its end. */
export function movedAt<T>(list: readonly T[], at: number, by: number): T[] {
  const one = list[at];
  if (one === undefined) return [...list];
  const rest = without(list, at);
  const to = Math.min(rest.length, Math.max(0, at + by));
  return [...rest.slice(0, to), one, ...rest.slice(to)];
}

const MOST = 40;

/** An id made of a name, that none of the others has: "Office hours" is "office-hours". */
export function idOf(name: string, taken: readonly string[]): string {
  const plain = name.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-+|-+$/g, "").slice(0, MOST - 4) || "new";
  const used = [...taken, ROUND_THE_CLOCK, "none"];
  for (let n = 1; ; n++) {
    const id = n === 1 ? plain : `${plain}-${n}`;
    if (!used.includes(id)) return id;
  }
}

export function blankCalendar(zone: string, taken: readonly string[]): CalendarDoc {
  const nine = ["09:00-17:00"];
  return { id: idOf("calendar", taken), name: "New calendar", zone, always: false, weekly: { mon: nine, tue: nine, wed: nine, thu: nine, fri: nine }, closed: [], special: {} };
}

export function blankLadder(taken: readonly string[]): Ladder {
  return { id: idOf("ladder", taken), name: "New ladder", levels: [{ after: "0m", notify: ["oncall:team"], reassign: false }, { after: "10m", notify: ["lead:team"], reassign: false }], fallback: [] };
}

/** A policy before the others, that does nothing yet; it begins as a copy of the last, which holds for every ticket. */
export function blankPolicy(from: Policy | undefined, taken: readonly string[]): Policy {
  const base = from ?? { timers: [], warn_at: [50, 75, 90], pause_reasons: [], max_paused: {}, ladder: "", page_on_open: [], reack_after: {} };
  return { ...base, id: idOf("policy", taken), name: "New policy", match: "severity:critical", enabled: false };
}

/** What names a calendar or a ladder, so that nobody removes it under them. */
export function usersOf(draft: Document, kind: "calendar" | "ladder", id: string): string[] {
  const uses = (policy: Policy) =>
    kind === "ladder" ? policy.ladder === id || policy.timers.some((timer) => timer.ladder === id) : policy.timers.some((timer) => Object.values(timer.calendar).includes(id));
  return draft.policies.filter(uses).map((policy) => policy.name);
}
