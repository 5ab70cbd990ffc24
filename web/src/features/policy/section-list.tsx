import { useState } from "react";
import type { LoadedQuery } from "@/ui/loaded";
import type { Problem } from "@/lib/problem";
import type { Edit, Place } from "./draft";
import { type ListLine, ListsPanel } from "./lists-panel";
import { SectionPanel } from "./section-panel";
import { sections } from "./sections";
import type { SectionId } from "./types";
import { useKeptFocus } from "./use-kept-focus";
import type { Known } from "./use-names";
import type { PolicyDraft } from "./use-policy";
import type { PolicyActions } from "./use-policy-actions";
import type { RowStates } from "./use-row-states";

interface SectionListProps {
  draft: PolicyDraft;
  actions: PolicyActions;
  states: RowStates;
  known: Known;
  lists: LoadedQuery<{ items: ListLine[] }>;
  open: string | undefined;
  onOpen: (key: string | undefined) => void;
  problem: Problem | undefined;
  place: Place | undefined;
  readOnly: boolean;
}

/** All sections in their order; what an edit does beside changing the draft (the focus, what is said) happens here. */
export function SectionList({ draft, actions, states, known, lists, open, onOpen, problem, place, readOnly }: SectionListProps) {
  const keepFocus = useKeptFocus(draft.draft, open);
  const [said, setSaid] = useState("");
  const edit = (section: SectionId) => (change: Edit) => {
    const list = draft.draft[section];
    const index = "key" in change ? list.findIndex((rule) => rule.key === change.key) : -1;
    const rule = list[index];
    if (change.do === "remove" && rule) return actions.remove(section, rule, index);
    if (change.do === "move") {
      keepFocus();
      const to = index + 1 + change.by;
      if (to >= 1 && to <= list.length) setSaid(`Now ${to} of ${list.length}`);
    }
    draft.change(change);
  };
  return (
    <div className="policy-sections">
      {sections.map((section) => (
        <SectionPanel
          key={section.id}
          section={section}
          rules={draft.draft[section.id]}
          states={states[section.id]}
          changed={draft.changed.includes(section.id)}
          known={known}
          open={open}
          onOpen={onOpen}
          onEdit={edit(section.id)}
          onAdd={() => actions.add(section.id)}
          problem={problem}
          place={place}
          readOnly={readOnly}
        />
      ))}
      <ListsPanel lists={lists} />
      <div role="status" className="visually-hidden">
        {said}
      </div>
    </div>
  );
}
