import { type Action, useActions } from "@/lib/actions";
import { notify } from "@/ui/toast";
import { type DraftRule, newKey, unready } from "./draft";
import { openerId } from "./rule-row";
import { sectionOf, sections } from "./sections";
import type { SectionId } from "./types";
import type { PolicyDraft } from "./use-policy";

interface Input {
  draft: PolicyDraft;
  canEdit: boolean;
  /** What is wrong with the draft, if the server found something. */
  mistake: string | undefined;
  setOpen: (key: string | undefined) => void;
  onSave: () => void;
  onHistory: () => void;
}

/** Everything that can be done with the rules, as data. What acts on a rule acts on the one that has the keyboard. */
export function usePolicyActions({ draft, canEdit, mistake, setOpen, onSave, onHistory }: Input) {
  const rows = sections.flatMap(({ id }) => draft.draft[id].map((rule, index) => ({ section: id, rule, index })));
  const here = () => rows.find(({ rule }) => rule.key === focusedKey());
  const focus = (key: string | undefined) => key && document.getElementById(openerId(key))?.focus();
  const step = (by: number) => {
    const at = rows.findIndex(({ rule }) => rule.key === focusedKey());
    focus(rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by))]?.rule.key);
  };
  const add = (section: SectionId) => {
    const key = newKey();
    const rule = sectionOf(section)?.blank(new Date());
    if (!rule) return;
    draft.change({ do: "add", section, rule, as: key });
    setOpen(key);
  };
  const remove = (section: SectionId, rule: DraftRule, index: number) => {
    draft.change({ do: "remove", section, key: rule.key });
    const next = rows[rows.findIndex((row) => row.rule.key === rule.key) + 1] ?? rows.at(-2);
    requestAnimationFrame(() => focus(next?.rule.key));
    notify(`“${rule.name}” is taken out of the draft`, () => draft.change({ do: "restore", section, rule, at: index }));
  };
  const toggle = () => {
    const row = here();
    if (row && "enabled" in row.rule) draft.change({ do: "change", section: row.section, key: row.rule.key, patch: { enabled: !row.rule.enabled } });
  };
  const duplicate = () => {
    const row = here();
    const key = newKey();
    if (!row) return;
    draft.change({ do: "duplicate", section: row.section, key: row.rule.key, as: key });
    setOpen(key);
  };
  const action = (id: string, label: string, rest: Pick<Action, "run"> & Partial<Action>): Action => ({ id: `policy.${id}`, label, group: "Rules", hidden: !canEdit, ...rest });
  const why = draft.overtaken ? "Decide first what becomes of the other change" : !draft.dirty ? "Nothing is changed" : (unready(draft.draft)?.why ?? mistake);
  const save = action("save", "Save…", { keys: "mod+s", blocked: why, run: onSave });
  const discard = action("discard", "Discard changes", { hidden: !canEdit || !draft.dirty, run: draft.discard });
  const history = action("history", "History", { hidden: false, keys: "h", run: onHistory });
  const only = { keyOnly: true };
  useActions([
    save,
    discard,
    history,
    action("next", "Next rule", { ...only, hidden: false, keys: "j,ArrowDown", run: () => step(1) }),
    action("previous", "Previous rule", { ...only, hidden: false, keys: "k,ArrowUp", run: () => step(-1) }),
    action("add", "Add a rule to this section", { keys: "n", run: () => add(here()?.section ?? "rules") }),
    action("toggle", "Switch the rule on or off", { ...only, keys: "x", run: toggle }),
    action("duplicate", "Duplicate the rule", { ...only, keys: "d", run: duplicate }),
    action("delete", "Delete the rule", {
      ...only,
      keys: "Delete",
      run: () => {
        const row = here();
        if (row) remove(row.section, row.rule, row.index);
      },
    }),
    ...sections.map(({ id, one }) => action(`add-${id}`, `Add ${one}`, { run: () => add(id) })),
  ]);
  return { save, discard, history, add, remove };
}

export type PolicyActions = ReturnType<typeof usePolicyActions>;

/** The key of the rule that the keyboard is in. */
function focusedKey(): string | undefined {
  return document.activeElement?.closest<HTMLElement>("[data-rule]")?.dataset.rule;
}
