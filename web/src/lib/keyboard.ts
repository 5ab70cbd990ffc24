/** Keys as written in an action: "t", "shift+x", "mod+k", "?", "Enter", "g q" (one after the other). */
export type Keys = string;

const SEQUENCE_MS = 1200;

/** Whether Ctrl is Cmd on this machine. */
export function isApple(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.userAgent);
}

/** One key press in the notation of Keys; "" for a modifier alone. */
export function keyOf(event: KeyboardEvent): string {
  if (["Shift", "Control", "Alt", "Meta", "CapsLock", "Dead", "Process"].includes(event.key)) return "";
  // AltGr types characters ("@", "[") on many keyboards; it is no modifier of ours.
  const altGraph = event.getModifierState?.("AltGraph") ?? false;
  const parts: string[] = [];
  if ((event.ctrlKey || event.metaKey) && !altGraph) parts.push("mod");
  if (event.altKey && !altGraph) parts.push("alt");
  const letter = /^[a-z]$/i.test(event.key);
  if (event.shiftKey && (letter || event.key.length > 1)) parts.push("shift");
  parts.push(letter ? event.key.toLowerCase() : event.key === " " ? "Space" : event.key);
  return parts.join("+");
}

/** "g q" as ["g", "q"], for the key hints. */
export function keyParts(keys: Keys): string[] {
  return keys.split(" ");
}

/** How a key reads on a key hint: "Ctrl K", "Shift X", "↵". */
export function keyLabel(key: string, apple = isApple()): string {
  const names: Record<string, string> = {
    mod: apple ? "⌘" : "Ctrl",
    alt: apple ? "⌥" : "Alt",
    shift: "Shift",
    Enter: "↵",
    Escape: "Esc",
    ArrowDown: "↓",
    ArrowUp: "↑",
    PageDown: "PgDn",
    PageUp: "PgUp",
  };
  const parts = key.split("+").filter((part) => part !== "");
  if (parts.length === 0) return "+";
  return parts.map((part) => names[part] ?? (parts.length > 1 ? part.toUpperCase() : part)).join(" ");
}

/** Where a key press belongs to the thing that has the focus and not to us. */
export function belongsToTarget(event: KeyboardEvent, key: string): boolean {
  const target = event.target;
  if (!(target instanceof Element)) return false;
  const inOverlay = target.closest("[role=dialog],[role=alertdialog],[role=menu],[role=listbox]") !== null;
  if (key.startsWith("mod+")) return inOverlay;
  if (inOverlay || isTyping(target)) return true;
  if (key === "Enter" || key === "Space") {
    return target.closest("a,button,summary,label,[role=button],[role=tab],[role=menuitem],[role=link]") !== null;
  }
  return key.startsWith("Arrow") && target.closest("[role=tablist],[role=radiogroup]") !== null;
}

/** Whether somebody has used a key press already. A button that can't be pressed uses up every key and does nothing with it. */
export function isUsedUp(event: KeyboardEvent): boolean {
  if (!event.defaultPrevented) return false;
  const deaf = event.target instanceof Element && event.target.closest("button[aria-disabled=true]") !== null;
  return !deaf;
}

function isTyping(target: Element): boolean {
  if (target instanceof HTMLInputElement) {
    return !["checkbox", "radio", "button", "submit", "reset", "file"].includes(target.type);
  }
  if (target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLElement && target.isContentEditable;
}

/** Follows key presses through sequences. Pure: time comes in with each press. */
export class KeyMatcher {
  private pending: string[] = [];
  private lastAt = 0;

  /**
   * The candidate whose keys are now complete, or undefined. The last candidate wins, so a page
   * may take over a key of the shell. `pending` tells whether a longer sequence is on its way.
   */
  press<T extends { keys: Keys }>(key: string, at: number, candidates: readonly T[]): { match?: T; pending: boolean } {
    const fresh = at - this.lastAt > SEQUENCE_MS ? [] : this.pending;
    this.lastAt = at;
    for (const typed of [[...fresh, key], [key]]) {
      const whole = typed.join(" ");
      const match = candidates.findLast((c) => c.keys === whole);
      if (match) {
        this.pending = [];
        return { match, pending: false };
      }
      if (candidates.some((c) => c.keys.startsWith(`${whole} `))) {
        this.pending = typed;
        return { pending: true };
      }
    }
    this.pending = [];
    return { pending: false };
  }
}
