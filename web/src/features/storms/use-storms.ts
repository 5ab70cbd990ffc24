import { useQuery, useQueryClient } from "@tanstack/react-query";
import { $api, api } from "@/api/client";
import { toProblem } from "@/lib/problem";
import { notify } from "@/ui/toast";
import type { Choice, Storm } from "./types";
import { heldWords, pauseFor } from "./words";

/** The storms that wait for a decision or for it to be carried out, or all there were. */
export function useStorms(state: "open" | "all", enabled = true) {
  return $api.useQuery("get", "/storms", { params: { query: { state } } }, { enabled, refetchInterval: (query) => pauseFor(query.state.data?.items) });
}

export interface Decision {
  choice: Choice;
  reason: string;
  expires: string;
}

const said: Record<Choice, string> = { open: "tickets are being opened", group: "they are going into one ticket", suppress: "they are suppressed" };

/** Takes a person's choice about what a storm holds. */
export function useDecide(storm: Storm, onDone: () => void) {
  const client = useQueryClient();
  const done = (choice: Choice) => () => {
    notify(`${heldWords(storm)}: ${said[choice]}`);
    onDone();
  };
  const refetch = () => void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[1] === "/storms" });
  const open = $api.useMutation("post", "/storms/{id}/open", { onSuccess: done("open"), onSettled: refetch });
  const group = $api.useMutation("post", "/storms/{id}/group", { onSuccess: done("group"), onSettled: refetch });
  const suppress = $api.useMutation("post", "/storms/{id}/suppress", { onSuccess: done("suppress"), onSettled: refetch });
  const params = { path: { id: storm.id } };
  const decide = ({ choice, reason, expires }: Decision) => {
    if (choice === "open") open.mutate({ params, body: { reason } });
    else if (choice === "group") group.mutate({ params, body: { reason } });
    else suppress.mutate({ params, body: { reason, expires_at: expires } });
  };
  const error = open.error ?? group.error ?? suppress.error;
  return { decide, busy: open.isPending || group.isPending || suppress.isPending, error: error ? toProblem(error) : undefined };
}

const DAY = 24 * 3600 * 1000;

/** How many tickets opening would make and who would get them: the storm's rule alone, tried on the days of the storm. */
export function useEstimate(storm: Storm, enabled: boolean) {
  const days = Math.min(7, Math.max(1, Math.ceil((Date.parse(storm.last_at) - Date.parse(storm.began_at)) / DAY)));
  return useQuery({
    queryKey: ["storm-estimate", storm.id, days],
    queryFn: async ({ signal }) => {
      const { data: policy } = await api.GET("/policy", { signal });
      const rules = policy?.rules.filter((rule) => rule.id === storm.rule_id) ?? [];
      if (rules.length === 0) return null;
      return (await api.POST("/policy/preview", { body: { rules, days }, signal })).data ?? null;
    },
    enabled,
    retry: false,
    staleTime: 10_000,
  });
}
