import { useCallback, useState } from "react";

/** Ticked rows by key, with ranges from the last one ticked. Forgets nothing when rows are patched. */
export function useSelection(order: readonly string[]) {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [anchor, setAnchor] = useState<string>();

  const toggle = useCallback(
    (key: string, range: boolean) => {
      setSelected((old) => (range && anchor ? withRange(old, order, anchor, key) : withToggled(old, key)));
      setAnchor(key);
    },
    [anchor, order],
  );
  const clear = useCallback(() => setSelected((old) => (old.size === 0 ? old : new Set())), []);
  return { selected, toggle, clear };
}

export function withToggled(old: ReadonlySet<string>, key: string): Set<string> {
  const next = new Set(old);
  if (!next.delete(key)) next.add(key);
  return next;
}

/** Adds every row between two, both included, whichever comes first. */
export function withRange(old: ReadonlySet<string>, order: readonly string[], from: string, to: string): Set<string> {
  const [a, b] = [order.indexOf(from), order.indexOf(to)];
  if (a < 0 || b < 0) return withToggled(old, to);
  return new Set([...old, ...order.slice(Math.min(a, b), Math.max(a, b) + 1)]);
}
