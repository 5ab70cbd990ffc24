import assert from "node:assert/strict";

const open = (call, title, severity = "medium") => call("POST", "/tickets", { title, description: "Seen by hand.", severity });
const rows = (page) => page.locator("[role=grid] [role=row][aria-selected]");
const row = (page, text) => rows(page).filter({ hasText: text });
/** The keys go to the page, not to a field. */
const press = async (page, ...keys) => {
  for (const key of keys) await page.keyboard.press(key);
};

export default [
  [
    "an empty queue offers AWS and demo data",
    async ({ page, go, inspect }) => {
      await go("/queue");
      await page.getByRole("heading", { name: "No tickets yet" }).waitFor();
      await page.getByRole("link", { name: "Connect AWS" }).waitFor();
      await page.getByRole("button", { name: "Load demo data" }).waitFor();
      await inspect("queue-empty");
    },
  ],
  [
    "c opens a new ticket by keyboard alone",
    async ({ page, inspect, state }) => {
      await press(page, "c");
      await page.getByRole("dialog", { name: "New ticket" }).waitFor();
      await inspect("new-ticket");
      await page.keyboard.type("Phishing mail to finance");
      await press(page, "Enter");
      await row(page, "Phishing mail to finance").waitFor();
      state.first = await row(page, "Phishing mail to finance").getByRole("link").textContent();
      assert.match(state.first, /^INC-\d+$/);
      assert.match(page.url(), new RegExp(`sel=${state.first}`));
    },
  ],
  [
    "a title is needed, and markup in it stays text",
    async ({ page, call }) => {
      const refused = await open(call, "");
      assert.ok([400, 422].includes(refused.status), JSON.stringify(refused));
      await open(call, "<img src=x onerror=document.title='owned'>", "low");
      await page.reload();
      await row(page, "<img src=x").waitFor();
      assert.doesNotMatch(await page.title(), /owned/);
    },
  ],
  [
    "a list that nobody is at fills by itself",
    async ({ page, call, go }) => {
      await page.mouse.move(2, 2);
      await go("/queue");
      await rows(page).first().waitFor();
      await open(call, "Access key published in a repository", "high");
      await row(page, "Access key published in a repository").waitFor({ timeout: 3000 });
    },
  ],
  [
    "under a pointer new tickets wait behind a button and rows stay where they are",
    async ({ page, call, go }) => {
      await go("/queue");
      await rows(page).first().hover();
      const before = await rows(page).allTextContents();
      await open(call, "Root account used without MFA", "critical");
      const offer = page.getByRole("button", { name: /1 new/ });
      await offer.waitFor();
      assert.equal((await rows(page).allTextContents()).length, before.length);
      await press(page, ".");
      await row(page, "Root account used without MFA").waitFor();
      assert.equal(await offer.count(), 0);
      assert.match(await rows(page).first().textContent(), /Root account/, "the most severe comes first");
    },
  ],
  [
    "another person's deed appears in the row at once",
    async ({ page, call, newPage, base }) => {
      const other = await newPage();
      await other.goto(`${base}/queue`);
      await row(other, "Root account").waitFor();
      const number = await row(page, "Root account").getByRole("link").textContent();
      await call("POST", `/tickets/${number}/ack`);
      await call("POST", `/tickets/${number}/take`);
      await row(other, "Root account").filter({ hasText: "Ada Lovelace" }).waitFor();
      await other.close();
    },
  ],
  [
    "j, o, t and a work the list, and the address holds what is shown",
    async ({ page, go, inspect }) => {
      await go("/queue?view=unowned");
      await rows(page).first().waitFor();
      await press(page, "j", "o");
      await page.getByRole("complementary", { name: /Preview of INC-/ }).waitFor();
      const [, number] = /sel=(INC-\d+)/.exec(page.url());
      await inspect("queue");
      await press(page, "a");
      await page.getByText(`Acknowledged ${number}`).waitFor();
      await press(page, "t");
      await page.getByText(`Took ${number}`).waitFor();
      await row(page, number).filter({ hasText: "Ada Lovelace" }).waitFor();
      await page.reload();
      await page.getByRole("complementary", { name: `Preview of ${number}` }).waitFor();
    },
  ],
  [
    "a mistake in the filter is marked where it stands and can be mended",
    async ({ page, go, inspect }) => {
      await go("/queue");
      await rows(page).first().waitFor();
      await press(page, "/");
      await page.keyboard.type("phase!=closed severty>=low");
      await press(page, "Enter");
      const alert = page.getByRole("alert").filter({ hasText: "severty" });
      await alert.waitFor();
      assert.match(await alert.textContent(), /\^/);
      await inspect("queue-filter-mistake");
      await page.getByRole("button", { name: "Use “severity”" }).click();
      await rows(page).first().waitFor();
      assert.match(decodeURIComponent(page.url().replaceAll("+", " ")), /q=phase!=closed severity>=low/);
    },
  ],
  [
    "what matches nothing says so and offers a way back",
    async ({ page, go }) => {
      await go("/queue?q=title:nothing-like-this");
      await page.getByRole("heading", { name: "Nothing matches" }).waitFor();
      await page.getByRole("button", { name: "Back to All open" }).click();
      await rows(page).first().waitFor();
    },
  ],
  [
    "the palette runs a command and opens a ticket by its number",
    async ({ page, inspect, state }) => {
      await press(page, "Control+k");
      await page.getByPlaceholder("Ticket number, search text or command").waitFor();
      await inspect("palette");
      await page.keyboard.type(state.first.replace("INC-", ""));
      await press(page, "Enter");
      await page.waitForURL(`**/tickets/${state.first}`);
      await press(page, "g", "m");
      await page.waitForURL("**/queue?view=mine");
    },
  ],
  [
    "? lists the keys and single keys can be switched off",
    async ({ page, inspect }) => {
      await press(page, "?");
      const sheet = page.getByRole("dialog", { name: "Keys" });
      await sheet.waitFor();
      await sheet.getByText("Acknowledge").waitFor();
      await inspect("keys");
      const box = sheet.getByLabel("Single keys are shortcuts");
      await box.uncheck();
      await press(page, "Escape");
      await sheet.waitFor({ state: "detached" });
      await press(page, "c");
      assert.equal(await page.getByRole("dialog").count(), 0);
      await press(page, "Control+k");
      await page.getByRole("combobox").waitFor();
      await page.keyboard.type("Show keys");
      await page.getByRole("option", { name: "Show keys", exact: true }).waitFor();
      await press(page, "Enter");
      await box.check();
      await press(page, "Escape");
      await sheet.waitFor({ state: "detached" });
    },
  ],
];
