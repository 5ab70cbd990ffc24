import { formatCount } from "@/lib/format";
import type { Tone } from "@/ui/badge";
import type { Check, Health } from "./types";

/** The state of a connection, spoken. A way of telling people shows only by telling somebody whether it works. */
export function stateWord(state: string, traffic: Traffic = "read"): string {
  if (state === "starting" && traffic === "told") return "Not used yet";
  switch (state) {
    case "ok":
      return "Working";
    case "failing":
      return "Failing";
    case "starting":
      return "Starting";
    case "off":
      return "Switched off";
    default:
      return state;
  }
}

export function stateTone(state: string): Tone {
  return state === "ok" ? "ok" : state === "failing" ? "critical" : state === "starting" ? "medium" : "info";
}

/** What went through it: "1,204 received, 1,200 stored and taken off the queue, 4 quarantined". */
export function countWords({ received, deleted, quarantined, refused }: Health, called = false): string {
  if (received === 0 && refused === 0) return "Nothing received yet";
  const parts = [`${formatCount(received)} received`];
  if (!called) parts.push(`${formatCount(deleted)} stored and taken off the queue`);
  if (refused > 0) parts.push(`${formatCount(refused)} refused`);
  if (quarantined > 0) parts.push(`${formatCount(quarantined)} in quarantine`);
  return parts.join(", ");
}

/** What goes over a connection: it is read, it is called, or people are told. */
export type Traffic = "read" | "called" | "told";

/** A way of telling people brings nothing in but the buttons they press: "3 pressed, 1 call refused". Nothing where nothing came. */
export function toldWords({ received, refused }: Pick<Health, "received" | "refused">): string {
  const parts: string[] = [];
  if (received > 0) parts.push(`${formatCount(received)} pressed`);
  if (refused > 0) parts.push(`${formatCount(refused)} ${refused === 1 ? "call" : "calls"} refused`);
  return parts.join(", ");
}

/** What a test will do, by what goes over the connection. */
export function testPromise(traffic: Traffic): string {
  switch (traffic) {
    case "told":
      return "Tries what can be tried without waking anybody, and says what was sent and what was not.";
    case "called":
      return "Looks at what is set up. Nothing is sent: the sender calls.";
    case "read":
      return "Signs in and tries each permission for real, without taking a message off a queue.";
  }
}

/** What a test found, in one sentence. */
export function testWords(checks: readonly Check[]): string {
  const bad = checks.filter((check) => !check.ok).length;
  if (checks.length === 0) return "There was nothing to check.";
  if (bad === 0) return checks.length === 1 ? "The one check passed." : `All ${checks.length} checks passed.`;
  return `${bad} of ${checks.length} checks failed.`;
}

export interface CheckGroup {
  /** The queue, or "" for what concerns the whole account. */
  name: string;
  checks: Check[];
}

/** Checks by the thing they are about: "tocsin-feed: sqs:DeleteMessage" belongs to tocsin-feed. */
export function checkGroups(checks: readonly Check[]): CheckGroup[] {
  const groups: CheckGroup[] = [];
  for (const check of checks) {
    const at = check.name.indexOf(": ");
    const name = at < 0 ? "" : check.name.slice(0, at);
    const plain = at < 0 ? check : { ...check, name: check.name.slice(at + 2) };
    const group = groups.find((g) => g.name === name);
    if (group) group.checks.push(plain);
    else groups.push({ name, checks: [plain] });
  }
  return groups;
}
