import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { MethodResponse } from "openapi-react-query";
import { useCallback } from "react";
import { $api, api } from "@/api/client";
import type { Ticket } from "@/api/models";

type Log = MethodResponse<typeof $api, "get", "/tickets/{id}/log">;
export type LogEntry = Log["items"][number];
export type TicketFinding = MethodResponse<typeof $api, "get", "/tickets/{id}/findings">["items"][number];
export type Explained = MethodResponse<typeof $api, "get", "/tickets/{id}/sla">;
export type ClockView = Explained["timers"][number];
export type PauseView = Explained["pauses"][number];
export type RunView = Explained["runs"][number];
export type Task = MethodResponse<typeof $api, "get", "/tickets/{id}/tasks">["items"][number];
export type RelatedTicket = MethodResponse<typeof $api, "get", "/tickets/{id}/related">["items"][number];

const init = (id: string) => ({ params: { path: { id } } });

export function useTicket(number: string, enabled = true) {
  return $api.useQuery("get", "/tickets/{id}", init(number), { enabled });
}

export function useRelated(number: string) {
  return $api.useQuery("get", "/tickets/{id}/related", init(number));
}

/** How the clocks came to stand as they do. */
export function useExplained(number: string, enabled = true) {
  return $api.useQuery("get", "/tickets/{id}/sla", init(number), { enabled });
}

/** The targets of a version: a running ticket keeps to the one that it follows. */
export function useTargets(rev: number | undefined) {
  return $api.useQuery("get", "/sla/history/{rev}", { params: { path: { rev: rev ?? 1 } } }, { enabled: rev !== undefined && rev > 0, staleTime: Number.POSITIVE_INFINITY });
}

export function useTasks(number: string) {
  return $api.useQuery("get", "/tickets/{id}/tasks", init(number));
}

const FINDINGS = 25; // each brings its original

/** The findings of the ticket and of those merged into it, with their originals, page by page. */
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
  /** Oldest first; with those of the tickets merged into it, where they were asked for. */
  entries: LogEntry[];
  /** False when the log is longer than is loaded. */
  complete: boolean;
}

/** What a log is asked for: with `raw` the bytes that were hashed, with `merged` the entries of merged tickets too. */
export interface LogAsk {
  raw?: boolean;
  merged?: boolean;
}

/** Every entry of a ticket's log, page after page. */
export async function fetchLog(number: string, { raw, merged }: LogAsk, signal?: AbortSignal): Promise<WholeLog> {
  const entries: LogEntry[] = [];
  let cursor = "";
  while (entries.length < MAX_ENTRIES) {
    const query = { limit: PAGE, ...(cursor ? { cursor } : {}), ...(raw ? { raw: 1 } : {}), ...(merged ? { merged: 1 } : {}) };
    const { data } = await api.GET("/tickets/{id}/log", { params: { path: { id: number }, query }, ...(signal ? { signal } : {}) });
    if (!data) break;
    entries.push(...data.items);
    cursor = data.next_cursor;
    if (cursor === "") return { entries, complete: true };
  }
  return { entries, complete: false };
}

/** The entries of one ticket, which are a chain. */
export function ownLog(number: string, log: WholeLog): WholeLog {
  return { ...log, entries: log.entries.filter((entry) => entry.ticket === number) };
}

/** The log, refetched like any other answer about this ticket when the journal says that it grew. */
export function useLog(number: string) {
  return useQuery({
    queryKey: ["get", "/tickets/{id}/log", init(number)],
    queryFn: ({ signal }) => fetchLog(number, { merged: true }, signal),
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
