import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { $api, ifMatch } from "@/api/client";
import { toProblem } from "@/lib/problem";
import { notify } from "@/ui/toast";
import { draftOf, type DraftRule, type Edit, edited, plainRules, type Policy, sameRules } from "./draft";

interface Draft {
  /** The policy the person began with. */
  base: Policy;
  rules: DraftRule[];
}

/** The rules being edited, beside the ones in force. */
export function usePolicy(policy: Policy) {
  const client = useQueryClient();
  const [draft, setDraft] = useState<Draft>(() => ({ base: policy, rules: draftOf(policy.rules) }));
  const dirty = !sameRules(draft.rules, draft.base.rules);
  // Untouched rules follow what others save; touched ones wait for a decision.
  if (!dirty && policy.rev !== draft.base.rev) setDraft({ base: policy, rules: draftOf(policy.rules) });

  const key = $api.queryOptions("get", "/policy", {}).queryKey;
  const save = $api.useMutation("put", "/policy", {
    onSuccess: (saved) => {
      setDraft({ base: saved, rules: draftOf(saved.rules) });
      client.setQueryData(key, saved);
      notify("The policy is saved; it holds for findings that come in from now on");
    },
    onError: (error) => {
      if (toProblem(error).status === 412) void client.invalidateQueries({ queryKey: key });
    },
  });
  return {
    rules: draft.rules,
    dirty,
    /** Somebody else has saved other rules since this person began. */
    overtaken: dirty && policy.rev !== draft.base.rev,
    change: (edit: Edit) => {
      save.reset();
      setDraft((old) => ({ ...old, rules: edited(old.rules, edit) }));
    },
    loadTheirs: () => setDraft({ base: policy, rules: draftOf(policy.rules) }),
    keepMine: () => setDraft((old) => ({ base: policy, rules: old.rules })),
    discard: () => setDraft((old) => ({ ...old, rules: draftOf(old.base.rules) })),
    save: () => save.mutate({ params: { header: ifMatch(draft.base.rev) }, body: { rules: plainRules(draft.rules) } }),
    saving: save.isPending,
    error: save.error && toProblem(save.error).status !== 412 ? toProblem(save.error) : undefined,
  };
}

export type PolicyDraft = ReturnType<typeof usePolicy>;
