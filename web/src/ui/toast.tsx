import { useEffect, useState, useSyncExternalStore } from "react";
import type { Action } from "@/lib/actions";
import { useActions } from "@/lib/actions";
import { toProblem } from "@/lib/problem";
import { Button } from "./button";
import "./toast.css";

interface Toast {
  id: number;
  text: string;
  tone: "plain" | "danger";
  undo?: () => void;
}

const LIFE_MS = 10_000;

// Outside React because what has to be said often happens in a callback after its component is gone.
let toasts: Toast[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

function put(next: Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

/** Says that something was done; with `undo` it can be taken back for ten seconds (key u). */
export function notify(text: string, undo?: () => void): void {
  put([...toasts.slice(-3), { id: nextId++, text, tone: "plain", ...(undo ? { undo } : {}) }]);
}

/** Says that something failed. */
export function notifyError(text: string, error: unknown): void {
  const problem = toProblem(error);
  const reference = problem.instance ? ` (reference ${problem.instance})` : "";
  put([...toasts.slice(-3), { id: nextId++, text: `${text}: ${problem.message}${reference}`, tone: "danger" }]);
}

function dismiss(id: number): void {
  put(toasts.filter((toast) => toast.id !== id));
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Where toasts appear. Used once, by the shell. */
export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  const last = shown.findLast((toast) => toast.undo);
  const undo: Action = {
    id: "toast.undo",
    label: "Undo",
    group: "General",
    keys: "u",
    hidden: !last,
    run: () => {
      if (!last) return;
      dismiss(last.id);
      last.undo?.();
    },
  };
  useActions([undo]);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map((toast) => (
        <ToastCard key={toast.id} toast={toast} />
      ))}
    </div>
  );
}

function ToastCard({ toast }: { toast: Toast }) {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    // An error stays until it is dismissed: nobody should have to read fast.
    if (held || toast.tone === "danger") return;
    const timer = setTimeout(() => dismiss(toast.id), LIFE_MS);
    return () => clearTimeout(timer);
  }, [held, toast]);
  const undo = () => {
    dismiss(toast.id);
    toast.undo?.();
  };
  return (
    // Reading it or reaching for its button holds it; nothing can be done to the box itself.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      className={`toast toast-${toast.tone}`}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <span>{toast.text}</span>
      {toast.undo && (
        <Button onClick={undo} keys="u">
          Undo
        </Button>
      )}
      <Button tone="quiet" onClick={() => dismiss(toast.id)} aria-label={`Dismiss: ${toast.text}`}>
        Dismiss
      </Button>
    </div>
  );
}
