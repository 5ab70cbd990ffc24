import { useNow } from "@/lib/now";
import { type Mark, marksOf } from "./attention";
import { type Draft, triable } from "./draft";
import { sections } from "./sections";
import type { Policy, Preview, SectionId } from "./types";
import { matchedOf, usePreview } from "./use-preview";

const IDLE_DAYS = 30;

export interface RowState {
  /** How many findings it took in the preview. */
  matched: number | undefined;
  marks: readonly Mark[];
}

export type RowStates = Record<SectionId, RowState[]>;

interface Input {
  draft: Draft;
  policy: Policy;
  preview: Preview | undefined;
  isActive: (person: string) => boolean | undefined;
  canEdit: boolean;
}

/** What each row says beside its rule: what it took, and what somebody should look at. */
export function useRowStates({ draft, policy, preview, isActive, canEdit }: Input): RowStates {
  const now = useNow(60_000);
  const month = usePreview(policy, IDLE_DAYS, canEdit && policy.suppressions.length > 0);
  // Where not all findings were looked at, nobody knows that none matched.
  const asked = month.data?.truncated === false ? month.data : undefined;
  const tried = triable(draft);
  const rowsOf = (id: SectionId) =>
    draft[id].map((rule): RowState => {
      const inMonth = asked?.by_rule.find((row) => row.section === id && row.id === rule.id)?.matched;
      return { matched: matchedOf(preview, id, rule.key, tried), marks: marksOf(rule, { now, isActive, matched: inMonth }) };
    });
  return Object.fromEntries(sections.map(({ id }) => [id, rowsOf(id)])) as RowStates;
}

/** How many rows ask somebody to look. */
export function urgentOf(states: readonly RowState[]): number {
  return states.filter((state) => state.marks.some((mark) => mark.urgent)).length;
}
