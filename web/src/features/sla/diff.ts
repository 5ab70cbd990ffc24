import { movedIn } from "./moved";
import { sectionIds, same } from "./draft";
import type { Document, SectionId } from "./types";

export interface FieldChange {
  /** The way to the value: ["timers", "ack", "targets", "critical"]. */
  path: string[];
  before: unknown;
  after: unknown;
}

/** What happened to one policy, calendar or ladder between two documents. */
export interface Change {
  section: SectionId;
  did: "added" | "removed" | "changed" | "moved";
  name: string;
  fields: FieldChange[];
}

interface Member {
  id: string;
  name: string;
}

/** What differs between two documents, one by one. */
export function differences(before: Document, after: Document): Change[] {
  return sectionIds.flatMap((section) => inSection(section, before[section], after[section]));
}

function inSection(section: SectionId, before: readonly Member[], after: readonly Member[]): Change[] {
  const old = new Map(before.map((one) => [one.id, one]));
  // Only of policies the order says something: the first that matches counts.
  const moved = section === "policies" ? movedIn(before.map(({ id }) => id), after.map(({ id }) => id)) : new Set<string>();
  const changes = after.flatMap((one): Change[] => {
    const was = old.get(one.id);
    if (!was) return [{ section, did: "added", name: one.name, fields: fieldsOf({}, one) }];
    const fields = fieldsOf(was, one);
    if (fields.length === 0 && !moved.has(one.id)) return [];
    return [{ section, did: fields.length > 0 ? "changed" : "moved", name: one.name, fields }];
  });
  const removed = before.filter((one) => !after.some(({ id }) => id === one.id));
  return [...changes, ...removed.map((one): Change => ({ section, did: "removed", name: one.name, fields: fieldsOf(one, {}) }))];
}

function fieldsOf(before: object, after: object): FieldChange[] {
  const [old, now] = [leaves(before), leaves(after)];
  const paths = new Map([...old, ...now].map(([key, { path }]) => [key, path]));
  return [...paths].flatMap(([key, path]) => {
    const [a, b] = [old.get(key)?.value, now.get(key)?.value];
    return same(a, b) ? [] : [{ path, before: a, after: b }];
  });
}

interface Leaf {
  path: string[];
  value: unknown;
}

/** Everything that is said somewhere in a value, by the way to it. */
function leaves(value: object, path: string[] = [], into = new Map<string, Leaf>()): Map<string, Leaf> {
  for (const [name, inner] of Object.entries(value) as [string, unknown][]) {
    if (name === "id" && path.length === 0) continue;
    const members = membersOf(inner);
    if (members) for (const [key, member] of members) leaves(member, [...path, name, key], into);
    else if (typeof inner === "object" && inner !== null && !Array.isArray(inner)) leaves(inner, [...path, name], into);
    else into.set([...path, name].join("\u0000"), { path: [...path, name], value: inner });
  }
  return into;
}

/** The members of a list of objects, by what tells them apart. */
function membersOf(value: unknown): [string, object][] | undefined {
  if (!Array.isArray(value) || !value.every((one): one is Record<string, unknown> => typeof one === "object" && one !== null)) return undefined;
  if (value.length === 0) return undefined;
  return value.map((one, i) => [keyOf(one) || String(i + 1), one]);
}

function keyOf(one: Record<string, unknown>): string {
  if (typeof one.metric === "string") return one.phase ? `${one.metric}:${String(one.phase)}` : one.metric;
  return typeof one.id === "string" ? one.id : "";
}

/** "2 added, 1 changed". */
export function changeWords(changes: readonly Change[]): string {
  const count = (did: Change["did"]) => changes.filter((change) => change.did === did).length;
  const parts = (["added", "changed", "moved", "removed"] as const).map((did) => [count(did), did] as const).filter(([n]) => n > 0);
  return parts.length === 0 ? "nothing changed" : parts.map(([n, did]) => `${n} ${did}`).join(", ");
}
