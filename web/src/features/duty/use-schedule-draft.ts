import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { $api, api, ifMatch } from "@/api/client";
import type { Stretch } from "@/lib/axis";
import { toProblem } from "@/lib/problem";
import { notify } from "@/ui/toast";
import { type Draft, draftOf, isChanged, planOf } from "./draft";
import { useDutyChanged } from "./queries";
import type { Plan, Schedule } from "./types";

interface Input {
  /** The schedule as it is kept; none for a new one. */
  kept: Schedule | undefined;
  blank: Plan;
  onSaved: (id: string) => void;
}

/** A schedule being edited, beside the one in force. */
export function useScheduleDraft({ kept, blank, onSaved }: Input) {
  const changed = useDutyChanged();
  const begin = (from: Schedule | Plan, rev: number) => {
    const draft = draftOf(from);
    return { rev, base: draft, draft };
  };
  const [state, setState] = useState(() => begin(kept ?? blank, kept?.rev ?? 0));
  const dirty = isChanged(state.draft, state.base);
  // Untouched, it follows what others save.
  if (!dirty && kept && kept.rev !== state.rev) setState(begin(kept, kept.rev));
  const done = (id: string, name: string, saved: Schedule | Plan, rev: number) => {
    setState(begin(saved, rev));
    changed();
    notify(`${name} is saved`);
    onSaved(id);
  };
  const make = $api.useMutation("post", "/schedules", { onSuccess: (saved) => done(saved.id, saved.name, saved as Schedule, saved.rev) });
  const change = $api.useMutation("put", "/schedules/{id}", { onSuccess: (saved) => done(saved.id, saved.name, saved as Schedule, saved.rev), onError: changed });
  const error = kept ? change.error : make.error;
  const problem = error ? toProblem(error) : undefined;
  return {
    draft: state.draft,
    dirty,
    /** Somebody else has saved it since this person began. */
    overtaken: dirty && kept !== undefined && kept.rev !== state.rev,
    edit: (next: (draft: Draft) => Draft) => {
      make.reset();
      change.reset();
      setState((old) => ({ ...old, draft: next(old.draft) }));
    },
    discard: () => setState(begin(kept ?? blank, kept?.rev ?? 0)),
    /** Mine, to be saved over theirs. */
    keepMine: () => setState((old) => ({ ...old, rev: kept?.rev ?? old.rev })),
    save: () => {
      const body = planOf(state.draft);
      if (kept) change.mutate({ params: { path: { id: kept.id } }, headers: ifMatch(state.rev), body });
      else make.mutate({ body });
    },
    saving: make.isPending || change.isPending,
    problem: problem && problem.status !== 412 ? problem : undefined,
  };
}

export type ScheduleDraft = ReturnType<typeof useScheduleDraft>;

const SETTLE_MS = 400;

/** What a draft would come to; asked again when it stands still. */
export function useDrawnDraft(plan: Plan | undefined, { from, to }: Stretch) {
  const text = plan ? JSON.stringify(plan) : "";
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const query = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
  const drawn = useQuery({
    queryKey: ["schedule-preview", settled, from, to],
    queryFn: async ({ signal }) => (await api.POST("/schedules/preview", { params: { query }, body: JSON.parse(settled) as Plan, signal })).data,
    enabled: settled !== "",
    placeholderData: keepPreviousData,
    retry: false,
  });
  return { ...drawn, behind: settled !== text };
}
