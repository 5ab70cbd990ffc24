import type { TicketRow } from "@/api/models";

/** What a fresh look at the top of the list would change, without changing it. */
export interface Drift {
  added: number;
  moved: number;
  gone: number;
}

/**
 * Compares the rows on the screen with the first page as it would be now. Rows never move by
 * themselves; the drift is offered instead.
 */
export function driftOf(rows: readonly TicketRow[], fresh: readonly TicketRow[], freshIsAll: boolean): Drift {
  const place = new Map(rows.map((row, i) => [row.id, i]));
  const places = fresh.map((ticket) => place.get(ticket.id));
  const known = places.filter((i) => i !== undefined);
  const now = new Set(fresh.map((ticket) => ticket.id));
  const moved = known.length - longestRise(known);
  const unknown = fresh.length - known.length;
  if (freshIsAll) return { added: unknown, moved, gone: rows.filter((row) => !now.has(row.id)).length };
  // There are more pages. A row that leaves lets another come up at the end of the page, which is not
  // new; where none came up, as many were added as are missing, and those were only pushed down.
  const lastOld = places.findLastIndex((i) => i !== undefined && i < fresh.length);
  const cameUp = fresh.length - 1 - lastOld;
  const missing = rows.slice(0, fresh.length).filter((row) => !now.has(row.id)).length;
  const added = places.slice(0, lastOld + 1).filter((i) => i === undefined).length;
  return { added, moved, gone: cameUp > 0 ? missing : 0 };
}

/** Length of the longest rising subsequence: the rows that kept their order. */
export function longestRise(numbers: readonly number[]): number {
  const tails: number[] = [];
  for (const n of numbers) {
    const at = tails.findIndex((tail) => tail >= n);
    if (at < 0) tails.push(n);
    else tails[at] = n;
  }
  return tails.length;
}

/** Rows with the tickets given put in their places; the same rows when nothing differs. */
export function patchRows(rows: readonly TicketRow[], tickets: readonly TicketRow[]): readonly TicketRow[] {
  const byId = new Map(tickets.map((ticket) => [ticket.id, ticket]));
  let changed = false;
  const next = rows.map((old) => {
    const now = byId.get(old.id);
    // An answer that was on its way may be older than what is shown.
    if (!now || now.rev < old.rev || JSON.stringify(now) === JSON.stringify(old)) return old;
    changed = true;
    return now;
  });
  return changed ? next : rows;
}

/** "3 new, 1 moved"; empty when nothing would change. */
export function driftText({ added, moved, gone }: Drift): string {
  return [added && `${added} new`, moved && `${moved} moved`, gone && `${gone} gone`].filter(Boolean).join(", ");
}
