import assert from "node:assert/strict";
import { asff } from "../asff.mjs";

const press = async (page, ...keys) => {
  for (const key of keys) await page.keyboard.press(key);
};
const timeline = (page) => page.getByRole("region", { name: "Timeline" });
const said = (page, text) => page.getByRole("status").filter({ hasText: text }).first();
const header = (page) => page.getByRole("article").locator("header");

/** Opens a ticket from a finding and goes to it from the queue, by keyboard. */
async function openFromQueue({ page, go, call, number }, finding) {
  const sent = await call("POST", "/findings", asff(finding));
  assert.equal(sent.status, 200, JSON.stringify(sent));
  const opened = number ?? sent.body.results[0].ticket;
  assert.match(opened, /^INC-\d+$/);
  await go(`/queue?q=number:${opened}`);
  await page.getByRole("grid").getByText(finding.title).waitFor();
  await press(page, "j", "Enter");
  await page.waitForURL(`**/tickets/${opened}`);
  await page.getByRole("heading", { level: 1, name: finding.title }).waitFor();
  return opened;
}

/** Makes a colleague and gives a way to call the API as her, from outside the browser. */
async function colleague({ base, call, state }) {
  if (state.mary) return state.mary;
  const made = await call("POST", "/users", { email: "mary@example.org", name: "Mary Jackson", kind: "person", roles: ["analyst"] });
  assert.equal(made.status, 201, JSON.stringify(made));
  const token = new URL(made.body.invite_url, base).searchParams.get("token");
  const send = (method, path, body, headers) =>
    fetch(`${base}/api/v1${path}`, { method, headers: { ...headers, ...(body ? { "Content-Type": "application/json" } : {}) }, ...(body ? { body: JSON.stringify(body) } : {}) });
  const accepted = await send("POST", "/invite", { token, password: "wind tunnels hum at night" }, {});
  assert.equal(accepted.status, 200, await accepted.text());
  const cookie = accepted.headers.getSetCookie().map((one) => one.split(";")[0]).join("; ");
  state.mary = async (method, path, body, extra = {}) => {
    const response = await send(method, path, body, { Cookie: cookie, ...extra });
    return { status: response.status, etag: response.headers.get("ETag"), body: await response.json() };
  };
  return state.mary;
}

/** Waits until the dialog that was asked for takes what is typed. */
const typing = (page) => page.getByRole("dialog").locator("textarea:focus").waitFor();
const emptied = (page) => page.getByRole("textbox", { name: "Note" }).and(page.locator(":placeholder-shown")).waitFor();

