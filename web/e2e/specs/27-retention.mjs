import assert from "node:assert/strict";

export default [
  [
    "how long things are kept is tried before it is saved, and saved at the revision that was read",
    async ({ page, go, call, inspect }) => {
      await go("/retention");
      await page.getByRole("heading", { name: "Retention", level: 1 }).waitFor();
      const tickets = page.getByLabel("Closed tickets, days");
      assert.equal(await tickets.inputValue(), "0");
      await page.getByText("Nothing is changed.").waitFor();
      await tickets.fill("400");
      await page.getByRole("button", { name: "What would go now?" }).click();
      await page.getByRole("row").filter({ hasText: "Closed tickets with their findings" }).waitFor();
      await inspect("retention-preview");
      await page.getByRole("button", { name: "Save", exact: true }).click();
      await page.getByText("Saved. What is over goes within six hours.").waitFor();
      const { body } = await call("GET", "/retention");
      assert.equal(body.tickets_days, 400);
      assert.equal(body.rev, 1);
      await page.getByText("Last changed").waitFor();
    },
  ],
  [
    "a mistake is said beside its field, and nothing is saved",
    async ({ page, call }) => {
      await page.getByLabel("Findings without a ticket, days", { exact: true }).fill("10");
      await page.getByRole("button", { name: "Save", exact: true }).click();
      await page.getByText("must be 1 to 10").first().waitFor();
      const { body } = await call("GET", "/retention");
      assert.equal(body.rev, 1);
      await page.getByRole("button", { name: "Undo" }).click();
      await page.getByText("Nothing is changed.").waitFor();
    },
  ],
  [
    "a new installation has no banner, and says how it is",
    async ({ page, call, go }) => {
      const { status, body } = await call("GET", "/health");
      assert.equal(status, 200);
      assert.deepEqual(body.notices.filter((notice) => !notice.key.startsWith("disk")), []);
      await go("/queue");
      await page.getByRole("heading", { level: 1 }).first().waitFor();
      assert.equal(await page.locator('[data-health="backup-overdue"]').count(), 0);
    },
  ],
];
