import assert from "node:assert/strict";

export default [
  [
    "without the printed link nobody can set up",
    async ({ page, go, inspect }) => {
      await go("/");
      await page.waitForURL("**/setup");
      await page.getByRole("heading", { name: "Set up Tocsin" }).waitFor();
      assert.equal(await page.getByRole("textbox").count(), 0);
      await inspect("setup-needs-link");
    },
  ],
  [
    "a wrong link is refused and says so",
    async ({ page, go, admin }) => {
      await go("/setup?token=not-the-right-one");
      await fillIn(page, admin);
      await page.getByRole("button", { name: "Create administrator" }).click();
      await page.getByRole("alert").filter({ hasText: /\w/ }).first().waitFor();
      assert.match(page.url(), /\/setup\?token=/);
    },
  ],
  [
    "the printed link makes the first administrator, with a password of some worth, and leads to the welcome page",
    async ({ page, setupUrl, admin, inspect }) => {
      await page.goto(setupUrl);
      await page.getByLabel("Name").waitFor();
      assert.equal(await page.getByLabel("Time zone").inputValue(), "Europe/Amsterdam");
      await inspect("setup");
      await fillIn(page, { ...admin, password: "correct horse battery staple" });
      await page.getByRole("button", { name: "Create administrator" }).click();
      await page.getByText("commonly used").waitFor();
      assert.equal(await page.getByLabel("Password").getAttribute("aria-invalid"), "true");
      await fillIn(page, admin);
      await page.getByRole("button", { name: "Create administrator" }).click();
      await page.waitForURL("**/welcome");
      await page.getByRole("heading", { name: "Welcome to Tocsin" }).waitFor();
      await inspect("welcome");
    },
  ],
  [
    "the welcome page hands out a CloudFormation template",
    async ({ page }) => {
      const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: /CloudFormation template/ }).click()]);
      const text = (await (await download.createReadStream()).toArray()).join("");
      assert.match(text, /AWSTemplateFormatVersion/);
    },
  ],
  [
    "the first administrator is told to split the roles and may put that off",
    async ({ page, go }) => {
      await go("/queue");
      const banner = page.getByText("You hold every role");
      await banner.waitFor();
      await page.getByRole("button", { name: "Not now" }).click();
      await page.reload();
      await page.getByRole("heading", { name: "Queue", level: 1 }).waitFor();
      assert.equal(await banner.count(), 0);
    },
  ],
];

async function fillIn(page, { name, email, password }) {
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
}
