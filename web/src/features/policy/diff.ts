import { sections } from "./sections";
import { same } from "./draft";
import type { AnyRule, SectionId, Sections } from "./types";

export interface FieldChange {
  field: string;
  before: unknown;
  after: unknown;
}

/** What happened to one rule between two documents. */
export interface RuleChange {
  section: SectionId;
  did: "added" | "removed" | "changed" | "moved";
  name: string;
  /** Its places, from 1; 0 where it does not stand. */
  from: number;
  to: number;
  fields: FieldChange[];
}

/** What differs between two documents, rule by rule, in the order in which the sections act. */
export function differences(before: Sections, after: Sections): RuleChange[] {
  return sections.flatMap(({ id }) => inSection(id, before[id], after[id]));
}

function inSection(section: SectionId, before: readonly AnyRule[], after: readonly AnyRule[]): RuleChange[] {
  const old = new Map(before.map((rule, i) => [idOf(rule), { rule, place: i + 1 }]));
  const now = new Set(after.map(idOf));
  const kept = after.filter((rule) => rule.id && old.has(rule.id));
  const still = unmoved(kept.map((rule) => old.get(idOf(rule))?.place ?? 0));
  const changes = after.flatMap((rule, i): RuleChange[] => {
    const was = rule.id ? old.get(rule.id) : undefined;
    if (!was) return [{ section, did: "added", name: rule.name, from: 0, to: i + 1, fields: fieldsOf({}, rule) }];
    const fields = fieldsOf(was.rule, rule);
    const moved = !still.has(kept.indexOf(rule));
    if (fields.length === 0 && !moved) return [];
    return [{ section, did: fields.length > 0 ? "changed" : "moved", name: rule.name, from: was.place, to: i + 1, fields }];
  });
  const removed = [...old.values()].filter(({ rule }) => !rule.id || !now.has(rule.id));
  return [...changes, ...removed.map(({ rule, place }): RuleChange => ({ section, did: "removed", name: rule.name, from: place, to: 0, fields: fieldsOf(rule, {}) }))];
}

// A rule without an id has never been saved; no other is the same.
function idOf(rule: AnyRule): string | AnyRule {
  return rule.id ? rule.id : rule;
}

function fieldsOf(before: object, after: object): FieldChange[] {
  const values = (rule: object) => rule as Record<string, unknown>;
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => !["id", "key", "name"].includes(name) || (name === "name" && "name" in before && "name" in after));
  return names.filter((name) => !same(values(before)[name], values(after)[name])).map((field) => ({ field, before: values(before)[field], after: values(after)[field] }));
}

/** The indexes of a longest rise among the places: the rules that kept their order. */
function unmoved(places: readonly number[]): Set<number> {
  const best: number[][] = [];
  places.forEach((place, i) => {
    const before = best.slice(0, i).filter((chain) => (places[chain.at(-1) ?? 0] ?? 0) < place);
    const longest = before.reduce<number[]>((a, b) => (b.length > a.length ? b : a), []);
    best[i] = [...longest, i];
  });
  return new Set(best.reduce<number[]>((a, b) => (b.length > a.length ? b : a), []));
}

/** "2 added, 1 changed". */
export function changeWords(changes: readonly RuleChange[]): string {
  const count = (did: RuleChange["did"]) => changes.filter((change) => change.did === did).length;
  const parts = (["added", "changed", "moved", "removed"] as const).map((did) => [count(did), did] as const).filter(([n]) => n > 0);
  return parts.length === 0 ? "nothing changed" : parts.map(([n, did]) => `${n} ${did}`).join(", ");
}
