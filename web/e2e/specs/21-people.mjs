import assert from "node:assert/strict";

const dialog = (page) => page.getByRole("dialog");
const person = (page, name) => page.getByRole("row").filter({ has: page.getByRole("rowheader", { name: new RegExp(name) }) });

/** A change by somebody else, made beside the page. */
const patchBeside = (page, path, change) =>
  page.evaluate(
    async ([path, change]) => {
      const { rev } = await (await fetch(`/api/v1${path}`)).json();
      const init = { method: "PATCH", headers: { "Content-Type": "application/json", "If-Match": `"${rev}"` }, body: JSON.stringify(change) };
      return (await fetch(`/api/v1${path}`, init)).status;
    },
    [path, change],
  );

async function deactivate(page, name) {
  await page.getByRole("link", { name, exact: true }).click();
  await page.getByRole("button", { name: "Deactivate…" }).click();
  await page.getByRole("button", { name: `Deactivate ${name}` }).click();
}

export default [
  [
    "whoever holds every role is told how to split them, where the prompt leads",
    async ({ page, go, admin, inspect }) => {
      await go("/people");
      await page.getByRole("heading", { name: "You hold every role: split them" }).waitFor();
      assert.equal(await person(page, admin.name).getByText("yes").count(), 10);
      await inspect("people");
    },
  ],
  [
    "n adds a person, whose address may be there once, and shows a link that works once",
    async ({ page, base, state, inspect }) => {
      await page.keyboard.press("n");
      await dialog(page).getByLabel("Email").fill("ada@example.org");
      await dialog(page).getByLabel("Name").fill("Mae Jemison");
      await dialog(page).getByLabel("Analyst").check();
      await dialog(page).getByLabel("Team").selectOption({ index: 1 });
      await inspect("person-new");
      await dialog(page).getByRole("button", { name: "Add and invite" }).click();
      await dialog(page).getByText("exists already").waitFor();
      await dialog(page).getByLabel("Email").fill("mae@example.org");
      await dialog(page).getByRole("button", { name: "Add and invite" }).click();
      const link = await dialog(page).getByLabel("Invitation of Mae Jemison").innerText();
      assert.ok(link.startsWith(`${base}/invite?token=`), link);
      state.maeLink = link;
      await inspect("person-invited");
      await dialog(page).getByRole("button", { name: "Done" }).click();
      await dialog(page).waitFor({ state: "detached" });
      const row = person(page, "Mae Jemison");
      await row.getByText("Invited").waitFor();
      assert.equal(await row.getByText("yes").count(), 1);
      assert.match(await row.innerText(), /Security Operations/);
      // Shown once: the page forgets it with its window.
      assert.equal((await page.content()).includes(new URL(link).searchParams.get("token")), false);
    },
  ],
  [
    "a new link ends the one before",
    async ({ page, state, call }) => {
      await page.getByRole("link", { name: "Mae Jemison" }).click();
      await dialog(page).getByRole("button", { name: "New invitation link" }).click();
      const link = await dialog(page).getByLabel("Invitation of Mae Jemison").innerText();
      assert.notEqual(link, state.maeLink);
      const old = await call("POST", "/invite", { token: new URL(state.maeLink).searchParams.get("token"), password: "endeavour to the stars" });
      assert.equal(old.status, 404, JSON.stringify(old));
      await page.keyboard.press("Escape");
    },
  ],
  [
    "roles and name are changed, but not over what somebody else changed meanwhile",
    async ({ page, call, inspect }) => {
      await page.getByRole("link", { name: "Mae Jemison" }).click();
      await dialog(page).getByLabel("Manager").check();
      await inspect("person");
      const id = new URL(page.url()).searchParams.get("sel");
      assert.equal(await patchBeside(page, `/users/${id}`, { name: "Mae C. Jemison" }), 200);
      await dialog(page).getByRole("button", { name: "Save" }).click();
      await dialog(page).getByRole("button", { name: "Show as it is now" }).click();
      assert.equal(await dialog(page).getByLabel("Name").inputValue(), "Mae C. Jemison");
      await dialog(page).getByLabel("Auditor").check();
      await dialog(page).getByRole("button", { name: "Save" }).click();
      await dialog(page).waitFor({ state: "detached" });
      const { body } = await call("GET", `/users/${id}`);
      assert.deepEqual([body.name, body.roles.toSorted()], ["Mae C. Jemison", ["analyst", "auditor"]]);
    },
  ],
  [
    "the first administrator can't be deactivated while leading a team, and is told which",
    async ({ page, admin, call, inspect }) => {
      // Another administrator, so that it is not for being the last one.
      const { body } = await call("GET", "/users?limit=500");
      const mae = body.items.find((user) => user.email === "mae@example.org");
      assert.equal(await patchBeside(page, `/users/${mae.id}`, { roles: [...mae.roles, "tenant-admin"] }), 200);
      await deactivate(page, admin.name);
      await dialog(page).getByText("This person leads Security Operations").waitFor();
      await inspect("person-refused");
      await dialog(page).getByRole("link", { name: "Open the teams" }).click();
      await page.getByRole("link", { name: "Security Operations" }).waitFor();
      assert.equal(new URL(page.url()).searchParams.get("tab"), "teams");
    },
  ],
  [
    "the last administrator keeps that role",
    async ({ page, go, admin, call }) => {
      const { body: me } = await call("GET", "/session");
      // Others may have been given the role earlier in the story.
      const { body: users } = await call("GET", "/users");
      for (const { id, roles } of users.items.filter((u) => u.id !== me.user.id && u.roles.includes("tenant-admin"))) {
        assert.equal(await patchBeside(page, `/users/${id}`, { roles: roles.filter((r) => r !== "tenant-admin") }), 200);
      }
      await go("/people");
      await page.getByRole("link", { name: admin.name, exact: true }).click();
      await dialog(page).getByLabel("Tenant admin").uncheck();
      await dialog(page).getByRole("button", { name: "Save" }).click();
      await dialog(page).getByText("last active person who holds tenant-admin").waitFor();
      await page.keyboard.press("Escape");
    },
  ],
  [
    "who leaves is accountable for nothing any more: the lead of the team answers, in the same step",
    async ({ page, go, call }) => {
      const made = await call("POST", "/users", { email: "katherine@example.org", name: "Katherine Johnson", kind: "person", roles: ["lead"] });
      const team = await call("POST", "/teams", { name: "Trajectories", lead: made.body.user.id });
      assert.equal(team.status, 201, JSON.stringify(team));
      const ticket = await call("POST", "/tickets", { title: "Re-entry is off", severity: "low", team: team.body.id });
      assert.equal(ticket.body.accountable, made.body.user.id, JSON.stringify(ticket));
      const { body: me } = await call("GET", "/session");
      assert.equal(await patchTeam(page, team.body.id, { lead: me.user.id }), 200);
      await go("/people");
      await deactivate(page, "Katherine Johnson");
      await page.getByText("Katherine Johnson was deactivated").waitFor();
      const now = await call("GET", `/tickets/${ticket.body.number}`);
      assert.equal(now.body.accountable, me.user.id);
      await page.getByLabel(/^Show deactivated/).check();
      await page.getByRole("link", { name: "Katherine Johnson" }).click();
      await dialog(page).getByRole("button", { name: "Activate" }).click();
      await page.getByText("Katherine Johnson is active again").waitFor();
    },
  ],
  [
    "a person without duties is deactivated, hidden, found again and activated",
    async ({ page, go }) => {
      await go("/people");
      await deactivate(page, "Mae C. Jemison");
      await page.getByText("Mae C. Jemison was deactivated").waitFor();
      await person(page, "Mae C. Jemison").waitFor({ state: "detached" });
      await page.getByLabel(/^Show deactivated/).check();
      await page.keyboard.press("/");
      await page.keyboard.type("jemison");
      await person(page, "Mae C. Jemison").getByText("Deactivated").waitFor();
      assert.equal(await page.getByRole("rowheader").count(), 1);
      await page.getByRole("link", { name: "Mae C. Jemison" }).click();
      await dialog(page).getByRole("button", { name: "Activate" }).click();
      await page.getByText("Mae C. Jemison is active again").waitFor();
    },
  ],
  [
    "a team is made with a lead, who is always a member, and is changed",
    async ({ page, go, call, inspect }) => {
      await go("/people?tab=teams");
      await page.getByRole("heading", { name: "People", level: 1 }).waitFor();
      await inspect("teams");
      await page.getByRole("button", { name: "Add team" }).click();
      await dialog(page).getByLabel("Name").fill("Security Operations");
      await dialog(page).getByLabel("Lead").selectOption({ label: "Mae C. Jemison" });
      assert.equal(await dialog(page).getByRole("checkbox", { name: /Mae C\. Jemison/ }).isDisabled(), true);
      await dialog(page).getByRole("button", { name: "Add team" }).click();
      await dialog(page).getByText("exists already").waitFor();
      await dialog(page).getByLabel("Name").fill("Night shift");
      await inspect("team-new");
      await dialog(page).getByRole("button", { name: "Add team" }).click();
      await page.getByRole("link", { name: "Night shift" }).click();
      await dialog(page).getByRole("checkbox", { name: /Katherine Johnson/ }).check();
      await dialog(page).getByRole("button", { name: "Save" }).click();
      await dialog(page).waitFor({ state: "detached" });
      const { body } = await call("GET", "/teams");
      const night = body.items.find((t) => t.name === "Night shift");
      assert.equal(night.members.length, 2);
      assert.equal(night.lead_name, "Mae C. Jemison");
    },
  ],
  [
    "every role is explained, with who holds it",
    async ({ page, inspect }) => {
      await page.getByRole("link", { name: "Roles", exact: true }).click();
      const tenantAdmin = page.getByRole("region", { name: "Tenant admin" });
      await tenantAdmin.getByText("does not read tickets").waitFor();
      await tenantAdmin.getByText("Held by Ada Lovelace.").waitFor();
      assert.equal(await page.getByRole("region").filter({ hasText: /^.*May / }).count(), 10);
      await inspect("roles");
    },
  ],
];

async function patchTeam(page, id, change) {
  return page.evaluate(
    async ([id, change]) => {
      const { items } = await (await fetch("/api/v1/teams")).json();
      const { rev } = items.find((team) => team.id === id);
      const init = { method: "PATCH", headers: { "Content-Type": "application/json", "If-Match": `"${rev}"` }, body: JSON.stringify(change) };
      return (await fetch(`/api/v1/teams/${id}`, init)).status;
    },
    [id, change],
  );
}
