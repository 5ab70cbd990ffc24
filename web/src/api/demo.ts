import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { $api } from "./client";

/** Filling an empty installation with a believable fortnight: its state, and starting it. */
export function useDemo() {
  const client = useQueryClient();
  const state = $api.useQuery("get", "/demo", {}, { refetchInterval: (query) => (query.state.data?.state === "running" ? 1000 : false) });
  const start = $api.useMutation("post", "/demo", { onSuccess: (demo) => client.setQueryData($api.queryOptions("get", "/demo", {}).queryKey, demo) });
  const running = state.data?.state === "running";
  const done = state.data?.state === "done";
  // What was counted and listed before the filling is out of date after it, this person's demo mark included.
  useEffect(() => {
    if (done) void client.invalidateQueries({ predicate: (query) => query.queryKey[1] !== "/demo" });
  }, [client, done]);
  return { state: state.data, error: start.error ?? state.error, running, done, start: () => start.mutate({}), starting: start.isPending };
}
