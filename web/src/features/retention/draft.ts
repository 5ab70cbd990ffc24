import { formatBytes, formatPlural } from "@/lib/format";
import type { Draft, Item, Retention } from "./types";

const GIB = 1024 ** 3;

export interface Settings {
  originals_days: number;
  findings_days: number;
  quarantine_days: number;
  tickets_days: number;
  min_free_bytes: number;
  min_free_percent: number;
  backup_days: number;
}

export function draftOf(kept: Retention): Draft {
  return {
    originals_days: String(kept.originals_days),
    findings_days: String(kept.findings_days),
    quarantine_days: String(kept.quarantine_days),
    tickets_days: String(kept.tickets_days),
    min_free_gib: String(Math.round((kept.min_free_bytes / GIB) * 10) / 10),
    min_free_percent: String(kept.min_free_percent),
    backup_days: String(kept.backup_days),
  };
}

/** Nothing typed is 0; what is no number is refused by the server, with its field. */
function whole(text: string): number {
  const n = Number(text.trim() || "0");
  return Number.isFinite(n) ? Math.round(n) : -1;
}

export function settingsOf(draft: Draft): Settings {
  const gib = Number(draft.min_free_gib.trim() || "0");
  return {
    originals_days: whole(draft.originals_days),
    findings_days: whole(draft.findings_days),
    quarantine_days: whole(draft.quarantine_days),
    tickets_days: whole(draft.tickets_days),
    min_free_bytes: Number.isFinite(gib) ? Math.round(gib * GIB) : -1,
    min_free_percent: whole(draft.min_free_percent),
    backup_days: whole(draft.backup_days),
  };
}

export function isChanged(draft: Draft, kept: Retention): boolean {
  const was = draftOf(kept);
  return (Object.keys(was) as (keyof Draft)[]).some((name) => draft[name].trim() !== was[name]);
}

const kinds: Record<Item["kind"], string> = {
  originals: "Originals of findings without a ticket",
  quarantine: "Decided quarantine",
  findings: "Whole findings without a ticket",
  tickets: "Closed tickets with their findings",
};

export function kindWords(kind: string): string {
  return kinds[kind as Item["kind"]] ?? kind;
}

/** What a run or a preview counts, in words: "3 tickets, 1.2 MiB". */
export function countWords(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts)
    .filter(([name, n]) => name !== "bytes" && n > 0)
    .map(([name, n]) => `${kindWords(name)}: ${formatPlural(n, { one: "one", other: "of them" }).replace("1 one", "one")}`);
  if (counts.bytes) parts.push(`about ${formatBytes(counts.bytes)}`);
  return parts.join(", ");
}
