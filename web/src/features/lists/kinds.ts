export type ListKind = "text" | "cidr" | "account";

export interface Item {
  value: string;
  note?: string;
}

export const kinds: readonly { id: ListKind; label: string; note: string; example: string }[] = [
  { id: "account", label: "AWS accounts", note: "twelve digits each; account:@name", example: "111122223333 Payments, production" },
  { id: "cidr", label: "Addresses", note: "ranges or single addresses; remote:@name", example: "198.51.100.0/24 Office in Utrecht" },
  { id: "text", label: "Text", note: "people, hosts, names of things; principal:@name", example: "ada@example.org # head of finance" },
];

export function kindOf(id: string): (typeof kinds)[number] | undefined {
  return kinds.find((kind) => kind.id === id);
}

export interface Template {
  name: string;
  kind: ListKind;
  what: string;
  /** How a rule asks for it. */
  use: string;
}

/** Lists that most installations want, named so that everybody knows what is in them. */
export const templates: readonly Template[] = [
  { name: "crown-jewels", kind: "account", what: "Accounts whose loss would stop the business", use: "account:@crown-jewels" },
  { name: "vip", kind: "text", what: "People and principals that attackers want most", use: "principal:@vip" },
  { name: "own-ranges", kind: "cidr", what: "Addresses that are ours: scanners, offices, gateways", use: "remote:@own-ranges" },
  { name: "ou/prod", kind: "account", what: "Accounts of the organisational unit prod", use: "ou:prod" },
];

const named = /^[a-z0-9][a-z0-9_/-]{0,59}$/;

/** What is wrong with the name of a list, false when nothing is. The server checks again. */
export function nameMistake(name: string, taken: readonly string[]): string | false {
  if (name === "") return "Give it a name";
  if (!named.test(name)) return "Small letters, digits, - _ and /, at most 60, beginning with a letter or digit";
  return taken.includes(name) && `There is a list ${name} already`;
}

/** How a rule asks for what a list holds. */
export function askedAs(name: string, kind: ListKind): string {
  if (name.startsWith("ou/")) return `ou:${name.slice(3)}`;
  return `${{ account: "account", cidr: "remote", text: "principal" }[kind]}:@${name}`;
}
