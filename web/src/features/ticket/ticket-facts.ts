import type { Ticket } from "@/api/models";
import { formatCode } from "@/lib/format";

export interface FactLines {
  label: string;
  lines: string[];
}

/** Facts that are shown elsewhere, as text and links of their own. */
const apart = new Set(["remediation", "remediation_url", "source_url"]);

/** What the findings say for free, each kind once with its values: principal, action, remote, control. */
export function factLines(facts: Ticket["facts"]): FactLines[] {
  const names = [...new Set(facts.map((fact) => fact.name))].filter((name) => !apart.has(name));
  return names.map((name) => ({ label: formatCode(name), lines: factValues(facts, name) }));
}

export function factValues(facts: Ticket["facts"], name: string): string[] {
  return [...new Set(facts.filter((fact) => fact.name === name && fact.value !== "").map((fact) => fact.value))];
}

/** The tags of the assets, "name=value", each once. */
export function assetTags(assets: Ticket["assets"]): string[] {
  const all = assets.flatMap((asset) => Object.entries(asset.tags));
  return [...new Set(all.map(([name, value]) => (value ? `${name}=${value}` : name)))];
}
