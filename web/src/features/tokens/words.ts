import { formatList } from "@/lib/format";
import type { Token, User } from "./types";

const DAY_MS = 86_400_000;
const SOON_DAYS = 14;

/** Longest life of a token; the server holds to it. */
export const maxDays = 365;

export type ScopeChoice = "intake" | "read" | "both" | "all";

/** What people choose from, the least first. A scope only takes away from what the owner may do. */
export const scopeChoices: { value: ScopeChoice; label: string; note: string; scopes: string[] }[] = [
  { value: "intake", label: "Send findings", note: "Hands findings in and sees nothing: for a program that sends.", scopes: ["intake"] },
  { value: "read", label: "Read", note: "Sees tickets, findings, connections and reports, and changes nothing.", scopes: ["read"] },
  { value: "both", label: "Send and read", note: "Both of these.", scopes: ["intake", "read"] },
  { value: "all", label: "Everything", note: "Whatever its owner may do: for the tocsin command.", scopes: ["all"] },
];

export function scopesOf(choice: ScopeChoice): string[] {
  return scopeChoices.find((c) => c.value === choice)?.scopes ?? [];
}

/** "Send findings and read" for a list of scopes; one that is not known is shown as it is. */
export function scopeWords(scopes: readonly string[]): string {
  if (scopes.includes("all")) return "Everything its owner may do";
  const names = scopes.map((scope) => (scope === "intake" ? "send findings" : scope));
  const text = formatList(names);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export type TokenState = "works" | "soon" | "expired" | "revoked";

/** Whether a token can still be used; "soon" when somebody should make the next one. */
export function stateOf(token: Token, now: Date): TokenState {
  if (token.revoked_at) return "revoked";
  const left = new Date(token.expires_at).getTime() - now.getTime();
  if (left <= 0) return "expired";
  return left < SOON_DAYS * DAY_MS ? "soon" : "works";
}

export function canBeUsed(token: Token, now: Date): boolean {
  return !["expired", "revoked"].includes(stateOf(token, now));
}

/** The whole days in a field, or nothing where it is not between 1 and a year. */
export function daysIn(text: string): number | undefined {
  const days = Number(text);
  return /^\d+$/.test(text.trim()) && days >= 1 && days <= maxDays ? days : undefined;
}

/** The moment a token made now would end. */
export function endAfter(days: number, now: Date): string {
  return new Date(now.getTime() + days * DAY_MS).toISOString();
}

export interface Owner {
  id: string;
  name: string;
}

/** Whom a token can be made for: oneself, and with user.manage every active service account. */
export function possibleOwners(me: Owner, users: readonly User[], mayManage: boolean): Owner[] {
  const services = users.filter((user) => user.kind === "service" && user.active && user.id !== me.id);
  return [{ id: me.id, name: `${me.name} (me)` }, ...(mayManage ? services.map(({ id, name }) => ({ id, name: `${name} (service account)` })) : [])];
}
