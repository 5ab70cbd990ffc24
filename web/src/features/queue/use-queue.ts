import { type InfiniteData, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { $api, api } from "@/api/client";
import { type LiveEvent, useLiveBatch } from "@/api/live";
import type { TicketPage, TicketRow } from "@/api/models";
import { type Drift, driftOf, patchPages } from "./live-list";

const PAGE = 200;
const LOOK_EVERY_MS = 1000;
const MAX_SINGLE = 20;

type Pages = InfiniteData<TicketPage, unknown>;

const noRows: TicketRow[] = [];
const noDrift: Drift = { added: 0, moved: 0, gone: 0 };

/**
 * The rows of the queue, page by page. Live changes are written into the rows where they stand;
 * what would add, move or remove a row waits as `drift` until `settle` is called.
 */
export function useQueue(q: string, sort: string) {
  const client = useQueryClient();
  const query = useMemo(() => ({ q, sort, limit: PAGE }), [q, sort]);
  const key = useMemo(() => ["get", "/tickets", { params: { query } }] as const, [query]);
  const list = $api.useInfiniteQuery("get", "/tickets", { params: { query } }, {
    pageParamName: "cursor",
    initialPageParam: "", // undefined would be sent as 0
    getNextPageParam: (last) => last.next_cursor || undefined,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnMount: false,
    meta: { still: true },
    retry: false,
  });
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? noRows, [list.data]);

  const write = useCallback((change: (old: Pages) => Pages) => client.setQueryData<Pages>(key, (old) => old && change(old)), [client, key]);
  const patch = useCallback((tickets: readonly TicketRow[]) => write((old) => ({ ...old, pages: patchPages(old.pages, tickets) })), [write]);
  const { drift, look, settle } = useDrift({ query, rows, write, patch, ready: list.isSuccess });

  return {
    rows,
    count: list.data?.pages[0]?.count,
    isPending: list.isPending,
    error: list.error,
    retry: () => void list.refetch(),
    more: list.hasNextPage,
    moreFailed: list.isFetchNextPageError,
    loadMore: () => {
      if (list.hasNextPage && !list.isFetchingNextPage && !list.isFetchNextPageError) void list.fetchNextPage();
    },
    retryMore: () => void list.fetchNextPage(),
    drift,
    look,
    settle,
    patch,
  };
}

interface DriftInput {
  query: { q: string; sort: string; limit: number };
  rows: readonly TicketRow[];
  write: (change: (old: Pages) => Pages) => void;
  patch: (tickets: readonly TicketRow[]) => void;
  ready: boolean;
}

/** Looks at the top of the list when something happened, at most once a second. */
function useDrift({ query, rows, write, patch, ready }: DriftInput) {
  const [seen, setSeen] = useState<{ query: object; page: TicketPage; drift: Drift }>();
  const now = useRef({ query, rows });
  useEffect(() => {
    now.current = { query, rows };
  });

  const settleOn = useCallback(
    (page: TicketPage) => {
      write(() => ({ pages: [page], pageParams: [""] }));
      setSeen(undefined);
    },
    [write],
  );

  const look = useCallback(
    async (touched: ReadonlySet<string> = new Set(), settleAtOnce = false) => {
      const { data: page } = await api.GET("/tickets", { params: { query } });
      const current = now.current;
      if (!page || current.query !== query) return; // the filter was changed meanwhile
      if (settleAtOnce || current.rows.length === 0) return settleOn(page);
      patch([...page.items, ...(await single(current.rows, page, touched))]);
      setSeen({ query, page, drift: driftOf(current.rows, page.items, page.next_cursor === "") });
    },
    [query, patch, settleOn],
  );

  const touched = useRef(new Set<string>());
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const last = useRef(0);
  const schedule = useCallback(() => {
    if (timer.current !== undefined) return;
    const wait = Math.max(0, last.current + LOOK_EVERY_MS - performance.now());
    timer.current = setTimeout(() => {
      timer.current = undefined;
      last.current = performance.now();
      const ids = touched.current;
      touched.current = new Set();
      // A look that fails is made good by the next change; the banner tells of a lost connection.
      look(ids).catch(() => undefined);
    }, wait);
  }, [look]);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [schedule],
  );
  // Rows kept from an earlier visit have not followed what happened since.
  useEffect(() => {
    if (ready) schedule();
  }, [ready, schedule]);

  const hear = useCallback(
    (batch: LiveEvent[] | "reset") => {
      if (batch !== "reset") {
        const tickets = batch.flatMap((event) => event.ticket ?? []);
        if (tickets.length === 0) return;
        for (const id of tickets) touched.current.add(id);
      }
      schedule();
    },
    [schedule],
  );
  useLiveBatch(hear);

  const pending = seen?.query === query ? seen : undefined;
  return { drift: pending?.drift ?? noDrift, look, settle: () => pending && settleOn(pending.page) };
}

/** Rows on the screen that changed but are not on the first page: fetched one by one, a few at most. */
async function single(rows: readonly TicketRow[], page: TicketPage, touched: ReadonlySet<string>): Promise<TicketRow[]> {
  const fresh = new Set(page.items.map((ticket) => ticket.id));
  const wanted = rows.filter((row) => touched.has(row.id) && !fresh.has(row.id)).slice(0, MAX_SINGLE);
  const answers = await Promise.allSettled(wanted.map((row) => api.GET("/tickets/{id}", { params: { path: { id: row.id } } })));
  return answers.flatMap((answer) => (answer.status === "fulfilled" && answer.value.data ? [answer.value.data] : []));
}
