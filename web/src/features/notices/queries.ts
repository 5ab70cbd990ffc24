import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef } from "react";
import { $api } from "@/api/client";
import { type LiveEvent, useLiveBatch } from "@/api/live";
import { notifyError } from "@/ui/toast";

const PAGE = 30;
const APART = 5_000;
const LOOK_EVERY = 60_000;

/** What may have put something into an inbox. */
const tells = ["notification", "escalation", "sla", "handover", "duty"];

/** Whether somebody may have been told something. */
export function mayTell(batch: readonly LiveEvent[] | "reset"): boolean {
  return batch === "reset" || batch.some((event) => tells.includes(event.kind.split(".")[0] ?? ""));
}

/** How much is not read, counted up to 100. One small question, asked again at most every five seconds. */
export function useUnread(): number | undefined {
  const unread = $api.useQuery("get", "/notices", { params: { query: { state: "unread", limit: 1 } } }, { refetchInterval: LOOK_EVERY, select: (page) => page.unread });
  const { refetch } = unread;
  const waiting = useRef<ReturnType<typeof setTimeout>>(undefined);
  const listen = useCallback(
    (batch: readonly LiveEvent[] | "reset") => {
      if (!mayTell(batch)) return;
      waiting.current ??= setTimeout(() => {
        waiting.current = undefined;
        void refetch();
      }, APART);
    },
    [refetch],
  );
  useLiveBatch(listen);
  useEffect(() => () => clearTimeout(waiting.current), []);
  return unread.data;
}

export type Shown = "unread" | "all";

export function useNotices(state: Shown) {
  return $api.useInfiniteQuery(
    "get",
    "/notices",
    { params: { query: { state, limit: PAGE } } },
    { pageParamName: "cursor", initialPageParam: "", getNextPageParam: (last) => last.next_cursor || undefined },
  );
}

/** Marks some as read, or all; what is shown follows at once. */
export function useRead() {
  const client = useQueryClient();
  const read = $api.useMutation("post", "/notices/read", {
    onError: (error) => notifyError("They are not marked as read", error),
    onSettled: () => void client.invalidateQueries({ queryKey: ["get", "/notices"] }),
  });
  return {
    some: (ids: string[]) => ids.length > 0 && read.mutate({ body: { ids } }),
    all: () => read.mutate({ body: { all: true } }),
    busy: read.isPending,
  };
}
