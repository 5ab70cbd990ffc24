import { type Action, useActions } from "@/lib/actions";
import { formatCount } from "@/lib/format";
import type { Group, QuarantineItem } from "./groups";
import type { State, useDecisions } from "./use-quarantine";

interface Input {
  items: readonly QuarantineItem[];
  item: QuarantineItem | undefined;
  group: Group | undefined;
  state: State;
  decisions: ReturnType<typeof useDecisions>;
  select: (id: string) => void;
  dismiss: (items: readonly QuarantineItem[]) => void;
}

/** Everything that can be done in the quarantine, as data. */
export function useQuarantineActions({ items, item, group, state, decisions, select, dismiss }: Input) {
  const one = item ? [item] : [];
  const all = group?.items ?? [];
  const count = formatCount(all.length);
  const busy = decisions.busy && "It is being done";
  const decided = state === "dismissed" && "It is dismissed";
  const alone = all.length < 2 || state !== "new";
  const move = (step: number) => {
    const at = items.findIndex((other) => other.id === item?.id);
    const next = items[Math.min(items.length - 1, Math.max(0, at + step))];
    if (next) select(next.id);
  };
  const action = (id: string, label: string, rest: Pick<Action, "run"> & Partial<Action>): Action => ({ id: `quarantine.${id}`, label, group: "Quarantine", ...rest });
  const retry = action("retry", "Read it once more", { keys: "r", blocked: busy, run: () => void decisions.retry(one) });
  const retryGroup = action("retry-group", `Read all ${count} of this reason once more`, { keys: "shift+r", hidden: alone, blocked: busy, run: () => void decisions.retry(all) });
  const dismissOne = action("dismiss", "Dismiss…", { keys: "d", blocked: busy || decided, run: () => dismiss(one) });
  const dismissGroup = action("dismiss-group", `Dismiss all ${count} of this reason…`, { keys: "shift+d", hidden: alone, blocked: busy, run: () => dismiss(all) });
  useActions([
    action("next", "Next part", { keys: "j,ArrowDown", keyOnly: true, run: () => move(1) }),
    action("previous", "Previous part", { keys: "k,ArrowUp", keyOnly: true, run: () => move(-1) }),
    retry,
    dismissOne,
    retryGroup,
    dismissGroup,
  ]);
  return { retry, dismiss: dismissOne, retryGroup, dismissGroup };
}
