import { clockName } from "@/lib/clocks";
import { formatDay, weekdayName } from "@/lib/days";
import { formatCode, formatList } from "@/lib/format";
import { formatClock } from "@/lib/time";
import { ROUND_THE_CLOCK } from "./draft";
import { lengthWords } from "./length";
import type { Ask, Document, SimPage, Simulation } from "./types";
import { type Names, whoWords } from "./who";

/** How the members of a document are called. */
export interface DocNames extends Names {
  calendar: (id: string) => string;
  ladder: (id: string) => string;
}

export function docNames(document: Document, names: Names): DocNames {
  return {
    ...names,
    calendar: (id) => (id === ROUND_THE_CLOCK || id === "" ? "round the clock" : (document.calendars.find((one) => one.id === id)?.name ?? id)),
    ladder: (id) => (id === "none" ? "none" : (document.ladders.find((one) => one.id === id)?.name ?? id)),
  };
}

/** "ack" is Acknowledge, "phase:analysis" Leave analysis. */
export function timerTitle(key: string): string {
  const [metric = "", phase = ""] = key.split(":");
  return clockName(metric, phase);
}

/** What started a ladder: the ticket itself, or a clock that ran out. */
export function triggerWords(trigger: string): string {
  return trigger === "open" ? "Opened, and nobody has seen it" : `${timerTitle(trigger)}: the time is over`;
}

const titles: Record<string, string> = {
  name: "Name",
  match: "Match",
  enabled: "Switched on",
  ladder: "Ladder",
  warn_at: "Warns at",
  page_on_open: "Calls at once",
  reack_after: "Asks again after",
  max_paused: "Longest paused",
  pause_reasons: "Pause",
  targets: "Target",
  calendar: "Calendar",
  pausable: "May wait",
  zone: "Zone",
  always: "Round the clock",
  weekly: "Hours",
  closed: "Closed on",
  special: "Hours on",
  levels: "Level",
  after: "After",
  notify: "Calls",
  reassign: "Offers the ticket",
  fallback: "Last resort",
  repeat: "Again",
  every: "Every",
  from_level: "From level",
  times: "Times",
  title: "Title",
  max: "At most",
  roles: "By",
};

/** ["timers", "ack", "targets", "critical"] is "Acknowledge, target, critical". */
export function pathWords(path: readonly string[]): string {
  const words = path.flatMap((part, i) => {
    const before = path[i - 1];
    if (part === "timers") return [];
    if (before === "timers") return [timerTitle(part)];
    if (part === "*") return ["otherwise"];
    if (before === "weekly") return [weekdayName(part)];
    return [titles[part] ?? (before === "pause_reasons" ? formatCode(part) : part)];
  });
  return words.map((word, i) => (i === 0 || (word !== word.toLowerCase() && /^\d/.test(word)) ? word : word.charAt(0).toLowerCase() + word.slice(1))).join(", ");
}

/** A value of a document as people read it. */
export function valueWords(path: readonly string[], value: unknown, names: DocNames): string {
  const last = path.at(-1) ?? "";
  const before = path.at(-2) ?? "";
  if (value === undefined || value === null) return "";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (last === "ladder") return value === "" ? (path.length > 1 ? "the policy’s" : "none") : names.ladder(String(value));
  if (before === "calendar") return names.calendar(String(value));
  if (Array.isArray(value)) return value.length === 0 ? "" : listWords(last, value.map(String), names);
  if (before === "targets") return value === "" ? "no target" : lengthWords(String(value));
  if (last === "after" || last === "every" || last === "max" || before === "reack_after") return value === "0m" || value === "0s" ? "at once" : lengthWords(String(value));
  if (before === "max_paused") return `${String(value)} %`;
  if (last === "times") return value === 0 ? "until somebody answers" : String(value);
  if (last === "match" && value === "") return "every ticket";
  return String(value);
}

function listWords(field: string, values: readonly string[], names: DocNames): string {
  if (field === "notify" || field === "fallback") return formatList(values.map((one) => whoWords(one, names)));
  if (field === "warn_at") return formatList(values.map((one) => `${one} %`));
  if (field === "closed") return values.length > 6 ? `${values.slice(0, 5).join(", ")} and ${values.length - 5} more` : values.join(", ");
  return values.join(", ");
}

/** "Fri 27 Nov 16:00". */
export function momentWords(at: string, zone: string, now: Date): string {
  const date = new Date(at);
  return `${formatDay(date, zone, now)} ${formatClock(date, zone)}`;
}

/** "A critical ticket opened Fri 27 Nov 16:00". */
export function askWords({ severity, at }: Ask, zone: string, now: Date): string {
  return `${severity === "info" ? "An informational" : `A ${severity}`} ticket opened ${momentWords(at, zone, now)}`;
}

/** What falls due: "acknowledge by Fri 27 Nov 16:15; resolve by …". */
export function dueWords(timers: Simulation["timers"], zone: string, now: Date): string {
  const due = timers.filter((timer) => timer.due_at).map((timer) => `${clockName(timer.metric, timer.phase).toLowerCase()} by ${momentWords(timer.due_at ?? "", zone, now)}`);
  return due.length === 0 ? "nothing falls due" : due.join("; ");
}

/** Who is called: names, or that nobody is there. */
export function calledWords(page: SimPage): string {
  const said = new Set<string>();
  const fresh = (name: string) => !said.has(name) && Boolean(said.add(name));
  const each = page.targets.map((target) => (target.gap ? `nobody (${target.title.charAt(0).toLowerCase()}${target.title.slice(1)})` : target.people.length === 0 ? target.title : target.people.map((person) => person.name || "somebody").filter(fresh).join(", ")));
  return each.filter(Boolean).join(" · ");
}
