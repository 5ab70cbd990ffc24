import type { Ticket } from "@/api/models";
import { formatCode } from "@/lib/format";
import { type Phase, phases, type Resolution, resolutions } from "@/lib/words";

export type MoveKind = "next" | "skip" | "back";

const place = (phase: Phase) => phases.indexOf(phase);

/** How long the reason for leaving phases out must be (ux.md §3). */
export const MIN_SKIP_REASON = 20;

export function moveKind(from: Phase, to: Phase): MoveKind {
  if (place(to) < place(from)) return "back";
  return place(to) === place(from) + 1 ? "next" : "skip";
}

/** The phases between two, which a move leaves out. */
export function skippedBetween(from: Phase, to: Phase): Phase[] {
  return phases.slice(place(from) + 1, place(to));
}

/** Why a move can't be sent yet, false when it can. The server decides again. */
export function moveBlocked(from: Phase, to: Phase, reason: string, waive: boolean): string | false {
  const length = [...reason.trim()].length;
  const kind = moveKind(from, to);
  if (kind === "skip" && length < MIN_SKIP_REASON) return `Leaving phases out needs a reason of at least ${MIN_SKIP_REASON} characters`;
  if (kind === "back" && length === 0) return "Going back needs a reason";
  if (waive && length === 0) return "Waiving checks needs a reason";
  return false;
}

/** The phase that comes next and is allowed, or else the first allowed one. */
export function suggestedPhase(ticket: Pick<Ticket, "phase" | "allowed_phases">): Phase | undefined {
  return ticket.allowed_phases.find((to) => moveKind(ticket.phase, to) === "next") ?? ticket.allowed_phases[0];
}

export interface ResolutionChoice {
  value: Resolution;
  label: string;
  meaning: string;
  /** Why it can't be chosen now. */
  blocked?: string;
}

const meanings: Record<Exclude<Resolution, "merged">, string> = {
  resolved: "It was real and has been worked through.",
  false_positive: "The detector was wrong: nothing of the kind happened.",
  benign_true_positive: "It happened, and it was allowed or harmless.",
  duplicate: "Another ticket covers it; name that ticket in the reason.",
  accepted_risk: "It is real and stays as it is; somebody entitled to has decided that.",
  test_exercise: "It came from a test or an exercise.",
};

/** How a ticket in this phase may end. "Resolved" claims recovery, so it is offered from there on. */
export function resolutionChoices(phase: Phase): ResolutionChoice[] {
  const early = place(phase) < place("recovery");
  return resolutions
    .filter((value) => value !== "merged")
    .map((value) => ({
      value,
      label: formatCode(value),
      meaning: meanings[value],
      ...(value === "resolved" && early ? { blocked: notRecovered(phase) } : {}),
    }));
}

function notRecovered(phase: Phase): string {
  return `Not from ${formatCode(phase)}: resolved says that the incident was contained and recovered from. Move the ticket to Recovery first, or choose what it was instead.`;
}
