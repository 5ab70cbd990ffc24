import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { $api, api, ifMatch } from "@/api/client";
import { toProblem } from "@/lib/problem";
import { notify, notifyError } from "@/ui/toast";
import { changedSections, changeOf, documentOf, rebased } from "./draft";
import type { Document, Edition } from "./types";

interface State {
  /** The edition that the person began with. */
  base: Edition;
  draft: Document;
}

const begin = (edition: Edition): State => ({ base: edition, draft: documentOf(edition) });

/** The document being edited, beside the one in force. */
export function useSLA(edition: Edition, onAnswered: () => void) {
  const client = useQueryClient();
  const [state, setState] = useState(() => begin(edition));
  const changed = changedSections(state.draft, state.base);
  const dirty = changed.length > 0;
  // Untouched, it follows what others save; touched, it waits for a decision.
  if (!dirty && edition.rev !== state.base.rev) setState(begin(edition));

  const key = $api.queryOptions("get", "/sla", {}).queryKey;
  const keep = (saved: Edition) => {
    setState(begin(saved));
    client.setQueryData(key, saved);
    void client.invalidateQueries({ queryKey: ["get", "/sla/history"] });
  };
  const undo = async (saved: Edition, before: number) => {
    try {
      const { data } = await api.POST("/sla/undo", { headers: ifMatch(saved.rev), body: { to_rev: before, reason: "Taken back right after it was saved" } });
      if (data) keep(data);
      notify("The targets are as they were");
    } catch (error) {
      notifyError("The targets were not put back", error);
    }
  };
  const save = $api.useMutation("put", "/sla", {
    onSuccess: (saved) => {
      const before = state.base.rev;
      keep(saved);
      onAnswered();
      notify(`Version ${saved.rev} holds for tickets that open from now on; running clocks keep theirs`, () => void undo(saved, before));
    },
    onError: (error) => {
      const refused = toProblem(error);
      if (refused.status === 412) void client.invalidateQueries({ queryKey: key });
      // What is wrong with a field is shown at it, not over it.
      if (refused.fields.some(({ location }) => !location?.endsWith("reason"))) onAnswered();
    },
  });
  const problem = save.error ? toProblem(save.error) : undefined;
  return {
    draft: state.draft,
    base: state.base,
    changed,
    dirty,
    /** Somebody else has saved another version since this person began. */
    overtaken: dirty && edition.rev !== state.base.rev,
    theirs: edition,
    change: (next: (draft: Document) => Document) => {
      save.reset();
      setState((old) => ({ ...old, draft: next(old.draft) }));
    },
    discard: () => setState(begin(edition)),
    /** Mine on top of theirs. */
    rebase: () => setState((old) => ({ base: edition, draft: rebased(old.draft, old.base, edition).draft })),
    save: (reason: string) => save.mutate({ headers: ifMatch(state.base.rev), body: { ...changeOf(state.draft, state.base), reason } }),
    saving: save.isPending,
    forget: save.reset,
    problem: problem && problem.status !== 412 ? problem : undefined,
  };
}

export type SLADraft = ReturnType<typeof useSLA>;
