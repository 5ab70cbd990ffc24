import assert from "node:assert/strict";
import { asff } from "../asff.mjs";

const typing = (page) => page.getByRole("dialog").locator("textarea:focus").waitFor();
const press = async (page, ...keys) => {
  for (const key of keys) await page.keyboard.press(key);
};
const grid = (page) => page.getByRole("grid", { name: "Findings" });

export default [
  [
    "the list says what became of each finding, and views narrow it",
    async ({ page, go, call, inspect }) => {
      const sent = await call("POST", "/findings", asff({ id: "quiet", title: "A quiet thing <script>", severity: "LOW", instance: "i-9", ip: "192.0.2.44" }));
      assert.equal(sent.body.results[0].outcome, "recorded", JSON.stringify(sent));
      await call("POST", "/findings", asff({ id: "loud", title: "A loud thing", instance: "i-8", ip: "192.0.2.45" }));
      await go("/findings");
      await grid(page).getByText("A quiet thing <script>").waitFor();
      await inspect("findings");
      await page.getByRole("link", { name: "Opened a ticket" }).click();
      await page.waitForURL("**/findings?q=outcome:opened");
      await grid(page).getByText("A loud thing").waitFor();
      assert.equal(await grid(page).getByText("A quiet thing").count(), 0);
    },
  ],
  [
    "a mistake in the filter is marked and mended",
    async ({ page, go }) => {
      await go("/findings");
      await grid(page).waitFor();
      await press(page, "/");
      await page.keyboard.type("severty>=low");
      await press(page, "Enter");
      await page.getByRole("alert").filter({ hasText: "severty" }).waitFor();
      await page.getByRole("button", { name: "Use “severity”" }).click();
      await page.waitForURL("**/findings?q=severity*");
      await grid(page).waitFor();
    },
  ],
  [
    "a finding shows its original and, field by field, what its detector changed",
    async ({ page, go, call, inspect }) => {
      await call("POST", "/findings", asff({ id: "quiet", title: "A quiet thing, louder", severity: "LOW", instance: "i-9", ip: "192.0.2.44", UpdatedAt: new Date().toISOString() }));
      await go("/findings?q=title~louder");
      await grid(page).getByText("A quiet thing, louder").waitFor();
      await press(page, "j", "Enter");
      await page.waitForURL("**/findings/*");
      await page.getByRole("group", { name: "Original finding" }).getByText("SchemaVersion").waitFor();
      await inspect("finding");
      await page.getByRole("tab", { name: /Revisions/ }).click();
      const row = page.getByRole("row").filter({ hasText: "A quiet thing <script>" });
      await row.getByText("A quiet thing, louder").waitFor();
      await inspect("finding-revisions");
      await page.getByRole("tab", { name: /Indicators/ }).click();
      await page.getByText("192[.]0[.]2[.]44").waitFor();
    },
  ],
  [
    "p opens a ticket for a finding that was only kept, with a reason",
    async ({ page, inspect }) => {
      await press(page, "p");
      const dialog = page.getByRole("dialog", { name: "Open a ticket for this finding" });
      await dialog.waitFor();
      await inspect("finding-promote");
      await typing(page);
      await page.keyboard.type("The third of its kind today.");
      await press(page, "Tab", "Tab", "Enter");
      await page.waitForURL("**/tickets/INC-*");
      await page.getByRole("region", { name: "Timeline" }).getByText("The third of its kind today.").waitFor();
      await page.goBack();
      await page.getByRole("button", { name: /^Go to INC-/ }).waitFor();
    },
  ],
];
