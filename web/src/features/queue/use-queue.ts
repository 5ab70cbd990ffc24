import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { api } from "@/api/client";
import { type LiveEvent, useLiveBatch } from "@/api/live";
import type { TicketPage, TicketRow } from "@/api/models";
import { type Drift, driftOf, patchRows } from "./live-list";
import { endOf, known, lengthOf, patched, put, rowAt, type Sparse, start, trim, turned, type Want, wantOf } from "./sparse";

const PAGE = 200;
const LOOK_EVERY_MS = 1000;
const MAX_SINGLE = 20;

const noDrift: Drift = { added: 0, moved: 0, gone: 0 };
const idOf = (row: TicketRow) => row.id;

interface Ask {
  q: string;
  sort: string;
  limit: number;
}

async function ask(query: Ask, want: Want): Promise<TicketPage | undefined> {
  const sort = want.side === "front" ? query.sort : turned(query.sort);
  return (await api.GET("/tickets", { params: { query: { ...query, sort, ...(want.cursor && { cursor: want.cursor }) } } })).data;
}

/**
 * The rows of the queue, of which those near the screen are in memory. Live changes are written into the
 * rows where they stand; what would add, move or remove a row waits as `drift` until `settle` is called.
 */
export function useQueue(q: string, sort: string) {
  const client = useQueryClient();
  const query = useMemo<Ask>(() => ({ q, sort, limit: PAGE }), [q, sort]);
  const key = useMemo(() => ["queue", query] as const, [query]);
  const list = useQuery<Sparse<TicketRow>>({
    queryKey: key,
    queryFn: async ({ signal }) => {
      const { data } = await api.GET("/tickets", { params: { query }, signal });
      return start(data as TicketPage);
    },
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnMount: false,
    meta: { still: true },
    retry: false,
  });
  const sparse = list.data;
  const write = useCallback((change: (old: Sparse<TicketRow>) => Sparse<TicketRow>) => client.setQueryData<Sparse<TicketRow>>(key, (old) => old && change(old)), [client, key]);
  const patch = useCallback((tickets: readonly TicketRow[]) => write((old) => patched(old, (rows) => patchRows(rows, tickets))), [write]);
  const rows = useMemo(() => ({ length: sparse ? lengthOf(sparse) : 0, at: (i: number) => (sparse ? rowAt(sparse, i) : undefined) }), [sparse]);
  const near = useMemo(() => (sparse ? [...known(sparse)] : []), [sparse]);
  const inMemory = useMemo(() => near.map(([, row]) => row), [near]);
  const indexOf = useCallback((number: string) => near.find(([, row]) => row.number === number)?.[0] ?? -1, [near]);
  const loading = useLoading(query, sparse, write);
  const { drift, look, settle } = useDrift({ query, sparse, write, patch, ready: list.isSuccess });

  return {
    rows,
    /** The rows in memory, in the order of the list. */
    inMemory,
    indexOf,
    count: sparse?.count,
    isPending: list.isPending,
    error: list.error,
    retry: () => void list.refetch(),
    more: sparse?.more !== undefined,
    ...loading,
    drift,
    look,
    settle,
    patch,
  };
}

/** Loads what the screen needs, one page at a time, and lets go what is far from it. */
function useLoading(query: Ask, sparse: Sparse<TicketRow> | undefined, write: (change: (old: Sparse<TicketRow>) => Sparse<TicketRow>) => void) {
  const [failed, setFailed] = useState<object>();
  const range = useRef<[number, number]>([0, 0]);
  const kept = useRef<string>(undefined);
  const busy = useRef<object>(undefined);
  const latest = useRef({ query, sparse });
  useEffect(() => {
    latest.current = { query, sparse };
  });
  const load = useCallback(
    async (want: Want, seen?: [number, number]) => {
      const { query } = latest.current;
      busy.current = query;
      try {
        const page = await ask(query, want);
        if (!page || latest.current.query !== query) return;
        write((old) => trim(put(old, want, page, idOf), ...(seen ?? range.current), (row) => row.number === kept.current));
      } catch {
        setFailed(query); // said under the list, with a way to try again
      } finally {
        busy.current = undefined;
      }
    },
    [write],
  );
  const next = useCallback(() => {
    const { query, sparse } = latest.current;
    if (!sparse || busy.current === query) return;
    const want = wantOf(sparse, ...range.current);
    if (want) void load(want);
  }, [load]);
  const moreFailed = failed === query;
  useEffect(() => {
    if (!moreFailed) next();
  }, [sparse, next, moreFailed]);
  const onRange = useCallback(
    (first: number, last: number) => {
      range.current = [first, last];
      if (!moreFailed) next();
    },
    [next, moreFailed],
  );
  /** Makes the end of the list be there. */
  const toEnd = useCallback(async () => {
    const want = latest.current.sparse && endOf(latest.current.sparse);
    // Where somebody is about to be, not where they are: else what has just come would be far from the screen.
    if (want) await load(want, [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]);
  }, [load]);
  const keep = useCallback((number: string | undefined) => {
    kept.current = number;
  }, []);
  return { onRange, toEnd, keep, moreFailed, retryMore: () => setFailed(undefined) };
}

interface DriftInput {
  query: Ask;
  sparse: Sparse<TicketRow> | undefined;
  write: (change: (old: Sparse<TicketRow>) => Sparse<TicketRow>) => void;
  patch: (tickets: readonly TicketRow[]) => void;
  ready: boolean;
}

/** The rows from the start of the list on, up to the first that is not in memory. */
function fromStart(sparse: Sparse<TicketRow> | undefined): TicketRow[] {
  const gap = sparse?.front.findIndex((piece) => !piece.rows) ?? 0;
  return (sparse?.front.slice(0, gap < 0 ? undefined : gap) ?? []).flatMap((piece) => piece.rows ?? []);
}

/** Looks at the top of the list when something happened, at most once a second. */
function useDrift({ query, sparse, write, patch, ready }: DriftInput) {
  const [seen, setSeen] = useState<{ query: object; page: TicketPage; drift: Drift }>();
  const now = useRef({ query, sparse });
  useEffect(() => {
    now.current = { query, sparse };
  });

  const settleOn = useCallback(
    (page: TicketPage) => {
      write(() => start(page));
      setSeen(undefined);
    },
    [write],
  );

  const look = useCallback(
    async (touched: ReadonlySet<string> = new Set(), settleAtOnce = false) => {
      const { data: page } = await api.GET("/tickets", { params: { query } });
      const current = now.current;
      if (!page || current.query !== query) return; // the filter was changed meanwhile
      const rows = fromStart(current.sparse);
      if (settleAtOnce || rows.length === 0) return settleOn(page);
      patch([...page.items, ...(await single(current.sparse, page, touched))]);
      setSeen({ query, page, drift: driftOf(rows, page.items, page.next_cursor === "") });
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

/** Rows in memory that changed but are not on the first page: fetched one by one, a few at most. */
async function single(sparse: Sparse<TicketRow> | undefined, page: TicketPage, touched: ReadonlySet<string>): Promise<TicketRow[]> {
  const fresh = new Set(page.items.map((ticket) => ticket.id));
  const rows = sparse && touched.size > 0 ? [...known(sparse)].map(([, row]) => row) : [];
  const wanted = rows.filter((row) => touched.has(row.id) && !fresh.has(row.id)).slice(0, MAX_SINGLE);
  const answers = await Promise.allSettled(wanted.map((row) => api.GET("/tickets/{id}", { params: { path: { id: row.id } } })));
  return answers.flatMap((answer) => (answer.status === "fulfilled" && answer.value.data ? [answer.value.data] : []));
}
