import { useQueryClient } from "@tanstack/react-query";
import { $api, api, ifMatch } from "@/api/client";
import { toProblem } from "@/lib/problem";
import { notify, notifyError } from "@/ui/toast";
import type { Item, ListKind } from "./kinds";

export interface List {
  name: string;
  kind: ListKind;
  items: Item[];
  size: number;
  rev: number;
  updated_at: string;
  used_in: string[];
}

function useRefetch() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ predicate: ({ queryKey }) => String(queryKey[1]).startsWith("/lists") });
}

/** Writes a list whole; what was there can be put back for ten seconds. */
export function useWriteList(list: List) {
  const refetch = useRefetch();
  const put = $api.useMutation("put", "/lists/{name}", {
    onSettled: refetch,
  });
  const undo = async (saved: { rev: number }) => {
    try {
      await api.PUT("/lists/{name}", { params: { path: { name: list.name }, header: ifMatch(saved.rev) }, body: { kind: list.kind, items: list.items } });
      notify(`@${list.name} is as it was`);
    } catch (error) {
      notifyError(`@${list.name} was not put back`, error);
    }
    void refetch();
  };
  const write = (items: Item[], said: string, done?: () => void) =>
    put.mutate(
      { params: { path: { name: list.name }, header: ifMatch(list.rev) }, body: { kind: list.kind, items } },
      {
        onSuccess: (saved) => {
          notify(said, () => void undo(saved));
          done?.();
        },
        onError: (error) => {
          if (!done) notifyError(`@${list.name} was not changed`, error);
        },
      },
    );
  return { write, busy: put.isPending, error: put.error && toProblem(put.error), reset: put.reset };
}

/** Makes a list that does not exist yet. */
export function useNewList(onDone: (name: string) => void) {
  const refetch = useRefetch();
  const put = $api.useMutation("put", "/lists/{name}", {
    onSuccess: (saved) => {
      void refetch();
      notify(`@${saved.name} is there; rules can name it now`);
      onDone(saved.name);
    },
  });
  const make = (name: string, kind: ListKind, items: Item[]) => put.mutate({ params: { path: { name }, header: { "If-None-Match": "*" } }, body: { kind, items } });
  return { make, busy: put.isPending, error: put.error };
}

export function useDeleteList(list: List, onDone: () => void) {
  const refetch = useRefetch();
  const del = $api.useMutation("delete", "/lists/{name}", {
    onSuccess: () => {
      notify(`@${list.name} is deleted`);
      onDone();
    },
    onSettled: refetch,
  });
  return { del: () => del.mutate({ params: { path: { name: list.name }, header: ifMatch(list.rev) } }), busy: del.isPending, error: del.error };
}
