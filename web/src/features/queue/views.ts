import { useCallback, useEffect, useMemo, useRef } from "react";
import { $api } from "@/api/client";
import { useLiveBatch } from "@/api/live";
import type { SavedView } from "@/api/models";

/** How many views stand as tabs; the others wait in a menu. */
export const TABS = 8;
const COUNT_AGAIN_MS = 1500;

/** The view an address names, by id or name; an unknown one means the first. */
export function viewOf(views: readonly SavedView[], id: string | undefined): SavedView | undefined {
  return views.find((view) => view.id === id) ?? views.find((view) => view.name === id) ?? views[0];
}

/** The views that stand as tabs, and the others. The one that is shown is always among the first. */
export function tabsOf(views: readonly SavedView[], current: SavedView | undefined): { tabs: SavedView[]; others: SavedView[] } {
  const tabs = views.slice(0, TABS);
  if (current && !tabs.includes(current)) tabs.splice(tabs.length - 1, 1, current);
  return { tabs, others: views.filter((view) => !tabs.includes(view)) };
}

/** The position with which a view stands one place further in its scope; undefined at the edge. */
export function movedPosition(views: readonly SavedView[], view: SavedView, step: -1 | 1): number | undefined {
  const same = views.filter((each) => each.scope === view.scope);
  const at = same.findIndex((each) => each.id === view.id);
  const [beside, beyond] = [same[at + step], same[at + 2 * step]];
  if (at < 0 || !beside) return undefined;
  if (!beyond) return step < 0 ? Math.floor(beside.position / 2) : beside.position + 1024;
  return Math.floor((beside.position + beyond.position) / 2);
}

/** A view that the server does not have: it is about time, and only the list follows that by itself. */
const breaching: Omit<SavedView, "count"> = {
  id: "breaching",
  name: "Breaching < 1 h",
  on: "tickets",
  q: "open:true due<now+1h",
  sort: "due_at",
  columns: [],
  scope: "built_in",
  team: "",
  owner: "",
  owner_name: "",
  position: 0,
  mine: false,
  rev: 0,
};
const BEHIND = "unacknowledged";

/** The server's views with ours among the built-in ones. */
export function withBreaching(views: readonly SavedView[], count: { value: number; exact: boolean } | undefined): SavedView[] {
  if (views.length === 0 || views.some((view) => view.id === breaching.id)) return [...views];
  const at = views.findIndex((view) => view.id === BEHIND) + 1;
  return [...views.slice(0, at), { ...breaching, ...(count && { count: { ...count, at: "" } }) } as SavedView, ...views.slice(at)];
}

const LOOK_EVERY_MS = 60_000;

/**
 * The views with their counts. A count is answered as it was a moment ago and made again behind, so after
 * something has happened it is asked for once more.
 */
export function useViews() {
  const views = $api.useQuery("get", "/views", {}, { staleTime: 10_000 });
  // Of this one, time alone moves the count.
  const soon = $api.useQuery("get", "/tickets", { params: { query: { q: breaching.q, limit: 1 } } }, { staleTime: 10_000, refetchInterval: LOOK_EVERY_MS, retry: false, meta: { still: true } });
  const items = useMemo(() => withBreaching(views.data?.items ?? [], soon.data?.count), [views.data, soon.data]);
  const { refetch } = views;
  const { refetch: countSoon } = soon;
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  useLiveBatch(
    useCallback(
      (batch) => {
        if (batch !== "reset" && !batch.some((event) => event.ticket)) return;
        timer.current ??= setTimeout(() => {
          timer.current = undefined;
          void refetch();
          void countSoon();
        }, COUNT_AGAIN_MS);
      },
      [refetch, countSoon],
    ),
  );
  return { items, isPending: views.isPending, error: views.error, refetch };
}

/** The query without its last condition; quoted words stay together. */
export function withoutLast(q: string): string {
  const words = q.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? [];
  return words.slice(0, -1).join(" ");
}
