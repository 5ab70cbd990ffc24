import type { MethodResponse } from "openapi-react-query";
import type { $api } from "@/api/client";

export type Trial = MethodResponse<typeof $api, "post", "/mappings/try">;
export type MappingField = MethodResponse<typeof $api, "get", "/mappings/fields">["items"][number];

/** A detector's word and what it means here. */
export type Pair = readonly [word: string, meaning: string];

/** A mapping as the editor holds it: each field's sources as one line of text. */
export interface Draft {
  items: string;
  fields: Record<string, string>;
  identity: string;
  severities: Pair[];
  statuses: Pair[];
  classes: Pair[];
  times: string;
  zone: string;
}

export const tables = ["severities", "statuses", "classes"] as const;
export type TableName = (typeof tables)[number];

/** Between the sources of one field. */
const OR = " || ";

export const emptyDraft: Draft = { items: "", fields: {}, identity: "", severities: [], statuses: [], classes: [], times: "", zone: "" };

/** Reads the text of a mapping; undefined when it is no JSON object, which only its author can mend. */
export function readMapping(text: string): Draft | undefined {
  if (text.trim() === "") return emptyDraft;
  const whole = parseObject(text);
  if (!whole) return undefined;
  const fields = asObject(whole.fields);
  return {
    items: asText(whole.items),
    fields: Object.fromEntries(Object.entries(fields).map(([name, source]) => [name, lineOf(source)])),
    identity: lineOf(whole.identity),
    severities: pairsOf(whole.severities),
    statuses: pairsOf(whole.statuses),
    classes: pairsOf(whole.classes),
    times: asText(whole.times),
    zone: asText(whole.zone),
  };
}

/** Writes a mapping without what is empty. */
export function writeMapping(draft: Draft): string {
  const out: Record<string, unknown> = {};
  if (draft.items.trim()) out.items = draft.items.trim();
  const fields = Object.entries(draft.fields).filter(([, line]) => line.trim() !== "");
  out.fields = Object.fromEntries(fields.map(([name, line]) => [name, sourceOf(line)]));
  if (draft.identity.trim()) out.identity = sourceOf(draft.identity);
  for (const table of tables) if (draft[table].length > 0) out[table] = Object.fromEntries(draft[table]);
  if (draft.times.trim()) out.times = draft.times.trim();
  if (draft.zone.trim()) out.zone = draft.zone.trim();
  return JSON.stringify(out);
}

function lineOf(source: unknown): string {
  const list: unknown[] = Array.isArray(source) ? source : source === undefined || source === null ? [] : [source];
  return list.map((one) => (typeof one === "string" ? one : JSON.stringify(one))).join(OR);
}

function sourceOf(line: string): unknown {
  const list = line.split("||").map((part) => part.trim()).filter((part) => part !== "").map((part) => parseObject(part) ?? part);
  return list.length === 1 ? list[0] : list;
}

/** Puts a path behind what stands in a field: lists take all, others the first that is there. */
export function withPath(line: string, path: string, list: boolean): string {
  if (line.trim() === "" || !list) return path;
  return line.split("||").some((part) => part.trim() === path) ? line : line.trim() + OR + path;
}

/** Takes the suggestions for fields that have nothing. */
export function withSuggestions(draft: Draft, suggestions: Record<string, string>): Draft {
  const fields = { ...draft.fields };
  for (const [name, path] of Object.entries(suggestions)) if (!fields[name]?.trim()) fields[name] = path;
  return { ...draft, fields };
}

/** The word in `"P9" is none of …`, which a table could explain. */
export function unknownWord(message: string): string | undefined {
  return /^"(.+)" is none of /.exec(message)?.[1];
}

/** A body that begins like JSON is JSON; everything else is a table. */
export function kindOfSample(sample: string): "application/json" | "text/csv" {
  return /^\s*[[{]/.test(sample) ? "application/json" : "text/csv";
}

/** Where the list of items may be: the first member of the sample that holds a list of objects. */
export function itemsOf(sample: string): string {
  const whole = parseObject(sample);
  const found = whole && Object.entries(whole).find(([, value]) => Array.isArray(value) && value.length > 0 && value.every((v) => typeof v === "object" && v !== null));
  return found && /^[\w-]+$/.test(found[0]) ? `$.${found[0]}` : "";
}

/** What is wrong with one member of the mapping. */
export function problemAt(trial: Pick<Trial, "problems"> | undefined, place: string): string | undefined {
  const found = trial?.problems.find((p) => p.field === place || p.field.startsWith(`${place}[`) || p.field.startsWith(`${place}.`));
  return found && found.message.charAt(0).toUpperCase() + found.message.slice(1);
}

function parseObject(text: string): Record<string, unknown> | undefined {
  if (!text.trim().startsWith("{")) return undefined;
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function pairsOf(value: unknown): Pair[] {
  return Object.entries(asObject(value)).map(([word, meaning]) => [word, asText(meaning)] as const);
}
