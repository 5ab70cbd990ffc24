import { useCan } from "@/api/session";
import { type Action, useActions } from "@/lib/actions";
import type { FindingRow } from "./words";

interface Input {
  rows: readonly FindingRow[];
  active: string | undefined;
  setActive: (id: string | undefined) => void;
  open: (id: string) => void;
  promote: (finding: FindingRow) => void;
  focusFilter: () => void;
  fresh: boolean;
  refresh: () => void;
}

const SCREEN = 20;

/** Everything that can be done on the list of findings, as data. */
export function useFindingsActions(input: Input) {
  const can = useCan();
  const { rows, active } = input;
  const at = rows.findIndex((row) => row.id === active);
  const row = rows[at];
  const move = (step: number) => {
    const next = rows[Math.min(rows.length - 1, Math.max(0, at + step))];
    if (next) input.setActive(next.id);
  };
  const action = (id: string, label: string, keys: string, run: () => void, rest: Partial<Action> = {}): Action => ({ id: `finding.${id}`, label, group: "Findings", keys, run, ...rest });
  const only = { keyOnly: true };
  const open = action("open", "Open", "Enter", () => row && input.open(row.id), { blocked: !row && "Choose a finding first" });
  const promote = action("promote", "Open a ticket…", "p", () => row && input.promote(row), {
    hidden: !can("finding.promote"),
    blocked: !row ? "Choose a finding first" : row.ticket !== "" && `It belongs to ${row.ticket}`,
  });
  const refresh = action("refresh", "New findings have come: show", ".", input.refresh, { hidden: !input.fresh });
  useActions([
    action("next", "Next finding", "j,ArrowDown", () => move(1), only),
    action("previous", "Previous finding", "k,ArrowUp", () => move(-1), only),
    action("page-down", "A screen down", "PageDown", () => move(SCREEN), only),
    action("page-up", "A screen up", "PageUp", () => move(-SCREEN), only),
    open,
    promote,
    action("filter", "Filter", "/", input.focusFilter, only),
    refresh,
  ]);
  return { open, promote, refresh };
}
