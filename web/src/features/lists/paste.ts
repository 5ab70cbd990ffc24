import type { Item, ListKind } from "./kinds";

export interface Mistake {
  /** From 1, as people count lines. */
  line: number;
  text: string;
  why: string;
}

export interface Pasted {
  items: Item[];
  mistakes: Mistake[];
  /** Lines whose value stands there already, in the list or further up. */
  doubles: number;
}

/**
 * Reads pasted lines: a value, then perhaps a note behind a tab, a comma or "#". Accounts and addresses
 * hold no blanks, so for them a blank is enough. Empty lines and those that begin with # are passed over.
 */
export function readLines(text: string, kind: ListKind, had: readonly Item[]): Pasted {
  const out: Pasted = { items: [], mistakes: [], doubles: 0 };
  const known = new Set(had.map((item) => item.value));
  text.split(/\r?\n/).forEach((raw, i) => {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) return;
    const { value, note } = split(line, kind);
    const why = valueMistake(value, kind) || (note.length > 500 && "the note is longer than 500 characters");
    if (why) out.mistakes.push({ line: i + 1, text: line.slice(0, 80), why });
    else if (known.has(value)) out.doubles += 1;
    else {
      known.add(value);
      out.items.push(note === "" ? { value } : { value, note });
    }
  });
  return out;
}

function split(line: string, kind: ListKind): { value: string; note: string } {
  const at = line.search(kind === "text" ? /\t|\s#\s?/ : /[\s,;#]/);
  if (at < 0) return { value: line, note: "" };
  return { value: line.slice(0, at).trim(), note: line.slice(at).replace(/^[\s,;#]+/, "").trim() };
}

/** What is wrong with one value, false when nothing is. */
export function valueMistake(value: string, kind: ListKind): string | false {
  if (kind === "account") return !/^\d{12}$/.test(value) && "an account has twelve digits";
  if (kind === "cidr") return rangeMistake(value);
  return value.length > 500 && "longer than 500 characters";
}

function rangeMistake(value: string): string | false {
  const [address = "", bits, more] = value.split("/");
  const most = isV4(address) ? 32 : isV6(address) ? 128 : undefined;
  if (most === undefined) return "no address: write 198.51.100.0/24, 198.51.100.7 or 2001:db8::/32";
  if (more !== undefined || (bits !== undefined && !/^\d{1,3}$/.test(bits))) return "the part behind / is no number";
  return bits !== undefined && Number(bits) > most && `the part behind / is at most ${most}`;
}

function isV4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

function isV6(text: string): boolean {
  if (!text.includes(":") || !/^[0-9a-f:.]+$/i.test(text)) return false;
  return URL.canParse(`http://[${text}]/`);
}
