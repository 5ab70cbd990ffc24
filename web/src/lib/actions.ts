import { createContext, useContext, useEffect, useId, useLayoutEffect, useRef, useSyncExternalStore } from "react";
import { belongsToTarget, isUsedUp, KeyMatcher, keyOf, type Keys } from "./keyboard";
import { readStored } from "./stored";

/**
 * Something a person can do here, as data. The same object feeds its button, its menu item, the
 * command palette, the keyboard and the help sheet, so a key can never do what no button does.
 */
export interface Action {
  /** Stable name, noun.verb: "ticket.take". */
  id: string;
  /** What the button says. */
  label: string;
  /** Heading in the palette and the help sheet: "Queue", "Go to". */
  group: string;
  /** "t", "g q", "mod+k"; several ways are separated by a comma: "j,ArrowDown". */
  keys?: Keys;
  /** Why it can't be done now; the button is then disabled and says so. */
  blocked?: string | false | undefined;
  /** Left out everywhere, for instance because the role doesn't allow it. */
  hidden?: boolean;
  /** In the help sheet and on the keyboard but not in the palette (moving the cursor). */
  keyOnly?: boolean;
  run: () => void;
}

/** Every action that can be done on the present screen. */
export class ActionRegistry {
  private owners = new Map<string, Action[]>();
  private listeners = new Set<() => void>();
  private flat: Action[] = [];

  set(owner: string, actions: Action[]): void {
    this.owners.set(owner, actions);
    this.changed();
  }

  remove(owner: string): void {
    this.owners.delete(owner);
    this.changed();
  }

  list = (): Action[] => this.flat;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  private changed(): void {
    this.flat = [...this.owners.values()].flat().filter((a) => !a.hidden);
    for (const listener of this.listeners) listener();
  }
}

const RegistryContext = createContext(new ActionRegistry());
export const ActionsProvider = RegistryContext.Provider;

/** Makes actions available while the calling component is on the screen. */
export function useActions(actions: Action[]): void {
  const registry = useContext(RegistryContext);
  const owner = useId();
  const latest = useRef(actions);
  useLayoutEffect(() => {
    latest.current = actions;
  });
  // What can be seen of the actions; their functions are read through the ref when they are run.
  const shape = JSON.stringify(actions.map((a) => [a.id, a.label, a.group, a.keys, a.blocked, a.hidden, a.keyOnly]));
  useEffect(() => {
    const now = latest.current;
    registry.set(
      owner,
      now.map((action, i) => ({ ...action, run: () => latest.current[i]?.run() })),
    );
  }, [registry, owner, shape]);
  useEffect(() => () => registry.remove(owner), [registry, owner]);
}

/** All actions of the present screen, for the palette and the help sheet. */
export function useAllActions(): Action[] {
  const registry = useContext(RegistryContext);
  return useSyncExternalStore(registry.subscribe, registry.list);
}

/** The several ways to press an action: "j,ArrowDown" → ["j", "ArrowDown"]; "," itself stays. */
export function waysOf(keys: Keys | undefined): Keys[] {
  if (!keys) return [];
  return keys === "," ? [","] : keys.split(",");
}

/** Whether single letters are shortcuts; a person may switch them off (WCAG 2.1.4). */
export function singleKeysOn(): boolean {
  return readStored("single-keys") !== "off";
}

/** Listens to the keyboard for the whole window. Used once, by the shell. */
export function useKeyboard(registry: ActionRegistry): void {
  useEffect(() => {
    const matcher = new KeyMatcher();
    const onKeyDown = (event: KeyboardEvent) => {
      if (isUsedUp(event) || event.isComposing) return;
      const key = keyOf(event);
      if (key === "" || belongsToTarget(event, key)) return;
      const single = !key.startsWith("mod+") && key.length === 1;
      if (single && !singleKeysOn()) return;
      const candidates = registry.list().flatMap((action) => waysOf(action.keys).map((keys) => ({ keys, action })));
      const { match, pending } = matcher.press(key, event.timeStamp, candidates);
      if (match || pending) event.preventDefault();
      if (match && !match.action.blocked) match.action.run();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [registry]);
}
