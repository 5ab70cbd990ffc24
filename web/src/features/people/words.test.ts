import { describe, expect, it } from "vitest";
import type { Role, Team, User } from "./types";
import { accountState, fullLink, holdsEvery, matching, permissionWords, roleTitle, sameSet, teamWords, toggled } from "./words";

function user(name: string, more: Partial<User> = {}): User {
  return { id: name, email: `${name.toLowerCase()}@example.org`, name, kind: "person", roles: [], teams: [], active: true, has_password: true, time_zone: "UTC", demo: false, created_at: "", updated_at: "", rev: 1, ...more };
}

const team = (name: string, lead: string, members: string[]) => ({ id: name, name, lead, members }) as unknown as Team;
const role = (name: string): Role => ({ name, meaning: "", permissions: [] });

describe("people", () => {
  it("finds by every word of name, address or role, the active first and each in order of name", () => {
    const users = [user("ada", { active: false }), user("Zoe"), user("ann", { roles: ["lead"] }), user("Bob")];
    const names = (text: string, all: boolean) => matching(users, text, all).map((u) => u.name);
    expect(names("", true)).toEqual(["ann", "Bob", "Zoe", "ada"]);
    expect(names("", false)).toEqual(["ann", "Bob", "Zoe"]);
    expect(names("EXAMPLE lead", true)).toEqual(["ann"]);
    expect(names("nobody", true)).toEqual([]);
  });

  it("says what is out of the ordinary about an account", () => {
    expect(accountState(user("a"))).toBeUndefined();
    expect(accountState(user("a", { has_password: false }))).toBe("Invited");
    expect(accountState(user("a", { has_password: false, kind: "service" }))).toBeUndefined();
    expect(accountState(user("a", { active: false, has_password: false }))).toBe("Deactivated");
  });

  it("names the teams, those led first", () => {
    const teams = [team("Night", "b", ["a", "b"]), team("Day", "a", ["a"]), team("Other", "b", ["b"])];
    expect(teamWords(user("a"), teams)).toEqual(["Day (lead)", "Night"]);
  });

  it("counts only an active account that holds all roles", () => {
    const roles = [role("viewer"), role("lead")];
    expect(holdsEvery(user("a", { roles: ["lead", "viewer"] }), roles)).toBe(true);
    expect(holdsEvery(user("a", { roles: ["lead"] }), roles)).toBe(false);
    expect(holdsEvery(user("a", { roles: ["lead", "viewer"], active: false }), roles)).toBe(false);
    expect(holdsEvery(user("a"), [])).toBe(false);
  });

  it("makes a link whole that came without a host, and leaves one that has it", () => {
    expect(fullLink("/invite?token=x", "https://t.example")).toBe("https://t.example/invite?token=x");
    expect(fullLink("https://other.example/invite?token=x", "https://t.example")).toBe("https://other.example/invite?token=x");
  });

  it("speaks roles and permissions, and shows those it does not know", () => {
    expect(roleTitle("playbook-author")).toBe("Playbook author");
    expect(permissionWords("ticket.force")).toContain("re-assign");
    expect(permissionWords("rocket.launch")).toBe("rocket.launch");
  });

  it("ticks, unticks and compares without order", () => {
    expect(toggled(["a"], "b", true)).toEqual(["a", "b"]);
    expect(toggled(["a"], "a", true)).toEqual(["a"]);
    expect(toggled(["a", "b"], "a", false)).toEqual(["b"]);
    expect(sameSet(["a", "b"], ["b", "a"])).toBe(true);
    expect(sameSet(["a"], ["a", "b"])).toBe(false);
  });
});
