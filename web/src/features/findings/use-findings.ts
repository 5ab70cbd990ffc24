import { useCallback, useMemo, useState } from "react";
import { $api } from "@/api/client";
import { useLiveBatch } from "@/api/live";
import type { FindingRow } from "./words";

const PAGE = 100;
const none: FindingRow[] = [];

/**
 * The list, page by page. Findings may come by the hundred a second, so what is new does not move the
 * rows: it waits as `fresh` until somebody asks for it.
 */
export function useFindings(q: string) {
  const [fresh, setFresh] = useState(false);
  const list = $api.useInfiniteQuery(
    "get",
    "/findings",
    { params: { query: { q, limit: PAGE } } },
    {
      pageParamName: "cursor",
      initialPageParam: "",
      getNextPageParam: (last) => last.next_cursor || undefined,
      meta: { still: true },
      retry: false,
    },
  );
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? none, [list.data]);
  useLiveBatch(useCallback((batch) => setFresh((was) => was || batch === "reset" || batch.some((event) => event.stream.startsWith("finding:") || event.kind === "ticket.opened")), []));
  const { refetch, hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = list;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage && !isFetchNextPageError) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage]);
  return {
    rows,
    isPending: list.isPending,
    error: list.error,
    hasMore: hasNextPage,
    moreFailed: isFetchNextPageError,
    more,
    retryMore: () => void fetchNextPage(),
    fresh,
    refresh: () => {
      setFresh(false);
      void refetch();
    },
  };
}
