import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { $api, api } from "@/api/client";
import { formatPlural } from "@/lib/format";
import { notify, notifyError } from "@/ui/toast";
import type { QuarantineItem } from "./groups";

export const states = ["new", "retried", "dismissed"] as const;
export type State = (typeof states)[number];

const PAGE = 200;
/** Groups of more than this are no groups a person works through; they are counted as "and more". */
const MAX_ITEMS = 2000;

export interface Kept {
  items: QuarantineItem[];
  complete: boolean;
}

async function fetchAll(state: State, signal: AbortSignal): Promise<Kept> {
  const items: QuarantineItem[] = [];
  let cursor = "";
  while (items.length < MAX_ITEMS) {
    const { data } = await api.GET("/quarantine", { params: { query: { state, limit: PAGE, cursor } }, signal });
    if (!data) break;
    items.push(...data.items);
    cursor = data.next_cursor;
    if (cursor === "") return { items, complete: true };
  }
  return { items, complete: false };
}

/** Everything kept aside in one state, so that it can be grouped. */
export function useKept(state: State, enabled: boolean) {
  return useQuery({ queryKey: ["get", "/quarantine", { params: { query: { state } } }], queryFn: ({ signal }) => fetchAll(state, signal), enabled });
}

export function useKeptBody(id: string) {
  return $api.useQuery("get", "/quarantine/{id}", { params: { path: { id } } });
}

type Outcome = "readable" | "unreadable";

async function retryOne(id: string): Promise<Outcome> {
  const { data } = await api.POST("/quarantine/{id}/retry", { params: { path: { id } } });
  return data?.results.every((result) => result.outcome !== "quarantined") ? "readable" : "unreadable";
}

/** Retrying and dismissing, one after the other; what fails does not stop the rest. */
export function useDecisions() {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);

  const each = async <T>(items: readonly QuarantineItem[], act: (id: string) => Promise<T>): Promise<{ done: T[]; failed: unknown[] }> => {
    setBusy(true);
    const done: T[] = [];
    const failed: unknown[] = [];
    for (const item of items) {
      await act(item.id).then(
        (result) => done.push(result),
        (error: unknown) => failed.push(error),
      );
    }
    setBusy(false);
    void client.invalidateQueries({ predicate: ({ queryKey: [, path] }) => /^\/(quarantine|tickets\/counts)/.test(String(path)) });
    return { done, failed };
  };

  const retry = async (items: readonly QuarantineItem[]) => {
    const { done, failed } = await each(items, retryOne);
    const read = done.filter((outcome) => outcome === "readable").length;
    const not = done.length - read;
    if (read > 0) notify(`${formatPlural(read, { one: "part was", other: "parts were" })} read and taken in`);
    if (not > 0) notify(`${formatPlural(not, { one: "part", other: "parts" })} still can’t be read`);
    if (failed[0]) notifyError(`${formatPlural(failed.length, { one: "part", other: "parts" })} not read`, failed[0]);
  };

  const dismiss = async (items: readonly QuarantineItem[], reason: string): Promise<boolean> => {
    const { done, failed } = await each(items, (id) => api.POST("/quarantine/{id}/dismiss", { params: { path: { id } }, body: { reason } }));
    if (done.length > 0) notify(`${formatPlural(done.length, { one: "part is", other: "parts are" })} dismissed; the bytes stay`);
    if (failed[0]) notifyError(`${formatPlural(failed.length, { one: "part", other: "parts" })} not dismissed`, failed[0]);
    return failed.length === 0;
  };

  return { retry, dismiss, busy };
}
