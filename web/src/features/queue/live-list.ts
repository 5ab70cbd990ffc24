import type { Ticket } from "@/api/models";

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
export function driftOf(rows: readonly Ticket[], fresh: readonly Ticket[], freshIsAll: boolean): Drift {
  const place = new Map(rows.map((row, i) => [row.id, i]));
  const common = fresh.flatMap((ticket) => place.get(ticket.id) ?? []);
  const added = fresh.length - common.length;
  const now = new Set(fresh.map((ticket) => ticket.id));
  const head = freshIsAll ? rows : rows.slice(0, fresh.length);
  const missing = head.filter((row) => !now.has(row.id)).length;
  // Where there are more pages, what is new pushes as many off the first page.
  const gone = freshIsAll ? missing : Math.max(0, missing - added);
  return { added, moved: common.length - longestRise(common), gone };
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

/** The pages with the tickets given put in their places; the same pages when nothing differs. */
export function patchPages<Page extends { items: Ticket[] }>(pages: Page[], tickets: readonly Ticket[]): Page[] {
  const byId = new Map(tickets.map((ticket) => [ticket.id, ticket]));
  let changed = false;
  const next = pages.map((page) => {
    let pageChanged = false;
    const items = page.items.map((old) => {
      const now = byId.get(old.id);
      // An answer that was on its way may be older than what is shown.
      if (!now || now.rev < old.rev || JSON.stringify(now) === JSON.stringify(old)) return old;
      pageChanged = true;
      return now;
    });
    changed ||= pageChanged;
    return pageChanged ? { ...page, items } : page;
  });
  return changed ? next : pages;
}

/** "3 new, 1 moved"; empty when nothing would change. */
export function driftText({ added, moved, gone }: Drift): string {
  return [added && `${added} new`, moved && `${moved} moved`, gone && `${gone} gone`].filter(Boolean).join(", ");
}
