import { type Action, useActions } from "@/lib/actions";
import { formatCount } from "@/lib/format";
import { type Group, neighbour, type QuarantineItem } from "./groups";
import type { State, useDecisions } from "./use-quarantine";

interface Input {
  groups: readonly Group[];
  group: Group;
  items: readonly QuarantineItem[];
  item: QuarantineItem | undefined;
  state: State;
  decisions: ReturnType<typeof useDecisions>;
  open: (group: string) => void;
  select: (id: string) => void;
  dismiss: (what: "part" | "group") => void;
}

/** Everything that can be done in the quarantine, as data. */
export function useQuarantineActions({ groups, group, items, item, state, decisions, open, select, dismiss }: Input) {
  const count = formatCount(group.count);
  const busy = decisions.busy && "It is being done";
  const decided = state === "dismissed" && "It is dismissed";
  const alone = group.count < 2 || state !== "new";
  const nothing = !item && "Nothing is chosen";
  const move = (step: number) => {
    const next = neighbour(items, item?.id, step);
    if (next) select(next.id);
  };
  const moveGroup = (step: number) => {
    const next = neighbour(groups, group.id, step);
    if (next) open(next.id);
  };
  const action = (id: string, label: string, rest: Pick<Action, "run"> & Partial<Action>): Action => ({ id: `quarantine.${id}`, label, group: "Quarantine", ...rest });
  const retry = action("retry", "Read it once more", { keys: "r", blocked: busy || nothing, run: () => item && void decisions.retry(item) });
  const retryGroup = action("retry-group", `Read all ${count} of this reason once more`, { keys: "shift+r", hidden: alone, blocked: busy, run: () => void decisions.retryGroup(group) });
  const dismissOne = action("dismiss", "Dismiss…", { keys: "d", blocked: busy || decided || nothing, run: () => dismiss("part") });
  const dismissGroup = action("dismiss-group", `Dismiss all ${count} of this reason…`, { keys: "shift+d", hidden: alone, blocked: busy, run: () => dismiss("group") });
  useActions([
    action("next", "Next part", { keys: "j,ArrowDown", keyOnly: true, run: () => move(1) }),
    action("previous", "Previous part", { keys: "k,ArrowUp", keyOnly: true, run: () => move(-1) }),
    action("next-group", "Next reason", { keys: "shift+j", keyOnly: true, run: () => moveGroup(1) }),
    action("previous-group", "Previous reason", { keys: "shift+k", keyOnly: true, run: () => moveGroup(-1) }),
    retry,
    dismissOne,
    retryGroup,
    dismissGroup,
  ]);
  return { retry, dismiss: dismissOne, retryGroup, dismissGroup };
}
