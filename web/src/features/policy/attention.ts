import { formatDuration } from "@/lib/time";
import type { AnyRule } from "./types";

/** A state of a rule that somebody should look at, or know. */
export interface Mark {
  kind: "expired" | "soon" | "owner" | "idle" | "running" | "ahead" | "over";
  /** Said on the row. */
  words: string;
  tone: "critical" | "medium" | "info" | "low";
  /** Counts among what needs attention. */
  urgent: boolean;
}

export interface Known {
  now: Date;
  /** Whether a person's account is active; undefined when nobody knows. */
  isActive: (person: string) => boolean | undefined;
  /** How many findings it matched in the last 30 days; undefined when nobody knows. */
  matched: number | undefined;
}

const SOON = 7 * 24 * 3600 * 1000;

/** What is to be said about a suppression or window. Other rules have no end and nobody who answers for them. */
export function marksOf(rule: AnyRule, { now, isActive, matched }: Known): Mark[] {
  if (!("owner" in rule)) return [];
  const marks = "expires_at" in rule ? endOf(rule.expires_at, now) : spanOf(rule.from, rule.to, now);
  const ended = marks.some((mark) => mark.kind === "expired" || mark.kind === "over");
  if (rule.owner !== "" && isActive(rule.owner) === false) marks.push({ kind: "owner", words: "who answers for it is no longer active", tone: "medium", urgent: !ended });
  if ("expires_at" in rule && rule.enabled && rule.id && matched === 0 && !ended) marks.push({ kind: "idle", words: "matched nothing in 30 days", tone: "info", urgent: true });
  return marks;
}

function endOf(at: string, now: Date): Mark[] {
  const left = new Date(at).getTime() - now.getTime();
  if (Number.isNaN(left)) return [];
  if (left <= 0) return [{ kind: "expired", words: `expired ${formatDuration(left)} ago`, tone: "critical", urgent: true }];
  return left <= SOON ? [{ kind: "soon", words: `expires in ${formatDuration(left)}`, tone: "medium", urgent: true }] : [];
}

function spanOf(from: string, to: string, now: Date): Mark[] {
  const [begins, ends] = [new Date(from).getTime() - now.getTime(), new Date(to).getTime() - now.getTime()];
  if (Number.isNaN(begins) || Number.isNaN(ends)) return [];
  if (ends <= 0) return [{ kind: "over", words: `over since ${formatDuration(ends)}`, tone: "info", urgent: false }];
  if (begins > 0) return [{ kind: "ahead", words: `begins in ${formatDuration(begins)}`, tone: "info", urgent: false }];
  return [{ kind: "running", words: `running, ${formatDuration(ends)} left`, tone: "low", urgent: false }];
}
