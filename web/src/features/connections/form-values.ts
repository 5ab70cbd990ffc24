import type { Connection, Field, Manifest } from "./types";

/** One row of a list setting; the key only tells rows apart on the screen. */
export interface Row {
  key: string;
  texts: Record<string, string>;
}

/** What stands in the form: every plain setting as text, lists as rows, and the secrets typed anew. */
export interface Values {
  name: string;
  texts: Record<string, string>;
  rows: Record<string, Row[]>;
  secrets: Record<string, string>;
}

let made = 0;

/** A row with nothing in it but its defaults. */
export function emptyRow(field: Field): Row {
  made += 1;
  return { key: `row-${made}`, texts: Object.fromEntries(field.fields.map((f) => [f.name, f.default])) };
}

/** The form as it opens: what is stored, or the defaults of the kind. */
export function valuesOf(manifest: Manifest, connection?: Connection): Values {
  const stored = asObject(connection?.settings);
  const values: Values = { name: connection?.name ?? "", texts: {}, rows: {}, secrets: {} };
  const main = manifest.fields.find((f) => f.type === "rows"); // what the kind is for; further lists are extras
  for (const field of manifest.fields.filter((f) => !f.secret)) {
    if (field.type === "rows") values.rows[field.name] = rowsOf(field, stored[field.name], connection === undefined && field === main);
    else if (field.type === "mapping") values.texts[field.name] = stored[field.name] === undefined ? "" : JSON.stringify(stored[field.name]);
    else values.texts[field.name] = textOf(stored[field.name]) ?? field.default;
  }
  return values;
}

function rowsOf(field: Field, stored: unknown, fresh: boolean): Row[] {
  const rows: unknown[] = Array.isArray(stored) ? stored : [];
  if (fresh) return [emptyRow(field)];
  return rows.map((row) => {
    const texts = asObject(row);
    const blank = emptyRow(field);
    return { ...blank, texts: Object.fromEntries(field.fields.map((f) => [f.name, textOf(texts[f.name]) ?? f.default])) };
  });
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

/** The fields that matter with these values, in the order of the manifest. */
export function visibleFields(manifest: Manifest, values: Values): Field[] {
  const matters = (field: Field): boolean => {
    const when = whenOf(field);
    if (when === null) return true;
    const other = manifest.fields.find((f) => f.name === when.field);
    return values.texts[when.field] === when.is && (other === undefined || matters(other));
  };
  return manifest.fields.filter(matters);
}

// The description says that `when` is always there; the server sends null for "always".
function whenOf(field: Field): { field: string; is: string } | null {
  return (field.when as Field["when"] | null) ?? null;
}

/** What is sent: settings of the fields in sight, without what is empty. */
export function settingsOf(manifest: Manifest, values: Values): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const field of visibleFields(manifest, values).filter((f) => !f.secret)) {
    if (field.type === "rows") settings[field.name] = sentRows(values.rows[field.name] ?? []).map((row) => objectOf(field.fields, row.texts));
    else Object.assign(settings, objectOf([field], values.texts));
  }
  return settings;
}

function objectOf(fields: readonly Field[], texts: Record<string, string>): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const { name, type } of fields) {
    const text = (texts[name] ?? "").trim();
    if (text !== "") out[name] = type === "mapping" ? parsed(text) : type === "bool" ? text === "true" : type === "number" && Number.isInteger(Number(text)) ? Number(text) : text;
  }
  return out;
}

// Text that is no JSON goes as it is, and the server says what is wrong with it.
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** Rows with something in them: an empty one is not a mistake, only not filled in. */
export function sentRows(rows: readonly Row[]): Row[] {
  return rows.filter((row) => Object.values(row.texts).some((text) => text.trim() !== ""));
}

/** The secrets typed, of the fields in sight. */
export function secretsOf(manifest: Manifest, values: Values): Record<string, string> {
  const typed = visibleFields(manifest, values).filter((f) => f.secret).map((f) => [f.name, (values.secrets[f.name] ?? "").trim()] as const);
  return Object.fromEntries(typed.filter(([, value]) => value !== ""));
}

/** Whether saving sends the secrets somewhere else, for which the server clears those it has. */
export function destinationMoved(manifest: Manifest, before: Values, after: Values): boolean {
  const place = (values: Values, name: string) => (values.texts[name] ?? "").trim().toLowerCase().replace(/\/+$/, "");
  return manifest.fields.some((f) => f.destination && place(before, f.name) !== place(after, f.name));
}

/** Where the server says a field of a row is at fault: rows that are not sent have no place. */
export function rowLocation(field: Field, rows: readonly Row[], row: Row, name: string): string {
  return `settings.${field.name}[${sentRows(rows).findIndex((sent) => sent.key === row.key)}].${name}`;
}

/** The same apart from the keys of the rows. */
export function sameValues(a: Values, b: Values): boolean {
  return comparable(a) === comparable(b);
}

function comparable({ name, texts, rows, secrets }: Values): string {
  const plain = Object.entries(rows).map(([field, list]) => [field, list.map((row) => sorted(row.texts))]);
  return JSON.stringify([name, sorted(texts), plain, sorted(secrets)]);
}

function sorted(texts: Record<string, string>): [string, string][] {
  return Object.entries(texts).filter(([, text]) => text !== "").sort(([a], [b]) => (a < b ? -1 : 1));
}
