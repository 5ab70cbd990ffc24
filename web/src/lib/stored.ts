import { useSyncExternalStore } from "react";

const listeners = new Set<() => void>();

/** Reads a small setting of this browser; storage may be switched off. */
export function readStored(key: string): string | null {
  try {
    return localStorage.getItem(`tocsin.${key}`);
  } catch {
    return null;
  }
}

/** Keeps a small setting of this browser; null forgets it. */
export function writeStored(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`tocsin.${key}`);
    else localStorage.setItem(`tocsin.${key}`, value);
  } catch {
    // Without storage the setting lasts as long as nobody needs it.
  }
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("storage", listener);
  };
}

/** A setting of this browser that follows changes, in other tabs as well. */
export function useStored(key: string): [string | null, (value: string | null) => void] {
  const value = useSyncExternalStore(subscribe, () => readStored(key));
  return [value, (next) => writeStored(key, next)];
}
