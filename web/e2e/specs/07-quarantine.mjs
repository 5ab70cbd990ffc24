import assert from "node:assert/strict";
import { asff, envelope } from "../asff.mjs";

const typing = (page) => page.getByRole("dialog").locator("textarea:focus").waitFor();
const press = async (page, ...keys) => {
  for (const key of keys) await page.keyboard.press(key);
};
const bad = (id) => envelope({ ...asff({ id, title: "Not readable" }), Severity: { Label: "URGENT \u202e" } });
const groups = (page) => page.getByRole("region").filter({ has: page.getByRole("heading", { level: 2, name: /URGENT|is not one/ }) });

export default [
  [
    "what can't be read is kept under its reason, with how many there are",
    async ({ page, go, call, inspect }) => {
      for (const body of [bad("q1"), bad("q2"), envelope({ note: "<img src=x onerror=alert(1)>" }, "ECS Task State Change")]) {
        const sent = await call("POST", "/findings", body);
        assert.equal(sent.body.results[0].outcome, "quarantined", JSON.stringify(sent));
      }
      await go("/quarantine");
      await page.getByRole("heading", { name: /URGENT/ }).first().waitFor();
      await page.getByRole("link", { name: /^Quarantine/ }).getByText("3").waitFor();
      const first = groups(page).first();
      assert.equal(await first.getByRole("listitem").count(), 2);
      assert.equal(await page.getByRole("button", { expanded: true }).count(), 1);
      await inspect("quarantine");
    },
  ],
  [
    "the bytes are text in which nothing hides, hex, and JSON",
    async ({ page }) => {
      const detail = page.getByRole("region", { name: "The chosen part" });
      await detail.getByText("[U+202E]").first().waitFor();
      await detail.getByRole("tab", { name: "Hex" }).click();
      await detail.getByText("00000000").waitFor();
      await detail.getByRole("tab", { name: "JSON" }).click();
      await detail.getByText("detail-type").waitFor();
      const [download] = await Promise.all([page.waitForEvent("download"), detail.getByRole("button", { name: "Download the bytes" }).click()]);
      assert.match(download.suggestedFilename(), /^quarantine-.*\.bin$/);
    },
  ],
  [
    "j chooses another part, r reads it once more and says what came of it",
    async ({ page }) => {
      const was = page.url();
      await press(page, "j");
      await page.waitForURL((url) => url.href !== was && url.searchParams.has("sel"));
      await press(page, "r");
      await page.getByText("1 part still can’t be read").waitFor();
      // It goes on waiting for somebody.
      assert.equal(await groups(page).first().getByRole("listitem").count(), 2);
    },
  ],
  [
    "d dismisses with a reason that stays with the bytes",
    async ({ page, go, inspect }) => {
      await go("/quarantine");
      await page.getByRole("heading", { name: /ECS Task State Change/ }).first().waitFor();
      await page.getByRole("button", { name: /ECS Task/ }).click();
      // The key belongs to the part that is shown, and that has to be there first.
      await page.getByRole("region", { name: "The chosen part" }).getByRole("button", { name: /^Dismiss/ }).waitFor();
      await press(page, "d");
      const dialog = page.getByRole("dialog", { name: "Dismiss this part" });
      await dialog.waitFor();
      await inspect("quarantine-dismiss");
      await typing(page);
      await page.keyboard.type("The rule matched too much.");
      await press(page, "Tab", "Tab", "Enter");
      await page.getByText("1 part is dismissed").waitFor();
      await go("/quarantine?state=dismissed");
      await page.getByText("The rule matched too much.").waitFor();
    },
  ],
  [
    "a thousand of one reason are one line, and one decision",
    async ({ page, go, call, inspect }) => {
      const list = Array.from({ length: 1000 }, (_, i) => ({ ...asff({ id: `many-${i}`, title: "Not readable" }), Id: i }));
      const sent = await call("POST", "/findings", list);
      assert.equal(sent.body.results.length, 1000);
      await go("/quarantine");
      const many = page.getByRole("region").filter({ has: page.getByRole("button", { name: /1,000$/ }) });
      await many.getByText("and others that differ").waitFor();
      await many.getByRole("listitem").nth(49).waitFor();
      assert.equal(await many.getByRole("listitem").count(), 50);
      await many.getByRole("button", { name: "Show more" }).click();
      await page.waitForFunction(() => document.querySelectorAll(".quarantine-part").length === 100);
      assert.ok((await page.evaluate(() => document.querySelectorAll("*").length)) < 1500);
      await inspect("quarantine-many");
      // Down to the other reason and back.
      const was = page.url();
      await press(page, "Shift+J");
      await page.waitForURL((url) => url.href !== was && url.searchParams.has("group"));
      await press(page, "Shift+K");
      await many.getByText("and others that differ").waitFor();
      await press(page, "Shift+R");
      await page.getByText("1,000 parts still can’t be read").waitFor({ timeout: 60_000 });
      await press(page, "Shift+D");
      const dialog = page.getByRole("dialog", { name: "Dismiss 1,000 parts" });
      await dialog.waitFor();
      await typing(page);
      await page.keyboard.type("A producer sent numbers for an hour.");
      await press(page, "Tab", "Tab", "Enter");
      await page.getByText("1,000 parts are dismissed").waitFor({ timeout: 60_000 });
      await dialog.waitFor({ state: "detached" });
      const left = await call("GET", "/quarantine/groups?state=new");
      assert.equal(left.body.items.reduce((sum, group) => sum + group.count, 0), 2);
      await go("/quarantine?state=dismissed");
      await page.getByText("A producer sent numbers for an hour.").first().waitFor();
    },
  ],
];
