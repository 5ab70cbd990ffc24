import type { MethodResponse } from "openapi-react-query";
import type { $api } from "@/api/client";
import type { Problem } from "@/lib/problem";

export type Policy = MethodResponse<typeof $api, "get", "/policy">;
export type Rule = Policy["rules"][number];

/** A rule being edited; its key stays while its place changes. */
export interface DraftRule extends Rule {
  key: string;
}

export type Edit =
  | { do: "change"; key: string; patch: Partial<Rule> }
  | { do: "move"; key: string; by: number }
  | { do: "remove"; key: string }
  | { do: "add" }
  | { do: "replace"; rules: readonly Rule[] };

let lastKey = 0;

function keyed(rule: Rule): DraftRule {
  lastKey += 1;
  const { name, match, then, enabled } = rule;
  return { name, match, then, enabled, key: String(lastKey) };
}

export function draftOf(rules: readonly Rule[]): DraftRule[] {
  return rules.map(keyed);
}

/** The rules after one edit. */
export function edited(rules: readonly DraftRule[], edit: Edit): DraftRule[] {
  switch (edit.do) {
    case "change":
      return rules.map((rule) => (rule.key === edit.key ? { ...rule, ...edit.patch } : rule));
    case "move":
      return moved(rules, edit.key, edit.by);
    case "remove":
      return rules.filter((rule) => rule.key !== edit.key);
    case "add":
      return [...rules, keyed({ name: "New rule", match: "", then: "open", enabled: false })];
    case "replace":
      return draftOf(edit.rules);
  }
}

function moved(rules: readonly DraftRule[], key: string, by: number): DraftRule[] {
  const from = rules.findIndex((rule) => rule.key === key);
  const to = Math.min(rules.length - 1, Math.max(0, from + by));
  const rule = rules[from];
  if (!rule) return [...rules];
  const rest = rules.filter((other) => other.key !== key);
  return [...rest.slice(0, to), rule, ...rest.slice(to)];
}

/** What the API takes: the rules without their keys. */
export function plainRules(rules: readonly Rule[]): Rule[] {
  return rules.map(({ name, match, then, enabled }) => ({ name, match, then, enabled }));
}

export function sameRules(a: readonly Rule[], b: readonly Rule[]): boolean {
  return JSON.stringify(plainRules(a)) === JSON.stringify(plainRules(b));
}

/** Which rule and which of its fields an answer complains about. */
export function ruleAt(problem: Problem): { index: number; field: string } | undefined {
  for (const { location } of problem.fields) {
    const found = /rules\[(\d+)\](?:\.(\w+))?/.exec(location ?? "");
    if (found) return { index: Number(found[1]), field: found[2] ?? "" };
  }
  return undefined;
}

/** Why the rules can't be saved as they stand, false when they can. The server checks again. */
export function unready(rules: readonly Rule[]): string | false {
  const nameless = rules.findIndex((rule) => rule.name.trim() === "");
  return nameless >= 0 && `Rule ${nameless + 1} needs a name`;
}
