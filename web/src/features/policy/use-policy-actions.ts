import { type Action, useActions } from "@/lib/actions";
import { defaultRules } from "./default-rules";
import { sameRules, unready } from "./draft";
import type { PolicyDraft } from "./use-policy";

/** Everything that can be done with the policy, as data. */
export function usePolicyActions(draft: PolicyDraft, canEdit: boolean, mistakeIn: number | undefined) {
  const action = (id: string, label: string, rest: Pick<Action, "run"> & Partial<Action>): Action => ({ id: `policy.${id}`, label, group: "Policy", hidden: !canEdit, ...rest });
  const save = action("save", "Save", {
    keys: "mod+s",
    blocked: draft.overtaken ? "Decide first what becomes of the other change" : !draft.dirty ? "Nothing is changed" : mistakeIn !== undefined ? `Rule ${mistakeIn + 1} has a mistake` : unready(draft.rules),
    run: draft.save,
  });
  const add = action("add", "Add rule", { keys: "n", run: () => draft.change({ do: "add" }) });
  const reset = action("reset", "Default rules", {
    blocked: sameRules(draft.rules, defaultRules) && "These are the default rules",
    run: () => draft.change({ do: "replace", rules: defaultRules }),
  });
  const discard = action("discard", "Discard changes", { hidden: !canEdit || !draft.dirty, run: draft.discard });
  useActions([save, add, reset, discard]);
  return { save, add, reset, discard };
}
