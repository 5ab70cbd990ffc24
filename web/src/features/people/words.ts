import { formatCode } from "@/lib/format";
import type { Role, Team, User } from "./types";

const byName = new Intl.Collator("en");

/** "Playbook author" of "playbook-author". */
export function roleTitle(name: string): string {
  return formatCode(name);
}

/** What a permission lets a person do, as the end of "May …". */
export function permissionWords(permission: string): string {
  return words[permission] ?? permission;
}

const words: Record<string, string> = {
  "ticket.read": "see tickets and their timeline",
  "ticket.work": "take, move, note and close tickets",
  "ticket.force": "re-assign somebody else’s ticket",
  "finding.read": "see findings and their originals",
  "finding.intake": "send findings",
  "finding.promote": "open a ticket from a finding",
  "quarantine.manage": "retry and dismiss what could not be read",
  "policy.edit": "change which findings open tickets",
  "connection.manage": "set up connections and their secrets",
  "connection.read": "see connections and their health",
  "user.manage": "manage people, teams and roles",
  "token.own": "make API tokens for themselves",
  "log.verify": "verify and export the record",
  "report.read": "see reports",
  "installation.read": "see how the installation is",
  "backup.make": "take backups, which hold everything",
  "retention.manage": "say how long things are kept",
};

/** What is out of the ordinary about an account, if anything. */
export function accountState(user: User): string | undefined {
  if (!user.active) return "Deactivated";
  if (user.kind === "person" && !user.has_password) return "Invited";
  return undefined;
}

/** Those whose name or address holds every word, the active ones first. */
export function matching(users: readonly User[], text: string, withInactive: boolean): User[] {
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = ({ name, email, roles }: User) => wanted.every((word) => `${name} ${email} ${roles.join(" ")}`.toLowerCase().includes(word));
  return users.filter((user) => (withInactive || user.active) && fits(user)).sort((a, b) => Number(b.active) - Number(a.active) || byName.compare(a.name, b.name));
}

/** Names of the teams a person is in, those led first. */
export function teamWords(user: User, teams: readonly Team[]): string[] {
  const own = teams.filter((team) => team.members.includes(user.id) || team.lead === user.id);
  const led = own.filter((team) => team.lead === user.id).map((team) => `${team.name} (lead)`);
  return [...led, ...own.filter((team) => team.lead !== user.id).map((team) => team.name)];
}

/** Whether one active account holds every role there is. */
export function holdsEvery(user: User, roles: readonly Role[]): boolean {
  return user.active && roles.length > 0 && roles.every((role) => user.roles.includes(role.name));
}

/** A link that the server gave without its host is for wherever this page was opened. */
export function fullLink(url: string, origin: string): string {
  return URL.parse(url, origin)?.href ?? url;
}

/** With or without one entry. */
export function toggled(list: readonly string[], entry: string, on: boolean): string[] {
  const rest = list.filter((each) => each !== entry);
  return on ? [...rest, entry] : rest;
}

/** The same entries, in whatever order. */
export function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each) => b.includes(each));
}
