import { Data } from "./kind-words";
import { wordsOf } from "./log-words";
import type { LogEntry } from "./queries";

/** A wish to pause the clocks that nobody has agreed to yet. */
export interface AskedPause {
  by: string;
  byName: string;
  reason: string;
  text: string;
  until: string;
}

const decides = ["sla.paused", "sla.resumed", "ticket.closed", "ticket.merged"];

/** The wish to pause that still waits for a second person, read from the log. */
export function askedPause(entries: readonly LogEntry[]): AskedPause | undefined {
  const last = entries.findLast((entry) => entry.kind === "sla.pause_requested" || decides.includes(entry.kind));
  if (last?.kind !== "sla.pause_requested") return undefined;
  const data = new Data(last.data);
  return { by: last.actor.replace(/^user:/, ""), byName: last.actor_name || "Somebody", reason: data.text("reason"), text: wordsOf(last), until: data.at("until") };
}

/** The question whether the owner is still on it: until when it is to be answered. */
export function askedUntil(entries: readonly LogEntry[]): string {
  const last = entries.findLast((entry) => entry.kind === "sla.asked");
  return last ? new Data(last.data).at("answer_by") : "";
}

/** Why a pause can't end then, false when it can; `max` is as long as its reason allows, in milliseconds. */
export function endBlocked(until: string, now: number, max: number | undefined): string | false {
  if (until === "") return "Say until when";
  const wait = Date.parse(until) - now;
  if (!(wait > 0)) return "The end must lie in the future";
  return max !== undefined && wait > max && "The reason does not allow that long";
}