export default [
  [
    "a ticket opened from the queue shows what its finding says, and nothing that bites",
    async (t) => {
      const { page, inspect, state } = t;
      state.ticket = await openFromQueue(t, { id: "life", title: "Instance role credentials used outside AWS" });
      const facts = page.getByRole("region", { name: "Key facts" });
      await facts.getByText("111122223333").waitFor();
      await facts.getByText("Team=Payments").waitFor();
      await page.getByRole("region", { name: "Indicators" }).getByText("185[.]220[.]101[.]4").waitFor();
      const guide = page.getByRole("region", { name: "Remediation" }).getByRole("link", { name: "Guide" });
      assert.match((await guide.getAttribute("rel")) ?? "", /noreferrer/);
      await header(page).getByText("nobody yet").waitFor();
      await inspect("ticket");
    },
  ],
  [
    "t takes it, and the timeline says so",
    async ({ page, admin }) => {
      await press(page, "t");
      await said(page, "is yours").waitFor();
      await header(page).getByText(admin.name).first().waitFor();
      await timeline(page).getByText("took the ticket and is responsible").waitFor();
      assert.equal(await page.getByRole("button", { name: "Take", exact: true }).count(), 0);
    },
  ],
  [
    "n writes a note, whose draft outlives a reload and is gone once it is sent",
    async ({ page }) => {
      await press(page, "n");
      await page.locator("textarea:focus").waitFor();
      await page.keyboard.type("The role is used by one instance only. <b>14</b> buckets.");
      await page.reload();
      const note = page.getByRole("textbox", { name: "Note" });
      await note.waitFor();
      assert.match(await note.inputValue(), /one instance only/);
      await press(page, "n", "Control+Enter");
      await timeline(page).getByText("<b>14</b> buckets").waitFor();
      await emptied(page);
    },
  ],
  [
    "Shift N marks a note as significant, and the filter shows the short story",
    async ({ page }) => {
      await page.getByRole("heading", { level: 1 }).click();
      await press(page, "Shift+N");
      await page.locator("textarea:focus").waitFor();
      await page.keyboard.type("Scope: three objects of payments-archive were read.");
      await press(page, "Control+Enter");
      await timeline(page).getByText("Scope: three objects").waitFor();
      await page.getByRole("navigation", { name: "Timeline filter" }).getByRole("link", { name: /Significant/ }).click();
      await page.waitForURL("**?show=significant");
      assert.equal(await timeline(page).getByText("one instance only").count(), 0);
      await timeline(page).getByText("Scope: three objects").waitFor();
    },
  ],
  [
    "p names the exit checks and moves it to Analysis",
    async ({ page, inspect }) => {
      await page.getByRole("heading", { level: 1 }).click();
      await press(page, "p");
      const dialog = page.getByRole("dialog");
      await dialog.getByText("Somebody owns it").waitFor();
      await inspect("ticket-phase");
      await press(page, "Enter");
      await said(page, "is in Analysis").waitFor();
      await page.locator("[aria-current=step]", { hasText: "Analysis" }).waitFor();
    },
  ],
  [
    "leaving phases out wants a reason of some length",
    async ({ page }) => {
      await press(page, "p");
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("radio", { name: "Eradication" }).check();
      await dialog.getByText("leaves out Containment", { exact: true }).waitFor();
      await dialog.getByRole("textbox", { name: "Reason" }).fill("too short");
      await dialog.getByText("at least 20 characters", { exact: false }).first().waitFor();
      assert.equal(await dialog.getByRole("button", { name: "Move to Eradication" }).getAttribute("aria-disabled"), "true");
      await press(page, "Escape");
      await dialog.waitFor({ state: "detached" });
    },
  ],
  [
    "e changes the title and u takes that back",
    async ({ page }) => {
      const title = await page.getByRole("heading", { level: 1 }).textContent();
      await press(page, "e");
      await page.locator("header input:focus").waitFor();
      await page.keyboard.type("Credentials of prod-payments-api used from Tor");
      await press(page, "Enter");
      await page.getByRole("heading", { level: 1, name: "used from Tor" }).waitFor();
      await press(page, "u");
      await page.getByRole("heading", { level: 1, name: title.replace(/^INC-\d+\s*/, "") }).waitFor();
    },
  ],
  [
    "a title that somebody else has changed meanwhile is not overwritten: who and what is shown",
    async (t) => {
      const { page, state, inspect } = t;
      const mary = await colleague(t);
      await press(page, "e");
      await page.locator("header input:focus").waitFor();
      await page.keyboard.type("My own words");
      const { etag } = await mary("GET", `/tickets/${state.ticket}`);
      const changed = await mary("PATCH", `/tickets/${state.ticket}`, { title: "Words of Mary" }, { "If-Match": etag });
      assert.equal(changed.status, 200, JSON.stringify(changed));
      await press(page, "Enter");
      const notice = page.getByRole("alert").filter({ hasText: "was not done" });
      await notice.getByText("Mary Jackson").first().waitFor();
      await notice.getByText("Words of Mary").waitFor();
      await inspect("ticket-conflict");
      await notice.getByRole("button", { name: "Reload" }).click();
      await notice.waitFor({ state: "detached" });
      await press(page, "Escape");
      await page.getByRole("heading", { level: 1, name: "Words of Mary" }).waitFor();
    },
  ],
  [
    "what another person takes is shown at once, with who has it",
    async (t) => {
      const { page } = t;
      const mary = await colleague(t);
      const number = await openFromQueue(t, { id: "taken", title: "Root account used without MFA from abroad", instance: "i-1", ip: "203.0.113.9" });
      await mary("POST", `/tickets/${number}/take`);
      await header(page).getByText("Mary Jackson").first().waitFor();
      const take = page.getByRole("button", { name: "Take", exact: true });
      assert.match((await take.getAttribute("title")) ?? "", /Already taken by Mary Jackson/);
    },
  ],
  [
    "c closes a ticket in Detect as a false positive, and says why resolved is not offered",
    async (t) => {
      const { page, inspect } = t;
      await openFromQueue(t, { id: "false", title: "Port scan by our own scanner", instance: "i-2", ip: "198.51.100.7" });
      await press(page, "t");
      await said(page, "is yours").waitFor();
      await press(page, "c");
      const dialog = page.getByRole("dialog");
      await dialog.getByText("Not from Detect").waitFor();
      assert.equal(await dialog.getByRole("radio", { name: "Resolved" }).isDisabled(), true);
      await inspect("ticket-close");
      await press(page, "Space", "Tab");
      await page.keyboard.type("It is the scanner of the platform team.");
      await press(page, "Tab", "Tab", "Enter");
      await said(page, "is closed as false positive").waitFor();
      await header(page).getByText("False positive").waitFor();
      await timeline(page).getByText("It is the scanner of the platform team.").waitFor();
    },
  ],
  [
    "r opens it again with a reason",
    async ({ page }) => {
      await press(page, "r");
      await typing(page);
      await page.keyboard.type("The scanner was switched off an hour before.");
      await press(page, "Tab", "Tab", "Enter");
      await said(page, "is open again, in Analysis").waitFor();
      await page.locator("[aria-current=step]", { hasText: "Analysis" }).waitFor();
    },
  ],
  [
    "the chain is recomputed in the browser, and an entry has an address of its own",
    async ({ page, go, state }) => {
      await go(`/tickets/${state.ticket}#e-2`);
      await page.locator("#e-2.timeline-marked").waitFor();
      await page.getByRole("button", { name: "Check hashes" }).click();
      await page.getByText(/chain verified: \d+ hashes fit/).waitFor();
      await page.locator("#e-2").getByLabel("Entry 2, details").click();
      await page.locator("#e-2").getByRole("button", { name: "Copy hash" }).first().waitFor();
    },
  ],
  [
    "tags are added and removed, and two tickets with one address know of each other",
    async ({ page, go, call, state }) => {
      await call("POST", "/findings", asff({ id: "again", title: "The same address again", instance: "i-3" }));
      await go(`/tickets/${state.ticket}?tab=tags`);
      await page.getByLabel("New tag").fill("Tor exit");
      await page.getByText("no spaces", { exact: false }).waitFor();
      await page.getByLabel("New tag").fill("tor-exit");
      await press(page, "Enter");
      await page.getByRole("list", { name: "Tags" }).getByText("tor-exit").waitFor();
      await page.getByRole("button", { name: "Remove tag tor-exit" }).click();
      await page.getByText("No tags.").waitFor();
      const before = page.getByRole("region", { name: "Seen before" });
      await before.getByText("The same address again").waitFor();
      await before.getByText("same address 185.220.101.4", { exact: false }).first().waitFor();
    },
  ],
  [
    "the palette and the key sheet offer what the buttons do",
    async ({ page, go, state }) => {
      await go(`/tickets/${state.ticket}`);
      await page.getByRole("button", { name: /^Close…/ }).waitFor();
      await press(page, "?");
      const sheet = page.getByRole("dialog", { name: "Keys" });
      for (const label of ["Close…", "Write a note", "Edit title", "Copy link"]) await sheet.getByText(label, { exact: true }).waitFor();
      await press(page, "Escape");
      await sheet.waitFor({ state: "detached" });
      await press(page, "Control+k");
      await page.getByPlaceholder("Ticket number, search text or command").waitFor();
      await page.keyboard.type("Set severity to low");
      await press(page, "Enter");
      await header(page).getByText("low", { exact: true }).waitFor();
      await timeline(page).getByText("changed the severity").first().waitFor();
    },
  ],
  [
    "a ticket that does not exist says so",
    async ({ page, go, inspect }) => {
      await go("/tickets/INC-999999");
      await page.getByRole("heading", { name: "Not found" }).waitFor();
      await inspect("ticket-missing");
    },
  ],
];
