import { useSyncExternalStore } from "react";

// One timer for every clock on the screen; each reader is redrawn only when its own step passes.
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    for (const each of listeners) each();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The present time, rounded down to `stepMs` (1,000 at the finest) and moving on by it. */
export function useNow(stepMs = 10_000): Date {
  const step = useSyncExternalStore(subscribe, () => Math.floor(Date.now() / stepMs));
  return new Date(step * stepMs);
}

/**
 * What a clock says, read anew each second. Its reader is drawn again only when the words change, so a
 * long list of clocks costs one timer and hardly any drawing.
 */
export function useTicking(read: (now: number) => string): string {
  return useSyncExternalStore(subscribe, () => read(Date.now()));
}
