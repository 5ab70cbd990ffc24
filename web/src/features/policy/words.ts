import { durationWords } from "@/lib/duration";
import { formatCount, formatList, formatPlural } from "@/lib/format";
import { formatClock, formatDate } from "@/lib/time";
import { dimensions } from "./sections";
import type { AnyRule, Limit } from "./types";

/** What ids mean to people, and the zone in which they read times. */
export interface Names {
  person: (id: string) => string;
  team: (id: string) => string;
  zone: string;
}

/** What a rule does with a finding that matches, in a few words. */
export function deedWords(rule: AnyRule, names: Names): string {
  if ("severity" in rule) return `is ${rule.severity}`;
  if ("then" in rule) return [rule.then === "open" ? "opens a ticket" : "is only recorded", rule.then === "open" && limitWords(rule.limit)].filter(Boolean).join(", ");
  if ("by" in rule) return `one ticket for the same ${alikeWords(rule.by)}, within ${durationWords(rule.within)}`;
  if ("team" in rule) return rule.team === "" ? "goes to no team yet" : `goes to ${names.team(rule.team)}`;
  if ("expires_at" in rule) return [rule.expires_at && `until ${momentWords(rule.expires_at, names.zone)}`, rule.owner && names.person(rule.owner)].filter(Boolean).join(", ");
  return [`${momentWords(rule.from, names.zone)} to ${momentWords(rule.to, names.zone)}`, rule.owner && names.person(rule.owner)].filter(Boolean).join(", ");
}

/** When a storm begins; nothing where nothing is held back. */
export function limitWords(limit: Limit | null | undefined): string {
  if (!limit) return "";
  const parts = [limit.tickets > 0 && formatPlural(limit.tickets, { one: "ticket", other: "tickets" }), limit.same > 0 && `${formatCount(limit.same)} of one kind in one account`].filter((part) => part !== false);
  return parts.length === 0 ? "" : `held back above ${parts.join(" or ")} in ${durationWords(limit.window)}${limit.feeds_only ? ", from feeds" : ""}`;
}

export function alikeWords(by: readonly string[]): string {
  return by.length === 0 ? "…" : formatList(by.map((id) => dimensions.find((one) => one.id === id)?.label ?? id));
}

function momentWords(at: string, zone: string): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? "?" : `${formatDate(date, zone)} ${formatClock(date, zone)}`;
}

const fieldTitles: Record<string, string> = {
  name: "Name",
  match: "Match",
  then: "Then",
  enabled: "Switched on",
  limit: "Storm limit",
  severity: "Severity",
  reason: "Reason",
  owner: "Answers for it",
  expires_at: "Ends",
  from: "From",
  to: "To",
  by: "Alike in",
  within: "Within",
  team: "Team",
};

export function fieldTitle(field: string): string {
  return fieldTitles[field] ?? field;
}

/** A value of one field of a rule as people read it. */
export function valueWords(field: string, value: unknown, names: Names): string {
  switch (field) {
    case "match":
      return value === "" ? "everything" : String(value ?? "");
    case "enabled":
      return value === true ? "yes" : "no";
    case "owner":
      return typeof value === "string" && value !== "" ? names.person(value) : "";
    case "team":
      return typeof value === "string" && value !== "" ? names.team(value) : "";
    case "by":
      return Array.isArray(value) ? alikeWords(value.map(String)) : "";
    case "within":
      return durationWords(String(value ?? ""));
    case "limit":
      return limitWords(value as Limit | null | undefined) || "none";
    case "expires_at":
    case "from":
    case "to":
      return typeof value === "string" ? momentWords(value, names.zone) : "";
    default:
      return typeof value === "object" ? JSON.stringify(value ?? "") : String(value ?? "");
  }
}
