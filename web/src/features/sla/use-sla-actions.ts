import { type Action, useActions } from "@/lib/actions";
import { mistakeWords, type Mistakes } from "./problems";
import type { SLADraft } from "./use-sla";

export const tabs = [
  { id: "targets", label: "Targets" },
  { id: "calendars", label: "Calendars" },
  { id: "ladders", label: "Ladders" },
  { id: "simulator", label: "Simulator" },
  { id: "history", label: "History" },
] as const;
export type TabId = (typeof tabs)[number]["id"];

interface Input {
  draft: SLADraft;
  canEdit: boolean;
  mistakes: Mistakes;
  onSave: () => void;
  onRebase: () => void;
  onTab: (tab: TabId) => void;
}

/** Everything that can be done with the document, as data. */
export function useSLAActions({ draft, canEdit, mistakes, onSave, onRebase, onTab }: Input) {
  const action = (id: string, label: string, rest: Pick<Action, "run"> & Partial<Action>): Action => ({ id: `sla.${id}`, label, group: "SLA", hidden: !canEdit, ...rest });
  const why = draft.overtaken ? "Decide first what becomes of the other change" : !draft.dirty ? "Nothing is changed" : mistakes.first && mistakeWords(mistakes.first);
  const save = action("save", "Save…", { keys: "mod+s", blocked: why, run: onSave });
  const discard = action("discard", "Discard changes", { hidden: !canEdit || !draft.dirty, run: draft.discard });
  const rebase = action("rebase", "Re-base running clocks…", { blocked: draft.dirty && "Save or discard the changes first", run: onRebase });
  useActions([
    save,
    discard,
    rebase,
    ...tabs.map(({ id, label }, i) => action(`tab-${id}`, `Show ${label.toLowerCase()}`, { hidden: false, keys: String(i + 1), run: () => onTab(id) })),
  ]);
  return { save, discard, rebase };
}
