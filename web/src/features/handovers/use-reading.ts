import { useState } from "react";
import type { Handover } from "@/api/handovers";
import { nextUnread, stepFrom } from "@/lib/handover";

/** The button of a section; there is one briefing on a page. */
const headOf = (id: string) => document.querySelector<HTMLElement>(`[data-section="${CSS.escape(id)}"]`);
const here = () => document.activeElement?.getAttribute("data-section") ?? undefined;

/** Which sections are open, and how somebody goes through them. Opening one for the first time is noted. */
export function useReading(handover: Handover, note: (section: string) => void) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const ids = handover.briefing.sections.map((section) => section.id);
  const set = (id: string, shown: boolean) => {
    setOpen((old) => (shown ? new Set([...old, id]) : new Set([...old].filter((one) => one !== id))));
    const unread = handover.checklist.some((one) => one.id === id && !one.opened_at);
    if (shown && unread && handover.permissions.accept) note(id);
  };
  const goTo = (id: string | undefined) => {
    const head = id === undefined ? null : headOf(id);
    head?.focus();
    head?.scrollIntoView({ block: "nearest" });
  };
  return {
    open,
    toggle: (id: string) => set(id, !open.has(id)),
    step: (by: number) => goTo(stepFrom(ids, here(), by)),
    next: () => {
      const next = nextUnread(handover.checklist, here());
      if (next === undefined) return;
      set(next, true);
      goTo(next);
    },
  };
}
