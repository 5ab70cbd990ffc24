// Last, because its server signs in on the same host: a cookie belongs to a host, not to a port.
import assert from "node:assert/strict";

export default [
  [
    "an empty installation fills itself with demo data that is marked",
    async ({ another, newPage, admin }) => {
      const server = await another();
      const page = await newPage();
      try {
        await page.goto(server.setupUrl);
        await page.getByLabel("Name").fill(admin.name);
        await page.getByLabel("Email").fill(admin.email);
        await page.getByLabel("Password").fill(admin.password);
        await page.getByRole("button", { name: "Create administrator" }).click();
        await page.waitForURL("**/welcome");
        await page.getByRole("button", { name: "Load demo data" }).click();
        await page.getByText("The demo data is loaded.").waitFor({ timeout: 120_000 });
        await page.getByRole("link", { name: "Open the queue" }).click();
        const rows = page.locator("[role=grid] [role=row][aria-selected]");
        await rows.first().waitFor();
        assert.match(await rows.first().textContent(), /demo/);
        await page.getByText("Demo data.").waitFor();
      } finally {
        await page.close();
        await server.stop();
      }
    },
  ],
];
