import { formatPlural } from "./format";

/** From this severity on an offer names its risks. */
const risky = ["critical", "high"];

export const MIN_DECLINE = 10;
export const MIN_BREAK_GLASS = 20;

export const declineCategories = [
  { value: "wrong_team", label: "Wrong team", note: "Somebody else should have it." },
  { value: "no_capacity", label: "No capacity", note: "I cannot give it the attention that it needs." },
  { value: "missing_info", label: "Information is missing", note: "The briefing does not let me go on." },
  { value: "not_on_shift", label: "Not on shift", note: "I am not working now." },
] as const;
export type DeclineCategory = (typeof declineCategories)[number]["value"];

/** "Wrong team" of wrong_team. */
export function categoryWords(category: string): string {
  return declineCategories.find((one) => one.value === category)?.label ?? category;
}

/** Somebody or some team that can be offered a ticket. */
export interface Recipient {
  /** "user:ID" or "team:ID". */
  value: string;
  label: string;
  group: "On duty now" | "Teams" | "People";
}

export interface OfferDraft {
  to: string;
  next_step: string;
  risks: string;
}

export const emptyDraft: OfferDraft = { to: "", next_step: "", risks: "" };

export function needsRisks(severity: string): boolean {
  return risky.includes(severity);
}

/** Why an offer can't be made yet, false when it can. The server decides again. */
export function offerBlocked(draft: OfferDraft, severity: string): string | false {
  if (draft.to === "") return "Choose who is to have it";
  if (draft.next_step.trim() === "") return "Say what has to be done next";
  return needsRisks(severity) && draft.risks.trim() === "" && `A ${severity} ticket is offered with its risks`;
}

/** The body of an offer: to a person or to a team. */
export function offerBody({ to, next_step, risks }: OfferDraft): { to_user?: string; to_team?: string; next_step: string; risks: string } {
  const [kind, id = ""] = to.split(":");
  return { ...(kind === "team" ? { to_team: id } : { to_user: id }), next_step: next_step.trim(), risks: risks.trim() };
}

/** What somebody may offer: their own tickets, a lead every one, while they are open. */
export function whyNotOffer(ticket: { phase: string; owner: string | null; owner_name: string; offered_to: string | null }, me: string, leads: boolean): string | false {
  if (ticket.phase === "closed") return "It is closed";
  if (ticket.offered_to) return "It is offered already; withdraw that offer first";
  if (ticket.owner === me || leads) return false;
  return ticket.owner ? `It belongs to ${ticket.owner_name || "another person"}; only the owner or a lead may offer it` : "Nobody owns it; take it instead";
}

/** A section of a briefing as its reader has it. */
interface Checked {
  id: string;
  opened_at: string | null;
}

/** "3 of 11 sections read". */
export function readWords(checklist: readonly Checked[]): string {
  return `${checklist.filter((one) => one.opened_at).length} of ${formatPlural(checklist.length, { one: "section", other: "sections" })} read`;
}

/** The first section that is unread, after the one given where there is one. */
export function nextUnread(checklist: readonly Checked[], after?: string): string | undefined {
  const from = checklist.findIndex((one) => one.id === after) + 1;
  return [...checklist.slice(from), ...checklist.slice(0, from)].find((one) => !one.opened_at)?.id;
}

/** Why an offer can't be accepted yet, false when it can. */
export function acceptBlocked(checklist: readonly Checked[]): string | false {
  const left = checklist.filter((one) => !one.opened_at).length;
  return left > 0 && `Read the whole briefing first: ${formatPlural(left, { one: "section is", other: "sections are" })} unread`;
}

/** The section a step away, staying inside. */
export function stepFrom(ids: readonly string[], at: string | undefined, step: number): string | undefined {
  const from = at === undefined ? -1 : ids.indexOf(at);
  return ids[Math.min(ids.length - 1, Math.max(0, from + step))];
}

/** How an offer ended, after who ended it: "Mary accepted it". */
export function decidedWords(state: string, by: string): string {
  const who = by || "Somebody";
  switch (state) {
    case "accepted":
      return `${who} accepted it and is responsible`;
    case "declined":
      return `${who} declined it`;
    case "withdrawn":
      return `${who} took it back`;
    case "expired":
      return "Nobody answered in time";
    case "superseded":
      return "Something else decided";
    default:
      return "It is open";
  }
}

/** Why an offer was made by itself. */
export function autoWords(auto: string): string {
  switch (auto) {
    case "shift":
      return "made by itself at the end of a shift";
    case "orphan":
      return "made by itself, as its owner has left";
    case "ladder":
      return "made by itself by the ladder";
    case "rule":
      return "made by itself by a rule";
    default:
      return "";
  }
}
