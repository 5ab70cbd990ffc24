import type { AnyRule, SectionId, Sections } from "./types";

export interface Section {
  id: SectionId;
  title: string;
  /** What one of it is called: "Add suppression". */
  one: string;
  /** What it does with a finding, in a sentence. */
  says: string;
  /** Said when it has none. */
  none: string;
  /** One that does nothing yet. */
  blank: (now: Date) => AnyRule;
}

const DAY = 24 * 3600 * 1000;
const after = (now: Date, ms: number) => new Date(Math.ceil((now.getTime() + ms) / 60_000) * 60_000).toISOString();

/** The sections in the order in which they act on a finding. */
export const sections: readonly Section[] = [
  {
    id: "severities",
    title: "Severity mapping",
    one: "mapping",
    says: "Sets how severe a finding is here, whatever its detector says. Everything below sees the new severity.",
    none: "Every finding keeps the severity that its detector gave it.",
    blank: () => ({ name: "New mapping", match: "", severity: "high", enabled: false }),
  },
  {
    id: "suppressions",
    title: "Suppression",
    one: "suppression",
    says: "Keeps findings from opening tickets until a day that is set. Somebody answers for it and says why.",
    none: "Nothing is suppressed.",
    blank: (now) => ({ name: "New suppression", match: "", reason: "", owner: "", expires_at: after(now, 30 * DAY), enabled: false }),
  },
  {
    id: "windows",
    title: "Maintenance windows",
    one: "window",
    says: "Silences what planned work sets off. What is still active when the window ends is judged again.",
    none: "No maintenance is planned.",
    blank: (now) => ({ name: "New window", match: "", from: after(now, 0), to: after(now, 4 * 3600 * 1000), reason: "", owner: "" }),
  },
  {
    id: "rules",
    title: "What opens a ticket",
    one: "rule",
    says: "The first rule that matches decides; a finding that none matches is recorded: kept, searchable, without a ticket. A storm limit holds opening back when too much comes at once; critical findings always pass.",
    none: "Every finding is recorded and none opens a ticket.",
    blank: () => ({ name: "New rule", match: "", then: "open", enabled: false, limit: { tickets: 1000, same: 0, window: "5m", feeds_only: true } }),
  },
  {
    id: "groups",
    title: "Grouping",
    one: "grouping rule",
    says: "Findings that match and are alike in what is chosen join one ticket, each within a time of the last.",
    none: "Every finding that opens a ticket gets one of its own.",
    blank: () => ({ name: "New grouping", match: "", by: ["account", "kind"], within: "24h", enabled: false }),
  },
  {
    id: "routes",
    title: "Routing",
    one: "route",
    says: "Sends new tickets to a team. Without a match they come to the intake team.",
    none: "All new tickets come to the intake team.",
    blank: () => ({ name: "New route", match: "", team: "", enabled: false }),
  },
];

export function sectionOf(id: string): Section | undefined {
  return sections.find((one) => one.id === id);
}

/** What people choose "alike in" from; the server refuses anything else. */
export const dimensions: readonly { id: string; label: string }[] = [
  { id: "account", label: "account" },
  { id: "resource", label: "resource" },
  { id: "principal", label: "principal" },
  { id: "indicator", label: "indicator" },
  { id: "kind", label: "kind" },
  { id: "product", label: "product" },
  { id: "region", label: "region" },
  { id: "class", label: "class" },
  { id: "technique", label: "technique" },
];

/** The six sections of anything that has them, and nothing else of it. */
export function sectionsOf(policy: Sections): Sections {
  const { severities, suppressions, windows, rules, groups, routes } = policy;
  return { severities, suppressions, windows, rules, groups, routes };
}

/** The same work for each section, its result under the section's name. */
export function perSection<T>(work: (id: SectionId) => T): Record<SectionId, T> {
  return Object.fromEntries(sections.map(({ id }) => [id, work(id)])) as Record<SectionId, T>;
}
