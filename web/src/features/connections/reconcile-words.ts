import { formatCount, formatPlural } from "@/lib/format";
import type { Tone } from "@/ui/badge";
import type { Reconciliation } from "./types";

/** How the last comparison of a region ended, spoken. */
export function runWord(state: string): string {
  switch (state) {
    case "done":
      return "Done";
    case "running":
      return "Running";
    case "failed":
      return "Failed";
    case "never":
      return "Not run yet";
    default:
      return state;
  }
}

export function runTone(state: string): Tone {
  return state === "done" ? "ok" : state === "failed" ? "critical" : state === "running" ? "medium" : "info";
}

/** What the last run saw: "250 looked at, 200 were here, 50 missed and taken in". */
export function runCounts({ looked_at, had, missed, quarantined }: Reconciliation): string {
  if (looked_at === 0) return "No finding changed in the time looked at";
  const parts = [`${formatCount(looked_at)} looked at`, `${formatCount(had)} ${had === 1 ? "was" : "were"} here`, missed === 0 ? "none missed" : `${formatCount(missed)} missed and taken in`];
  if (quarantined > 0) parts.push(`${formatCount(quarantined)} in quarantine`);
  return parts.join(", ");
}

/** What all runs missed: "Nothing in 12 runs", "50 of 3,000 findings in 12 runs". */
export function totalWords({ runs, total_looked_at, total_missed }: Reconciliation): string {
  const often = formatPlural(runs, { one: "run", other: "runs" });
  return total_missed === 0 ? `Nothing in ${often}` : `${formatCount(total_missed)} of ${formatCount(total_looked_at)} findings in ${often}`;
}

/** "every 15 minutes", "every 6 hours". */
export function everyWords(seconds: number): string {
  const hours = seconds / 3600;
  return Number.isInteger(hours) ? `every ${formatPlural(hours, { one: "hour", other: "hours" })}` : `every ${formatPlural(Math.round(seconds / 60), { one: "minute", other: "minutes" })}`;
}
