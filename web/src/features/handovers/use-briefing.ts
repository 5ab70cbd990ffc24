import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { $api, api } from "@/api/client";
import { type Delta, type Handover, useHandoverStore } from "@/api/handovers";
import { type LiveEvent, useLiveBatch } from "@/api/live";
import { type Problem, toProblem } from "@/lib/problem";
import { notify } from "@/ui/toast";
import { changedIn, type Lost, lostIn } from "./decisions";

/** Everything that its reader does with an offer: opens sections, accepts with what changed since, declines. */
export function useBriefing(handover: Handover) {
  const store = useHandoverStore();
  const client = useQueryClient();
  const [delta, setDelta] = useState<Delta>();
  const [lost, setLost] = useState<Lost>();
  const [refused, setRefused] = useState<Problem>();
  const params = { path: { id: handover.number } };
  const reload = () => void client.invalidateQueries({ predicate: ({ queryKey: [, path] }) => String(path).startsWith("/handovers") });

  const refuse = (error: unknown) => {
    const problem = toProblem(error);
    const [first, news] = [lostIn(problem), changedIn(problem)];
    if (first) setLost(first);
    else if (news) setDelta(news);
    else setRefused(problem);
    if (first || problem.slug === "briefing-unread") reload();
  };
  const open = useMutation({
    mutationFn: async (section: string) => (await api.POST("/handovers/{id}/open", { params, body: { section } })).data,
    onSuccess: (fresh) => fresh && store(fresh),
    onError: refuse,
  });
  const accept = useMutation({
    mutationFn: async (seen: number) => (await api.POST("/handovers/{id}/accept", { params, body: { checklist: handover.checklist.map((one) => one.id), delta_seq: seen } })).data,
    onSuccess: (fresh) => {
      if (!fresh) return;
      setDelta(undefined);
      store(fresh);
      notify(`${fresh.ticket_number} is yours: you are responsible now`);
    },
    onError: refuse,
  });
  const decline = $api.useMutation("post", "/handovers/{id}/decline", {
    onSuccess: (fresh) => {
      store(fresh);
      notify(`You declined ${fresh.ticket_number}; ${fresh.from_name || "whoever had it"} stays responsible`);
    },
    onError: refuse,
  });
  /** What changed is shown before it can be confirmed; what is confirmed is what was shown. */
  const press = () => {
    setRefused(undefined);
    const known = handover.delta?.seq ?? 0;
    if (delta) accept.mutate(delta.seq);
    else if (handover.delta && known > 0) setDelta(handover.delta);
    else accept.mutate(0);
  };
  useTicketLive(handover.ticket, reload);
  return { open: open.mutate, opening: open.isPending ? open.variables : undefined, openFailed: open.isError ? open.variables : undefined, press, accepting: accept.isPending, decline, delta, lost, refused };
}

/** What happens to the ticket meanwhile is part of what has changed since the offer. */
function useTicketLive(ticket: string, changed: () => void): void {
  const [count, setCount] = useState(0);
  useLiveBatch(useCallback((batch: LiveEvent[] | "reset") => batch !== "reset" && batch.some((event) => event.ticket === ticket) && setCount((old) => old + 1), [ticket]));
  useEffect(() => {
    if (count > 0) changed();
    // eslint-disable-next-line react-hooks/exhaustive-deps -- only what is heard counts
  }, [count]);
}
