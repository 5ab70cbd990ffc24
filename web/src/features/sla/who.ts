/** Whom a ladder can name, in words: the people, teams, schedules and channels that there are. */
export interface Names {
  person: (id: string) => string;
  team: (id: string) => string;
  schedule: (id: string) => string;
  channel: (id: string) => string;
}

/** "oncall:team" is "On duty for the ticket’s team". */
export function whoWords(text: string, names: Names): string {
  const [kind = "", id = ""] = split(text);
  switch (kind) {
    case "oncall":
      return id === "team" ? "On duty for the ticket’s team" : `On duty by ${names.schedule(id)}`;
    case "lead":
      return id === "team" ? "Lead of the ticket’s team" : `Lead of ${names.team(id)}`;
    case "owner":
      return "The owner";
    case "user":
      return names.person(id);
    case "role":
      return `Everybody with the role ${id}`;
    case "channel":
      return `Channel ${names.channel(id)}`;
    default:
      return text;
  }
}

function split(text: string): [kind: string, id: string] {
  const at = text.indexOf(":");
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

/** What a name leads to, where only people and channels do: a fallback. */
export function fixedOf(text: string): { kind: "user" | "channel" | "role" | "other"; id: string } {
  const [kind, id] = split(text);
  return { kind: kind === "user" || kind === "channel" || kind === "role" ? kind : "other", id };
}

export interface WhoOption {
  value: string;
  label: string;
  group: string;
}

export interface Known {
  people: readonly { id: string; name: string }[];
  teams: readonly { id: string; name: string }[];
  schedules: readonly { id: string; name: string }[];
  channels: readonly { connection: string; name: string; enabled: boolean }[];
  roles: readonly string[];
}

/** Whom a level can call. */
export function levelOptions(known: Known): WhoOption[] {
  return [
    { value: "oncall:team", label: "On duty for the ticket’s team", group: "By the ticket" },
    { value: "lead:team", label: "Lead of the ticket’s team", group: "By the ticket" },
    { value: "owner", label: "The owner", group: "By the ticket" },
    ...known.schedules.map(({ id, name }) => ({ value: `oncall:${id}`, label: `On duty by ${name}`, group: "Schedules" })),
    ...known.teams.map(({ id, name }) => ({ value: `lead:${id}`, label: `Lead of ${name}`, group: "Leads" })),
    ...known.roles.map((role) => ({ value: `role:${role}`, label: `Everybody with the role ${role}`, group: "Roles" })),
    ...fallbackOptions(known),
  ];
}

/** Who can be a last resort: somebody fixed, whoever is on duty. */
export function fallbackOptions(known: Known): WhoOption[] {
  return [
    ...known.people.map(({ id, name }) => ({ value: `user:${id}`, label: name, group: "People" })),
    ...known.channels.filter(({ enabled }) => enabled).map(({ connection, name }) => ({ value: `channel:${connection}`, label: name, group: "Channels" })),
  ];
}
