import type { Ticket, TicketRow } from "@/api/models";
import { formatCode, formatPlural } from "@/lib/format";
import { severities } from "@/lib/words";

type Side = Pick<Ticket, "number" | "title" | "severity" | "phase" | "resolution" | "owner" | "owner_name" | "accountable_name" | "finding_count" | "demo" | "permissions" | "merged" | "merged_into">;

/** What merging one ticket into another would do, before anybody does it. */
export interface MergePlan {
  lines: string[];
  /** Why it can't be done. */
  blocked: string | undefined;
  /** A lead who merges what belongs to another person says why. */
  needsReason: boolean;
}

const findings = (count: number) => formatPlural(count, { one: "finding", other: "findings" });
const worse = (a: string, b: string) => severities.indexOf(a as never) < severities.indexOf(b as never);

export function mergePlan(goes: Side, stays: Side, me: string): MergePlan {
  const lines = [
    `${stays.number} shows the ${findings(goes.finding_count)} of ${goes.number} beside its own ${findings(stays.finding_count)}, and the log of both. Nothing is moved.`,
    goes.phase === "closed" ? `${goes.number} stays closed, as merged.` : `${goes.number} is closed as merged; its clock in ${formatCode(goes.phase)} stops.`,
    `${stays.accountable_name || "The team’s lead"} answers for both.`,
  ];
  if (worse(goes.severity, stays.severity)) lines.push(`The severity of ${stays.number} rises from ${stays.severity} to ${goes.severity}.`);
  if (goes.merged.length > 0) lines.push(`${formatPlural(goes.merged.length, { one: "ticket", other: "tickets" })} merged into ${goes.number} come along.`);
  const back = goes.phase === "closed" ? "closed as it was" : [formatCode(goes.phase), goes.owner_name].filter(Boolean).join(", with ");
  lines.push(`It can be undone at any time: ${goes.number} is then back in ${back}.`.replace("in closed", "closed"));
  return { lines, blocked: whyNot(goes, stays), needsReason: [goes, stays].some((one) => one.owner !== null && one.owner !== me) };
}

function whyNot(goes: Side, stays: Side): string | undefined {
  if (goes.number === stays.number) return "A ticket can’t be merged into itself";
  for (const one of [goes, stays]) {
    if (one.merged_into) return `${one.number} is merged into ${one.merged_into.number} already`;
  }
  if (stays.phase === "closed") return `${stays.number} is closed; reopen it first, or merge into one that is open`;
  if (goes.demo !== stays.demo) return "One of the two is made up by the demo and the other is real";
  for (const one of [goes, stays]) {
    if (!one.permissions.merge) return `${one.number} belongs to ${one.owner_name || "another person"}; only the owner or a lead may merge it`;
  }
  return undefined;
}

/** A search for the other ticket as a query: by number where one was written, else by words among all. */
export function searchFor(text: string): string {
  const wanted = text.trim();
  const number = /^(?:inc-)?(\d+)$/i.exec(wanted)?.[1];
  if (number) return `number:INC-${number}`;
  return wanted.split(/\s+/).filter(Boolean).map((word) => `"${word.replaceAll(/["\\]/g, "")}"`).join(" ");
}

/** What a ticket found says about itself in one line. */
export function rowNote(row: Pick<TicketRow, "title" | "phase" | "owner_name">): string {
  return [row.title, formatCode(row.phase).toLowerCase(), row.owner_name].filter(Boolean).join(" · ");
}
