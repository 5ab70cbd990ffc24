import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { $api, api } from "@/api/client";
import { formatPlural } from "@/lib/format";
import { notify, notifyError } from "@/ui/toast";
import { type Group, nameOf, type QuarantineItem } from "./groups";

export const states = ["new", "retried", "dismissed"] as const;
export type State = (typeof states)[number];

const PAGE = 50;
const none: never[] = [];

/** The groups of a state, counted by the server, the largest first. */
export function useGroups(state: State, enabled: boolean) {
  return $api.useQuery("get", "/quarantine/groups", { params: { query: { state, limit: 200 } } }, { enabled });
}

/** The parts of one group, newest first, page by page. */
export function useParts(state: State, group: string | undefined) {
  const list = $api.useInfiniteQuery(
    "get",
    "/quarantine",
    { params: { query: { state, group: group ?? "", limit: PAGE } } },
    { pageParamName: "cursor", initialPageParam: "", getNextPageParam: (last) => last.next_cursor || undefined, enabled: group !== undefined },
  );
  const items = useMemo<QuarantineItem[]>(() => list.data?.pages.flatMap((page) => page.items) ?? none, [list.data]);
  return { items, isPending: list.isPending, error: list.error, hasMore: list.hasNextPage, busy: list.isFetchingNextPage, more: () => void list.fetchNextPage() };
}

export function useKeptBody(id: string) {
  return $api.useQuery("get", "/quarantine/{id}", { params: { path: { id } } });
}

const parts = (n: number) => formatPlural(n, { one: "part", other: "parts" });
const partsWere = (n: number) => formatPlural(n, { one: "part was", other: "parts were" });

/** Retrying and dismissing, of one part or of a whole group. The server does a group some parts at a time. */
export function useDecisions() {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);

  const during = async (act: () => Promise<void>, failure: string): Promise<boolean> => {
    setBusy(true);
    try {
      await act();
      return true;
    } catch (error) {
      notifyError(failure, error);
      return false;
    } finally {
      setBusy(false);
      void client.invalidateQueries({ predicate: ({ queryKey: [, path] }) => /^\/(quarantine|tickets\/counts)/.test(String(path)) });
    }
  };

  const told = (read: number, not: number) => {
    if (read > 0) notify(`${partsWere(read)} read and taken in`);
    if (not > 0) notify(`${parts(not)} still can’t be read`);
  };

  const retry = (item: QuarantineItem) =>
    during(async () => {
      const { data } = await api.POST("/quarantine/{id}/retry", { params: { path: { id: item.id } } });
      const read = data?.results.every((result) => result.outcome !== "quarantined") ?? false;
      told(read ? 1 : 0, read ? 0 : 1);
    }, "The part was not read");

  const retryGroup = (group: Group) =>
    during(async () => {
      let [read, not, cursor] = [0, 0, ""];
      do {
        const { data } = await api.POST("/quarantine/groups/retry", { body: { ...nameOf(group), cursor } });
        read += data?.done ?? 0;
        not += data?.unreadable ?? 0;
        cursor = data?.next_cursor ?? "";
      } while (cursor !== "");
      told(read, not);
    }, "Not all parts were read");

  const dismiss = (item: QuarantineItem, reason: string) =>
    during(async () => {
      await api.POST("/quarantine/{id}/dismiss", { params: { path: { id: item.id } }, body: { reason } });
      notify("1 part is dismissed; the bytes stay");
    }, "The part was not dismissed");

  const dismissGroup = (group: Group, note: string) =>
    during(async () => {
      let [done, more] = [0, true];
      while (more) {
        const { data } = await api.POST("/quarantine/groups/dismiss", { body: { ...nameOf(group), note } });
        done += data?.done ?? 0;
        more = Boolean(data?.next_cursor);
      }
      notify(`${formatPlural(done, { one: "part is", other: "parts are" })} dismissed; the bytes stay`);
    }, "Not all parts were dismissed");

  return { retry, retryGroup, dismiss, dismissGroup, busy };
}
