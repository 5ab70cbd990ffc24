import { durationWords } from "@/lib/duration";
import { formatCount, formatPlural } from "@/lib/format";
import { severities } from "@/lib/words";
import type { Choice, Storm } from "./types";

export const choices: readonly { id: Choice; button: string; title: string; confirm: string }[] = [
  { id: "open", button: "Open all…", title: "Open a ticket for each?", confirm: "Open them" },
  { id: "group", button: "Group into one…", title: "Put them all into one ticket?", confirm: "Group them" },
  { id: "suppress", button: "Suppress…", title: "Suppress them?", confirm: "Suppress them" },
];

type Held = Pick<Storm, "waiting" | "held" | "source_name" | "same">;

/** "18,240 findings of Security Hub"; with the kind and account where only those are held. */
export function heldWords(storm: Held): string {
  const what = storm.same ? `, ${storm.same.kind} in ${storm.same.account}` : "";
  return `${formatPlural(storm.waiting || storm.held, { one: "finding", other: "findings" })} of ${storm.source_name}${what}`;
}

/** "more than 1,000 tickets in 5 minutes". */
export function limitWords({ limit, same }: Pick<Storm, "limit" | "same">): string {
  const most = (same && limit.same) || limit.tickets;
  return `more than ${formatPlural(most, { one: "ticket", other: "tickets" })} in ${durationWords(limit.window)}`;
}

/** What state a storm is in, as a word people know. */
export function stateWords(storm: Pick<Storm, "state" | "active">): string {
  switch (storm.state) {
    case "holding":
      return "holding back";
    case "over":
      return "over, waits for a decision";
    case "settling":
      return "being carried out";
    case "opened":
      return storm.active ? "opened, still going on" : "opened";
    case "grouped":
      return storm.active ? "grouped, still going on" : "grouped";
    case "suppressed":
      return "suppressed";
  }
}

/** Whether somebody has to decide. */
export function undecided(storm: Pick<Storm, "state">): boolean {
  return storm.state === "holding" || storm.state === "over";
}

/** "3 high, 12 medium": what waits, the most severe first. */
export function severityWords(by: Storm["by_severity"]): string {
  const parts = severities.filter((severity) => (by[severity] ?? 0) > 0).map((severity) => `${formatCount(by[severity] ?? 0)} ${severity}`);
  return parts.join(", ");
}

/** How often to ask: while something is carried out, while it goes on, and otherwise rarely; the live connection tells of the rest. */
export function pauseFor(storms: readonly Pick<Storm, "state">[] | undefined): number {
  const any = (state: Storm["state"]) => storms?.some((storm) => storm.state === state) ?? false;
  if (any("settling")) return 1_500;
  if (any("holding")) return 4_000;
  return any("over") ? 30_000 : 60_000;
}

export interface Estimate {
  /** Findings that the rule would have opened for, and the tickets they would have made after grouping. */
  would_open: number;
  tickets: number;
  by_team: readonly { name: string; tickets: number }[];
}

/** What a choice brings about, in sentences. */
export function consequences(choice: Choice, storm: Storm, estimate: Estimate | undefined): string[] {
  const count = formatPlural(storm.waiting, { one: "finding", other: "findings" });
  if (choice === "group") {
    return [`${count} go into ${storm.number}, one ticket for one team.`, ...(storm.active ? ["What comes while the storm goes on joins it too."] : []), "Critical findings keep tickets of their own."];
  }
  if (choice === "suppress") {
    return [
      `${count} stay recorded and can be searched, but open no ticket until the day you set. What is still active then is judged again.`,
      `A suppression named “Storm ${storm.number}” is added to the rules, and you answer for it. It matches ${storm.same ? `${storm.same.kind} in ${storm.same.account}` : `all that the rule “${storm.rule_name}” matches`}, critical findings with the others.`,
    ];
  }
  return [
    `${count} are judged as if there were no storm, the most severe first.`,
    estimate && estimate.would_open > 0 ? `${estimateWords(estimate, storm.waiting)}.` : "Each gets a ticket, unless a grouping rule lets it join one; routes say which team gets it.",
    ...(storm.active ? ["While the storm goes on, nothing more of it is held back."] : []),
  ];
}

/** "About 212 tickets: 200 for Payments, 12 for Triage". What the rule did with all it matched, in the measure of what waits. */
export function estimateWords({ would_open: of, tickets, by_team: teams }: Estimate, waiting: number): string {
  const scaled = (n: number) => Math.min(waiting, Math.max(1, Math.round((n * waiting) / of)));
  const shown = teams.slice(0, 3).map((team) => `${teams.length === 1 ? "all" : formatCount(scaled(team.tickets))} for ${team.name || "the intake team"}`);
  const rest = teams.length > 3 ? [`the rest for ${formatPlural(teams.length - 3, { one: "other team", other: "other teams" })}`] : [];
  const split = shown.length > 0 ? `: ${[...shown, ...rest].join(", ")}` : "";
  return `About ${formatPlural(scaled(tickets), { one: "ticket", other: "tickets" })} after grouping${split}`;
}
