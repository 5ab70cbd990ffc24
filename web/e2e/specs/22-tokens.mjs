import assert from "node:assert/strict";

const dialog = (page) => page.getByRole("dialog");
const row = (page, name) => page.getByRole("row").filter({ hasText: name });

/** What a program with this token gets; no cookie goes along. */
const status = async (base, token, path) => (await fetch(`${base}/api/v1${path}`, { headers: { Authorization: `Bearer ${token}` } })).status;

export default [
  [
    "a token is made for oneself, shown once, and does what its scope says and no more",
    async ({ page, go, base, state, inspect }) => {
      await go("/tokens");
      await page.getByRole("heading", { name: "Tokens", level: 1 }).waitFor();
      await page.keyboard.press("n");
      await dialog(page).getByLabel("Name").fill("nightly export");
      await dialog(page).getByLabel("Days it works").fill("30");
      await inspect("token-new");
      await dialog(page).getByRole("button", { name: "Make token" }).click();
      const token = await dialog(page).getByLabel("Token", { exact: true }).innerText();
      assert.match(token, /^tocsin_pat_/);
      await inspect("token-made");
      assert.equal(await status(base, token, "/tickets"), 200);
      const refused = await fetch(`${base}/api/v1/tickets`, {
        method: "POST",
        headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
        body: JSON.stringify({ title: "no", severity: "low" }),
      });
      assert.equal(refused.status, 403);
      await dialog(page).getByRole("button", { name: "Done" }).click();
      await dialog(page).waitFor({ state: "detached" });
      await row(page, "nightly export").getByText(`…${token.slice(-4)}`).waitFor();
      assert.equal((await page.content()).includes(token), false);
      state.token = token;
    },
  ],
  [
    "a service account's page leads to its tokens, where one is made for it",
    async ({ page, go, call, inspect }) => {
      const { body } = await call("POST", "/users", { email: "forwarder@example.org", name: "Forwarder", kind: "service", roles: ["integration-admin"] });
      await go(`/people?sel=${body.user.id}`);
      await dialog(page).getByRole("link", { name: "Tokens of this account" }).click();
      await page.getByText("Tokens of Forwarder").waitFor();
      await page.getByRole("heading", { name: "No tokens" }).waitFor();
      await page.getByRole("button", { name: "New token" }).first().click();
      assert.match(await dialog(page).getByLabel("For").locator("option:checked").innerText(), /^Forwarder/);
      await dialog(page).getByLabel("Name").fill("log shipper");
      await dialog(page).getByRole("radio", { name: "Send findings" }).check();
      await dialog(page).getByRole("button", { name: "Make token" }).click();
      await dialog(page).getByRole("button", { name: "Done" }).click();
      await row(page, "log shipper").getByText("Send findings").waitFor();
      await page.getByRole("link", { name: "Show all" }).click();
      await row(page, "nightly export").waitFor();
      await inspect("tokens");
    },
  ],
  [
    "revoking asks first, and ends the token at once",
    async ({ page, base, state, inspect }) => {
      await page.getByRole("button", { name: "Revoke nightly export" }).click();
      await inspect("token-revoke");
      await dialog(page).getByRole("button", { name: "Revoke", exact: true }).click();
      await page.getByText("nightly export was revoked").waitFor();
      assert.equal(await status(base, state.token, "/tickets"), 401);
      await row(page, "nightly export").waitFor({ state: "detached" });
      await page.getByLabel(/^Show revoked and expired/).check();
      await row(page, "nightly export").getByText("Revoked").waitFor();
      assert.equal(await page.getByRole("button", { name: "Revoke nightly export" }).count(), 0);
    },
  ],
  [
    "who manages nobody sees only their own tokens, and nothing of people",
    async ({ page, go, call, admin, base, inspect }) => {
      const made = await call("POST", "/users", { email: "rosalind@example.org", name: "Rosalind Franklin", kind: "person", roles: ["viewer"] });
      const token = new URL(made.body.invite_url, base).searchParams.get("token");
      await call("POST", "/invite", { token, password: "photograph fifty one" });
      await go("/tokens");
      await page.getByRole("heading", { name: "No tokens" }).waitFor();
      await page.keyboard.press("n");
      assert.equal(await dialog(page).getByLabel("For").locator("option").count(), 1);
      await page.keyboard.press("Escape");
      await go("/people");
      await page.getByRole("heading", { name: "Not allowed" }).waitFor();
      await inspect("people-not-allowed");
      await call("DELETE", "/session");
      await call("POST", "/session", { email: admin.email, password: admin.password });
      await go("/tokens");
      await page.getByRole("heading", { name: "Tokens", level: 1 }).waitFor();
    },
  ],
];
