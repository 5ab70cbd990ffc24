import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { $api, api, ifMatch } from "@/api/client";
import { toProblem } from "@/lib/problem";
import { notify, notifyError } from "@/ui/toast";
import { changedSections, changeOf, type Draft, draftOf, type Edit, edited, placeOf, rebased } from "./draft";
import type { Policy } from "./types";

interface State {
  /** The policy the person began with. */
  base: Policy;
  draft: Draft;
}

const begin = (policy: Policy): State => ({ base: policy, draft: draftOf(policy) });

/** The rules being edited, beside the ones in force. */
export function usePolicy(policy: Policy, onAnswered: () => void) {
  const client = useQueryClient();
  const [state, setState] = useState(() => begin(policy));
  const changed = changedSections(state.draft, state.base);
  const dirty = changed.length > 0;
  // Untouched rules follow what others save; touched ones wait for a decision.
  if (!dirty && policy.rev !== state.base.rev) setState(begin(policy));

  const key = $api.queryOptions("get", "/policy", {}).queryKey;
  const keep = (saved: Policy) => {
    setState(begin(saved));
    client.setQueryData(key, saved);
    void client.invalidateQueries({ queryKey: ["get", "/policy/history"] });
  };
  const undo = async (saved: Policy, before: number) => {
    try {
      const { data } = await api.POST("/policy/undo", { params: { header: ifMatch(saved.rev) }, body: { to_rev: before, reason: "Taken back right after it was saved" } });
      if (data) keep(data);
      notify("The rules are as they were");
    } catch (error) {
      notifyError("The rules were not put back", error);
    }
  };
  const save = $api.useMutation("put", "/policy", {
    onSuccess: (saved) => {
      const before = state.base.rev;
      keep(saved);
      onAnswered();
      notify("The rules are saved; they hold for findings that come in from now on", () => void undo(saved, before));
    },
    onError: (error) => {
      const refused = toProblem(error);
      if (refused.status === 412) void client.invalidateQueries({ queryKey: key });
      // What is wrong with a rule is shown in it, not over it.
      if (refused.status === 412 || (placeOf(refused) && refused.slug !== "matches-everything")) onAnswered();
    },
  });
  const problem = save.error ? toProblem(save.error) : undefined;
  return {
    base: state.base,
    draft: state.draft,
    changed,
    dirty,
    /** Somebody else has saved other rules since this person began. */
    overtaken: dirty && policy.rev !== state.base.rev,
    theirs: policy,
    change: (edit: Edit) => {
      save.reset();
      setState((old) => ({ ...old, draft: edited(old.draft, edit) }));
    },
    discard: () => setState(begin(policy)),
    /** Mine on top of theirs. */
    rebase: () => setState((old) => ({ base: policy, draft: rebased(old.draft, old.base, policy).draft })),
    save: (reason: string, confirm: boolean) =>
      save.mutate({ params: { header: ifMatch(state.base.rev) }, body: { ...changeOf(state.draft, state.base), reason, confirm } }),
    saving: save.isPending,
    forget: save.reset,
    /** What the server said, unless that is shown as being overtaken. */
    problem: problem && problem.status !== 412 ? problem : undefined,
    place: problem && placeOf(problem),
  };
}

export type PolicyDraft = ReturnType<typeof usePolicy>;
