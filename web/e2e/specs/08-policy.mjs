import assert from "node:assert/strict";
import { asff } from "../asff.mjs";

const press = async (page, ...keys) => {
  for (const key of keys) await page.keyboard.press(key);
};
const rule = (page, name) => page.getByRole("listitem", { name: new RegExp(`: ${name}`) });
const preview = (page) => page.getByRole("region", { name: "Preview" });
const opened = async (page) => Number(/opened ([\d,]+) of/.exec((await preview(page).textContent()) ?? "")?.[1]);

export default [
  [
    "the rules in force are shown with what each would have decided",
    async ({ page, go, call, inspect }) => {
      await call("POST", "/findings", [asff({ id: "try-1", title: "One to try", ip: "192.0.2.61" }), asff({ id: "try-2", title: "A low one to try", severity: "LOW", ip: "192.0.2.62" })]);
      await go("/policy");
      await rule(page, "Detections, medium and above").getByText(/decides \d+ finding/).waitFor();
      await preview(page).getByText(/These would have opened/).waitFor();
      await inspect("policy");
    },
  ],
  [
    "a mistake is marked in its rule, and nothing is saved with it",
    async ({ page, inspect }) => {
      const match = rule(page, "Detections").getByRole("textbox", { name: "Match" });
      await match.fill("class:detection severty>=low");
      await rule(page, "Detections").getByText(/severty/).first().waitFor();
      await preview(page).getByText("Rule 3 has a mistake").waitFor();
      await inspect("policy-mistake");
      assert.equal(await page.getByRole("button", { name: /^Save/ }).getAttribute("aria-disabled"), "true");
      await rule(page, "Detections").getByRole("button", { name: "Use “severity”" }).click();
      assert.equal(await match.inputValue(), "class:detection severity>=low");
    },
  ],
  [
    "the preview says what the changed rules would have opened, beside those in force",
    async ({ page, state }) => {
      await preview(page).getByText(/The rules in force would have opened \d+/).waitFor();
      const text = await preview(page).textContent();
      state.inForce = Number(/in force would have opened ([\d,]+)/.exec(text)[1]);
      assert.ok((await opened(page)) > state.inForce, text);
    },
  ],
  [
    "Alt and an arrow move a rule, and the focus stays in it",
    async ({ page }) => {
      const match = rule(page, "Detections").getByRole("textbox", { name: "Match" });
      await match.focus();
      await press(page, "Alt+ArrowUp", "Alt+ArrowUp");
      await page.getByRole("listitem", { name: "Rule 1: Detections, medium and above" }).waitFor();
      assert.equal(await page.evaluate("document.activeElement.value"), "class:detection severity>=low");
      await press(page, "Alt+ArrowDown", "Alt+ArrowDown");
      await page.getByRole("listitem", { name: "Rule 3: Detections, medium and above" }).waitFor();
    },
  ],
  [
    "leaving with unsaved rules asks first",
    async ({ page, inspect }) => {
      await page.getByRole("link", { name: "Findings", exact: true }).click();
      const dialog = page.getByRole("dialog", { name: "Leave without saving?" });
      await dialog.waitFor();
      await inspect("policy-leave");
      await dialog.getByRole("button", { name: "Cancel" }).click();
      assert.match(page.url(), /\/policy$/);
    },
  ],
  [
    "Ctrl S saves, and the next finding follows the new rules",
    async ({ page, call }) => {
      await press(page, "Control+s");
      await page.getByText("The policy is saved").waitFor();
      const sent = await call("POST", "/findings", asff({ id: "low-opens", title: "A low one", severity: "LOW", instance: "i-77", ip: "192.0.2.77" }));
      assert.equal(sent.body.results[0].outcome, "opened", JSON.stringify(sent));
    },
  ],
  [
    "rules that somebody else saved meanwhile are not overwritten unasked",
    async ({ page, call }) => {
      await rule(page, "Detections").getByRole("textbox", { name: "Name" }).fill("Detections of mine");
      const now = await call("GET", "/policy");
      await page.evaluate(async ({ rules, etag }) => {
        const body = JSON.stringify({ rules: rules.slice(1) });
        await fetch("/api/v1/policy", { method: "PUT", headers: { "Content-Type": "application/json", "If-Match": etag }, body });
      }, { rules: now.body.rules, etag: now.etag });
      const notice = page.getByRole("alert").filter({ hasText: "Somebody else has saved other rules" });
      await notice.waitFor();
      await notice.getByRole("button", { name: "Load theirs, drop mine" }).click();
      await rule(page, "Detections, medium and above").waitFor();
      assert.equal(await page.getByRole("list").filter({ has: rule(page, "Detections") }).getByRole("listitem").count(), now.body.rules.length - 1);
    },
  ],
  [
    "the default rules come back with one button",
    async ({ page, call }) => {
      await page.getByRole("button", { name: "Default rules" }).click();
      await rule(page, "Not active, or suppressed").waitFor();
      await press(page, "Control+s");
      await page.getByTitle("Nothing is changed").waitFor();
      const { body } = await call("GET", "/policy");
      assert.equal(body.rules.length, 5);
    },
  ],
];
