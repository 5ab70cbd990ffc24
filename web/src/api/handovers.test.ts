import { expect, it } from "vitest";
import { recipientsOf } from "./handovers";

const user = (id: string, more: object = {}) => ({ id, name: id.toUpperCase(), email: `${id}@example.org`, kind: "person" as const, active: true, roles: ["analyst"], ...more });
const shift = (person: string, more: object = {}) => ({ person, name: "SOC", team: "t1", person_name: person.toUpperCase(), until: "16", primary: true, gap: false, ...more });

it("offers those on duty first, then teams, then everybody else who works tickets", () => {
  const users = [user("zoe"), user("ann"), user("owner"), user("gone", { active: false }), user("bot", { kind: "service" }), user("clerk", { roles: ["viewer"] }), user("nameless", { name: "" })];
  const teams = [{ id: "t2", name: "Cloud" }, { id: "t1", name: "SOC" }];
  const list = recipientsOf({ users, teams, duty: [shift("zoe"), shift("zoe", { name: "Second", primary: false }), shift("", { team: "t2", gap: true })], but: "owner", say: (until) => `${until}:00` });
  expect(list.map(({ group, label }) => `${group}: ${label}`)).toEqual([
    "On duty now: ZOE (SOC until 16:00 and Second until 16:00)",
    "Teams: Cloud (nobody on duty)",
    "Teams: SOC (on duty: ZOE)",
    "People: ANN",
    "People: nameless@example.org",
  ]);
  expect(list.map(({ value }) => value)).toEqual(["user:zoe", "team:t2", "team:t1", "user:ann", "user:nameless"]);
});
