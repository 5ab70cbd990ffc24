import type { OpeningRule, Policy, Suppression } from "./types";

/** Rules for the tests of this folder. */
export const rule = (name: string, rest: Partial<OpeningRule> = {}): OpeningRule => ({ id: name, name, match: "", then: "open", enabled: true, ...rest });

export const suppression = (rest: Partial<Suppression> = {}): Suppression => ({
  id: "s1",
  name: "Scanner",
  match: "remote:@own-ranges",
  reason: "Ours",
  owner: "u1",
  expires_at: "2026-12-24T12:00:00Z",
  enabled: true,
  ...rest,
});

export const policy = (rest: Partial<Policy> = {}): Policy => ({
  severities: [],
  suppressions: [],
  windows: [],
  rules: [rule("a"), rule("b"), rule("c")],
  groups: [],
  routes: [],
  exits: [],
  rev: 1,
  updated_at: null,
  updated_by: "",
  updated_by_name: "",
  ...rest,
});
