import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { MethodResponse } from "openapi-react-query";
import { useCallback } from "react";
import { $api, api } from "@/api/client";
import type { Ticket } from "@/api/models";

type Log = MethodResponse<typeof $api, "get", "/tickets/{id}/log">;
export type LogEntry = Log["items"][number];
export type TicketFinding = MethodResponse<typeof $api, "get", "/tickets/{id}/findings">["items"][number];
export type RelatedTicket = MethodResponse<typeof $api, "get", "/tickets/{id}/related">["items"][number];

const init = (id: string) => ({ params: { path: { id } } });

export function useTicket(number: string) {
  return $api.useQuery("get", "/tickets/{id}", init(number));
}

export function useRelated(number: string) {
  return $api.useQuery("get", "/tickets/{id}/related", init(number));
}

const FINDINGS = 10; // each brings its original

/** The ticket's findings with their originals, page by page. */
export function useTicketFindings(number: string) {
  return $api.useInfiniteQuery(
    "get",
    "/tickets/{id}/findings",
    { params: { path: { id: number }, query: { limit: FINDINGS } } },
    { pageParamName: "cursor", initialPageParam: "", getNextPageParam: (last) => last.next_cursor || undefined },
  );
}

const PAGE = 200;
/** A log longer than this is shown by the command line; no person reads it here. */
export const MAX_ENTRIES = 5000;

export interface WholeLog {
  /** Oldest first, as the chain runs. */
  entries: LogEntry[];
  /** False when the log is longer than is loaded. */
  complete: boolean;
}

/** Every entry of a ticket's log, page after page; with `raw` also the bytes that were hashed. */
export async function fetchLog(number: string, raw: boolean, signal?: AbortSignal): Promise<WholeLog> {
  const entries: LogEntry[] = [];
  let cursor = "";
  while (entries.length < MAX_ENTRIES) {
    const query = { limit: PAGE, ...(cursor ? { cursor } : {}), ...(raw ? { raw: 1 } : {}) };
    const { data } = await api.GET("/tickets/{id}/log", { params: { path: { id: number }, query }, ...(signal ? { signal } : {}) });
    if (!data) break;
    entries.push(...data.items);
    cursor = data.next_cursor;
    if (cursor === "") return { entries, complete: true };
  }
  return { entries, complete: false };
}

/** The log, refetched like any other answer about this ticket when the journal says that it grew. */
export function useLog(number: string) {
  return useQuery({
    queryKey: ["get", "/tickets/{id}/log", init(number)],
    queryFn: ({ signal }) => fetchLog(number, false, signal),
  });
}

/** Puts the ticket a command answered with in its place, and asks again for what hangs on it. */
export function useTicketStore(): (ticket: Ticket) => void {
  const client = useQueryClient();
  return useCallback(
    (ticket: Ticket) => {
      const ids = [ticket.number, ticket.id];
      for (const id of ids) client.setQueryData<Ticket>($api.queryOptions("get", "/tickets/{id}", init(id)).queryKey, (old) => (old ? ticket : undefined));
      void client.invalidateQueries({
        predicate: ({ queryKey: [, path, asked], meta }) => {
          if (typeof path !== "string" || !path.startsWith("/tickets") || meta?.still === true || path === "/tickets/{id}") return false;
          const id = (asked as { params?: { path?: { id?: string } } } | undefined)?.params?.path?.id;
          return id === undefined || ids.includes(id);
        },
      });
    },
    [client],
  );
}
