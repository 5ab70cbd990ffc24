import type { LogEntry } from "./queries";

export interface ChainState {
  state: "whole" | "broken" | "empty";
  /** How many entries were looked at. */
  checked: number;
  /** The first entry that does not fit. */
  at?: number;
  why?: string;
}

type Link = Pick<LogEntry, "seq" | "prev" | "hash">;

/**
 * Whether every entry names the hash of the one before it, from the first on. This shows that none of
 * them was left out or put in between; that each hash fits its entry is shown by `checkHashes`.
 */
export function checkLinks(entries: readonly Link[]): ChainState {
  if (entries.length === 0) return { state: "empty", checked: 0 };
  let before: Link | undefined;
  for (const entry of entries) {
    const why = misfit(before, entry);
    if (why) return { state: "broken", checked: entries.indexOf(entry), at: entry.seq, why };
    before = entry;
  }
  return { state: "whole", checked: entries.length };
}

function misfit(before: Link | undefined, entry: Link): string | undefined {
  if (entry.hash === "") return `Entry ${entry.seq} has no hash.`;
  if (!before) {
    if (entry.seq !== 1) return `The log begins with entry ${entry.seq}, not 1.`;
    return /^0*$/.test(entry.prev) ? undefined : "Entry 1 names an entry before it.";
  }
  if (entry.seq !== before.seq + 1) return `Entry ${entry.seq} follows entry ${before.seq}.`;
  return entry.prev === before.hash ? undefined : `Entry ${entry.seq} does not name the hash of entry ${before.seq}.`;
}

/** Whether the bytes of each entry have its hash and hold its place; needs entries asked for with raw=1. */
export async function checkHashes(entries: readonly LogEntry[]): Promise<ChainState> {
  const links = checkLinks(entries);
  if (links.state !== "whole") return links;
  for (const [i, entry] of entries.entries()) {
    const why = await mismatch(entry);
    if (why) return { state: "broken", checked: i, at: entry.seq, why };
  }
  return links;
}

async function mismatch(entry: LogEntry): Promise<string | undefined> {
  if (!entry.bytes) return `Entry ${entry.seq} came without its bytes.`;
  const bytes = Uint8Array.from(atob(entry.bytes), (c) => c.charCodeAt(0));
  if ((await leafHash(bytes)) !== entry.hash) return `The bytes of entry ${entry.seq} have another hash.`;
  const said: unknown = JSON.parse(new TextDecoder().decode(bytes));
  const { seq, prev, kind, actor, data, at } = said as Partial<Omit<LogEntry, "at"> & { at: number }>;
  const place = seq === entry.seq && prev === entry.prev && Math.floor((at ?? 0) / 1000) === Date.parse(entry.at);
  // Both come from the same canonical bytes, so their members stand in the same order.
  const same = place && kind === entry.kind && actor === entry.actor && JSON.stringify(data) === JSON.stringify(entry.data);
  return same ? undefined : `The bytes of entry ${entry.seq} say something else than is shown.`;
}

/** The hash of a leaf as RFC 6962 §2.1 makes it, in hex. */
async function leafHash(bytes: Uint8Array): Promise<string> {
  const leaf = new Uint8Array(bytes.length + 1);
  leaf.set(bytes, 1);
  const sum = await crypto.subtle.digest("SHA-256", leaf);
  return [...new Uint8Array(sum)].map((b) => b.toString(16).padStart(2, "0")).join("");
}

/** Whether this browser can compute hashes: only in a secure context (https, or this machine). */
export function canHash(): boolean {
  return (globalThis as { crypto?: { subtle?: unknown } }).crypto?.subtle !== undefined;
}
