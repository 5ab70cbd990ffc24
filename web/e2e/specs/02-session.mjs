import assert from "node:assert/strict";

async function signIn(page, email, password) {
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

export default [
  [
    "signing out leads to the sign-in page, which leads back to the address that was wanted",
    async ({ page, go, admin, inspect }) => {
      await page.getByRole("button", { name: admin.name }).click();
      await page.getByRole("menuitem", { name: "Sign out" }).click();
      await page.waitForURL("**/sign-in");
      await go("/queue?view=unowned");
      await page.waitForURL("**/sign-in?back=*");
      await page.getByLabel("Email").waitFor();
      await inspect("sign-in");
      await signIn(page, admin.email, "not the password at all");
      await page.getByRole("alert").filter({ hasText: /\w/ }).first().waitFor();
      await signIn(page, admin.email, admin.password);
      await page.waitForURL("**/queue?view=unowned");
    },
  ],
  [
    "a person invited chooses a password and signs in with it",
    async ({ page, go, admin, call, inspect, base, state }) => {
      const made = await call("POST", "/users", { email: "grace@example.org", name: "Grace Hopper", kind: "person", roles: ["responder"] });
      assert.ok([200, 201].includes(made.status), JSON.stringify(made));
      await call("DELETE", "/session");
      const invite = new URL(made.body.invite_url, base);
      await go(invite.pathname + invite.search);
      await page.getByLabel("New password").waitFor();
      await inspect("invite");
      await page.getByLabel("New password").fill("nanoseconds in a bundle");
      await page.getByRole("button", { name: "Set password" }).click();
      await page.waitForURL("**/sign-in");
      await signIn(page, "grace@example.org", "nanoseconds in a bundle");
      await page.getByRole("heading", { name: "Queue", level: 1 }).waitFor();
      state.graceId = made.body.user.id;
      // What a role does not allow is not shown.
      assert.equal(await page.getByRole("link", { name: "People", exact: true }).count(), 0);
      await call("DELETE", "/session");
      await go("/sign-in");
      await signIn(page, admin.email, admin.password);
      await page.getByRole("link", { name: "People", exact: true }).waitFor();
    },
  ],
  [
    "the theme that was chosen stays after a reload",
    async ({ page, admin }) => {
      const ground = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
      const light = await ground();
      await page.getByRole("button", { name: admin.name }).click();
      await page.getByRole("menuitemradio", { name: "Dark" }).click();
      await page.reload();
      await page.getByRole("heading", { name: "Queue", level: 1 }).waitFor();
      assert.notEqual(await ground(), light);
      await page.getByRole("button", { name: admin.name }).click();
      await page.getByRole("menuitemradio", { name: "Like the system" }).click();
      assert.equal(await ground(), light);
    },
  ],
];
