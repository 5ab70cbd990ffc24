import type { Problem } from "@/lib/problem";
import { perSection, sections } from "./sections";
import type { AnyRule, SectionId, Sections } from "./types";

/** A rule being edited; its key stays while its place changes. */
export type DraftRule = AnyRule & { key: string };
export type Draft = Record<SectionId, DraftRule[]>;

/** What an edit may set; which of it a rule has depends on its section. */
export type Patch = Partial<Record<string, unknown>>;

export type Edit =
  | { do: "change"; section: SectionId; key: string; patch: Patch }
  | { do: "move"; section: SectionId; key: string; by: number }
  | { do: "remove"; section: SectionId; key: string }
  | { do: "duplicate"; section: SectionId; key: string; as: string }
  | { do: "add"; section: SectionId; rule: AnyRule; as: string }
  | { do: "restore"; section: SectionId; rule: DraftRule; at: number };

let lastKey = 0;

/** A key that no other rule of this page has. */
export function newKey(): string {
  lastKey += 1;
  return `r${lastKey}`;
}

export function draftOf(policy: Sections): Draft {
  return perSection((id) => policy[id].map((rule) => ({ ...rule, key: newKey() })));
}

/** The draft after one edit. */
export function edited(draft: Draft, edit: Edit): Draft {
  return { ...draft, [edit.section]: editedList(draft[edit.section], edit) };
}

function editedList(rules: readonly DraftRule[], edit: Edit): DraftRule[] {
  switch (edit.do) {
    case "change":
      return rules.map((rule) => (rule.key === edit.key ? ({ ...rule, ...edit.patch } as DraftRule) : rule));
    case "move":
      return moved(rules, edit.key, edit.by);
    case "remove":
      return rules.filter((rule) => rule.key !== edit.key);
    case "duplicate":
      return rules.flatMap((rule) => (rule.key === edit.key ? [rule, copyOf(rule, edit.as)] : [rule]));
    case "add":
      return [...rules, { ...edit.rule, key: edit.as }];
    case "restore":
      return [...rules.slice(0, edit.at), edit.rule, ...rules.slice(edit.at)];
  }
}

/** A copy is a rule of its own, and does nothing before somebody has looked at it. */
function copyOf(rule: DraftRule, key: string): DraftRule {
  const copy = { ...rule, key, name: `${rule.name} (copy)`.slice(0, 120), ...("enabled" in rule ? { enabled: false } : {}) };
  delete copy.id;
  return copy;
}

function moved(rules: readonly DraftRule[], key: string, by: number): DraftRule[] {
  const from = rules.findIndex((rule) => rule.key === key);
  const to = Math.min(rules.length - 1, Math.max(0, from + by));
  const rule = rules[from];
  if (!rule) return [...rules];
  const rest = rules.filter((other) => other.key !== key);
  return [...rest.slice(0, to), rule, ...rest.slice(to)];
}

/** What the API takes: the rules without their keys. */
export function plain(draft: Sections | Draft): Sections {
  const bare = (rule: AnyRule & { key?: string }) => {
    const copy = { ...rule };
    delete copy.key;
    return copy;
  };
  return perSection((id) => draft[id].map(bare)) as unknown as Sections;
}

/** Whether two lists of rules would be the same to the server: order of members and what is absent do not count. */
export function same(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (name, inner: unknown) => {
    if (name === "key" || inner === null || inner === "") return undefined;
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([x], [y]) => (x < y ? -1 : 1)));
  });
}

/** The sections in which two documents differ. */
export function changedSections(a: Sections | Draft, b: Sections | Draft): SectionId[] {
  return sections.map(({ id }) => id).filter((id) => !same(a[id], b[id]));
}

/** The sections of the draft that a change has to name: those that differ from what it began with. */
export function changeOf(draft: Draft, base: Sections): Partial<Sections> {
  const all = plain(draft);
  return Object.fromEntries(changedSections(draft, base).map((id) => [id, all[id]]));
}

/**
 * The draft on top of what somebody else has saved meanwhile: a section that only they changed becomes
 * theirs, one that I changed stays mine. `both` are those in which mine would undo theirs.
 */
export function rebased(draft: Draft, base: Sections, theirs: Sections): { draft: Draft; both: SectionId[] } {
  const mine = changedSections(draft, base);
  const fresh = draftOf(theirs);
  const both = changedSections(base, theirs).filter((id) => mine.includes(id) && !same(draft[id], theirs[id]));
  return { draft: perSection((id) => (mine.includes(id) ? draft[id] : fresh[id])), both };
}

/**
 * What of a draft can be tried while somebody is still filling it in: a rule that does not say yet what it
 * silences or where it sends is left out, and a reason or a person that is still missing changes nothing.
 */
export function triable(draft: Draft): Draft {
  const known = (rule: DraftRule) => !(("owner" in rule && rule.match.trim() === "") || ("team" in rule && rule.team === "") || ("by" in rule && rule.by.length === 0));
  const filled = (rule: DraftRule): DraftRule => ("owner" in rule ? { ...rule, owner: rule.owner || "-", reason: rule.reason.trim() || "-" } : rule);
  return perSection((id) => draft[id].filter(known).map((rule) => filled({ ...rule, name: rule.name.trim() || "-" })));
}

/** The same place in a draft that holds more rules. */
export function placeIn(draft: Draft, place: Place | undefined, tried: Draft): Place | undefined {
  const key = place && tried[place.section][place.index]?.key;
  const index = place ? draft[place.section].findIndex((rule) => rule.key === key) : -1;
  return place && index >= 0 ? { ...place, index } : undefined;
}

/** Where a rule stands. */
export interface Place {
  section: SectionId;
  index: number;
  field: string;
}

/** Which rule and which of its fields an answer complains about. */
export function placeOf(problem: Problem): Place | undefined {
  for (const { location } of problem.fields) {
    const found = /(\w+)\[(\d+)\](?:\.([a-z_]+(?:\.[a-z_]+)?))?/.exec(location ?? "");
    const section = sections.find(({ id }) => id === found?.[1]);
    if (found && section) return { section: section.id, index: Number(found[2]), field: found[3] ?? "" };
  }
  return undefined;
}

/** Why the rules can't be saved as they stand, and where; the server checks again. */
export function unready(draft: Draft): (Place & { why: string }) | undefined {
  for (const { id, one } of sections) {
    for (const [index, rule] of draft[id].entries()) {
      const [field, why] = missing(rule, `${one.charAt(0).toUpperCase()}${one.slice(1)} ${index + 1}`) ?? [];
      if (field && why) return { section: id, index, field, why };
    }
  }
  return undefined;
}

function missing(rule: AnyRule, what: string): [field: string, why: string] | undefined {
  if (rule.name.trim() === "") return ["name", `${what} needs a name`];
  if ("reason" in rule && rule.reason.trim() === "") return ["reason", `${what} needs a reason`];
  if ("owner" in rule && rule.owner === "") return ["owner", `${what} needs somebody who answers for it`];
  if ("expires_at" in rule && rule.expires_at === "") return ["expires_at", `${what} needs a day on which it ends`];
  if ("from" in rule && (rule.from === "" || rule.to === "" || rule.to <= rule.from)) return ["to", `${what} must end after it begins`];
  if ("by" in rule && rule.by.length === 0) return ["by", `${what} needs something in which findings are alike`];
  if ("team" in rule && rule.team === "") return ["team", `${what} needs a team`];
  return undefined;
}
