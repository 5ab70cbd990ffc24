import assert from "node:assert/strict";
import { asff } from "../asff.mjs";
import { detections } from "../flood.mjs";

const press = async (page, ...keys) => {
  for (const key of keys) await page.keyboard.press(key);
};
const rule = (page, name) => page.getByRole("listitem", { name: new RegExp(`: ${name}`) });
const section = (page, name) => page.getByRole("region", { name, exact: true });
const preview = (page) => page.getByRole("region", { name: "Preview" });
const flow = (page) => page.getByRole("navigation", { name: "The way of a finding" });
const match = (row) => row.getByRole("combobox", { name: "Match" });
const open = async (page, name) => {
  await rule(page, name).getByRole("button", { name: new RegExp(`^${name}`) }).click();
  return rule(page, name);
};

/** Adds a rule to a section and gives its row, open, under its new name. */
async function add(page, title, button, name) {
  await section(page, title).getByRole("button", { name: button }).click();
  await page.keyboard.type(name); // the name has the focus, and what stood there is selected
  return rule(page, name);
}

async function save(page, why) {
  await press(page, "Control+s");
  const dialog = page.getByRole("dialog", { name: "Save the rules" });
  await dialog.getByLabel("Why").fill(why);
  await dialog.getByRole("button", { name: "Save", exact: true }).click();
  await dialog.waitFor({ state: "detached" });
  return page.getByText("The rules are saved").last();
}

async function outcomeOf(call, finding) {
  const { body } = await call("POST", "/findings", finding);
  return body.results[0];
}

export default [
  [
    "the rules stand in the order in which they act, with what each took last week, and the way is drawn",
    async ({ page, go, call, inspect }) => {
      await call("POST", "/findings", [asff({ id: "try-1", title: "One to try", ip: "192.0.2.61" }), asff({ id: "try-2", title: "A low one to try", severity: "LOW", ip: "192.0.2.62" }), ...detections(24, "One of many")]);
      await go("/policy");
      await rule(page, "Detections, medium and above").getByText(/^\d+ findings?$/).waitFor();
      await preview(page).getByText(/tickets? of \d+ findings/).waitFor();
      const titles = await flow(page).getByRole("listitem").locator(".flow-title").allTextContents();
      assert.deepEqual(titles, ["Severity mapping", "Suppression", "Maintenance windows", "What opens a ticket", "Grouping", "Routing", "Lists"]);
      await flow(page).getByText(/^\d+ tickets? to 1 team$/).waitFor();
      await inspect("policy");
      await flow(page).getByRole("button", { name: /^Grouping/ }).click();
      assert.equal(await page.evaluate("document.activeElement.textContent"), "Grouping");
    },
  ],
  [
    "the keyboard goes through the rules of all sections, opens one and switches it off and on",
    async ({ page }) => {
      await press(page, "j", "j", "j");
      assert.match(await page.evaluate("document.activeElement.textContent"), /Detections, medium and above/);
      await press(page, "x");
      await rule(page, "Detections").getByText("off", { exact: true }).waitFor();
      await press(page, "x", "Enter");
      await rule(page, "Detections").getByRole("textbox", { name: "Name" }).waitFor();
      await press(page, "Escape");
      assert.match(await page.evaluate("document.activeElement.textContent"), /Detections, medium and above/);
    },
  ],
  [
    "a match is completed while it is typed, and a mistake is marked in it; nothing is saved with it",
    async ({ page, inspect }) => {
      const row = await open(page, "Detections");
      await match(row).fill("class:detection ");
      await match(row).pressSequentially("severi");
      await page.getByRole("option", { name: /^severity/ }).first().waitFor();
      await inspect("policy-completion");
      await press(page, "Escape");
      await match(row).fill("class:detection severty>=low");
      await row.getByText(/severty/).first().waitFor();
      await row.getByRole("button", { name: "Use “severity”" }).waitFor();
      await preview(page).getByText(/What opens a ticket, 3:/).waitFor();
      await inspect("policy-mistake");
      assert.equal(await page.getByRole("button", { name: /^Save/ }).getAttribute("aria-disabled"), "true");
      await row.getByRole("button", { name: "Use “severity”" }).click();
      assert.equal(await match(row).inputValue(), "class:detection severity>=low");
    },
  ],
  [
    "the preview draws what the changed rules would have opened beside those in force",
    async ({ page }) => {
      const tickets = preview(page).getByRole("listitem").filter({ hasText: "Tickets" }).first();
      await tickets.getByText(/\+\d/).waitFor();
      const [, before, after] = /([\d,]+) → ([\d,]+)/.exec(await tickets.textContent());
      assert.ok(Number(after) > Number(before), `${before} → ${after}`);
      await section(page, "What opens a ticket").getByText("changed, not saved").waitFor();
    },
  ],
  [
    "Alt and an arrow move a rule, and the focus stays in it",
    async ({ page }) => {
      await match(rule(page, "Detections")).focus();
      await press(page, "Alt+ArrowUp", "Alt+ArrowUp");
      await page.getByRole("listitem", { name: "rule 1: Detections, medium and above" }).waitFor();
      assert.equal(await page.evaluate("document.activeElement.value"), "class:detection severity>=low");
      await press(page, "Alt+ArrowDown", "Alt+ArrowDown");
      await page.getByRole("listitem", { name: "rule 3: Detections, medium and above" }).waitFor();
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
    "saving shows each change and asks why; the next finding follows the new rules",
    async ({ page, call, inspect }) => {
      await press(page, "Control+s");
      const dialog = page.getByRole("dialog", { name: "Save the rules" });
      await dialog.getByRole("list", { name: "What changes" }).getByText("class:detection severity>=low").waitFor();
      assert.equal(await dialog.getByRole("button", { name: "Save", exact: true }).getAttribute("aria-disabled"), "true");
      await inspect("policy-save");
      await dialog.getByRole("button", { name: "Go on editing" }).click();
      await (await save(page, "Low ones matter this week")).waitFor();
      const sent = await outcomeOf(call, asff({ id: "low-opens", title: "A low one", severity: "LOW", instance: "i-77", ip: "192.0.2.77" }));
      assert.equal(sent.outcome, "opened", JSON.stringify(sent));
    },
  ],
  [
    "Undo puts the rules back at once",
    async ({ page, call }) => {
      await page.getByRole("button", { name: "Undo" }).last().click();
      await page.getByText("The rules are as they were").waitFor();
      await rule(page, "Detections").getByText("class:detection,data_security severity>=medium").waitFor();
      const sent = await outcomeOf(call, asff({ id: "low-again", title: "Another low one", severity: "LOW", instance: "i-78", ip: "192.0.2.78" }));
      assert.equal(sent.outcome, "recorded", JSON.stringify(sent));
    },
  ],
  [
    "a grouping rule is tried on last week, saved, and the next findings share a ticket",
    async ({ page, call, inspect }) => {
      const row = await add(page, "Grouping", "Add grouping rule", "Twins in an account");
      await match(row).fill("class:detection title~twin");
      assert.equal(await row.getByRole("button", { name: "account", exact: true }).getAttribute("aria-pressed"), "true");
      await row.getByRole("button", { name: "kind", exact: true }).click();
      await match(row).fill("class:detection");
      await row.getByRole("checkbox", { name: /Switched on/ }).check();
      const joins = preview(page).getByRole("listitem").filter({ hasText: "Join a ticket" });
      await joins.getByText(/\+\d/).waitFor();
      await preview(page).getByRole("list", { name: "Biggest groups" }).getByRole("listitem").first().waitFor();
      await inspect("policy-group");
      await match(row).fill("class:detection title~twin");
      await (await save(page, "Twins are one incident")).waitFor();
      const [one, two] = [asff({ id: "twin-1", title: "A twin", instance: "i-t1", ip: "192.0.2.81" }), asff({ id: "twin-2", title: "The other twin", instance: "i-t2", ip: "192.0.2.82" })];
      const first = await outcomeOf(call, one);
      const second = await outcomeOf(call, two);
      assert.deepEqual([first.outcome, second.outcome, second.ticket], ["opened", "joined", first.ticket]);
    },
  ],
  [
    "what somebody else saved meanwhile is shown, and kept beside one's own where both fit",
    async ({ page, call, inspect }) => {
      await rule(page, "Twins in an account").getByRole("checkbox").uncheck();
      const now = await call("GET", "/policy");
      await page.evaluate(async ({ rules, etag }) => {
        const body = JSON.stringify({ rules: rules.slice(1), reason: "One rule less" });
        await fetch("/api/v1/policy", { method: "PUT", headers: { "Content-Type": "application/json", "If-Match": etag }, body });
      }, { rules: now.body.rules, etag: now.etag });
      const notice = page.getByRole("alert").filter({ hasText: "has saved other rules" });
      await notice.getByRole("list", { name: "What they changed" }).getByText("Not active, or suppressed").waitFor();
      await inspect("policy-overtaken");
      await notice.getByRole("button", { name: "Keep both" }).click();
      await notice.waitFor({ state: "detached" });
      assert.equal(await section(page, "What opens a ticket").getByRole("listitem").count(), now.body.rules.length - 1);
      assert.equal(await rule(page, "Twins in an account").getByRole("checkbox").isChecked(), false);
      await page.getByRole("button", { name: "Discard changes" }).click();
    },
  ],
  [
    "a suppression needs somebody, an end and a reason; one that silences everything has to be meant",
    async ({ page, admin, inspect }) => {
      const row = await add(page, "Suppression", "Add suppression", "All of it");
      await page.waitForTimeout(1500); // the preview has been asked meanwhile, without what cannot be tried yet
      assert.equal(await page.getByText("must say what is silenced").count(), 0);
      await preview(page).getByText(/tickets? of \d+ findings/).waitFor();
      await match(row).fill("severity>=info");
      await row.getByRole("checkbox", { name: /Switched on/ }).check();
      assert.equal(await page.getByRole("button", { name: /^Save/ }).getAttribute("title"), "Suppression 1 needs a reason");
      await row.getByLabel("Reason").fill("A drill");
      await row.getByLabel("Answers for it").selectOption({ label: `${admin.name} · ${admin.email}` });
      await row.getByRole("button", { name: "30 days" }).click();
      await row.getByText(/UTC · .* Amsterdam/).waitFor();
      await inspect("policy-suppression");
      await press(page, "Control+s");
      const dialog = page.getByRole("dialog", { name: "Save the rules" });
      await dialog.getByLabel("Why").fill("To see what happens");
      await dialog.getByRole("button", { name: "Save", exact: true }).click();
      await dialog.getByText("“All of it” silences everything").waitFor();
      await inspect("policy-broad");
      const force = dialog.getByRole("button", { name: "Save all the same" });
      assert.equal(await force.getAttribute("aria-disabled"), "true");
      await dialog.getByRole("checkbox", { name: /I mean it/ }).check();
      await force.click();
      await dialog.waitFor({ state: "detached" });
    },
  ],
  [
    "what it silences says so, by which suppression, until when and who answers for it",
    async ({ page, go, call, admin, inspect }) => {
      const sent = await outcomeOf(call, asff({ id: "silent", title: "Nobody is told of this", instance: "i-s", ip: "192.0.2.90" }));
      assert.equal(sent.outcome, "suppressed", JSON.stringify(sent));
      await go(`/findings/${sent.finding_id}`);
      const why = page.getByRole("region", { name: "Why" });
      await why.getByText("“All of it”").waitFor();
      await why.getByText(`(${admin.name} answers for it.)`).waitFor();
      await inspect("finding-suppressed");
      await why.getByRole("link", { name: "All that it decided" }).click();
      await page.getByRole("grid", { name: "Findings" }).getByText("Nobody is told of this").waitFor();
    },
  ],
  [
    "a suppression that ends soon is marked",
    async ({ page, go }) => {
      await go("/policy");
      const row = await open(page, "All of it");
      await row.getByLabel("Ends", { exact: true }).fill(local(new Date(Date.now() + 2.5 * 86_400_000)));
      await row.getByText(/expires in 2 d/).waitFor();
      await section(page, "Suppression").getByText("1 needs attention").waitFor();
      await press(page, "Escape");
      await rule(page, "All of it").getByRole("button", { name: /^Delete/ }).click();
      await (await save(page, "The drill is over")).waitFor();
    },
  ],
  [
    "a list is made from a template, with each line that is wrong named",
    async ({ page, go, inspect }) => {
      await go("/lists");
      await page.getByRole("heading", { name: "No lists yet" }).waitFor();
      await inspect("lists-empty");
      await page.getByRole("button", { name: "crown-jewels" }).click();
      const dialog = page.getByRole("dialog", { name: "New list" });
      const lines = dialog.getByLabel("Items");
      await lines.fill("444455556666 Payments, production\n12345\n777788889999\tThe shop");
      await dialog.getByText("Line 2").waitFor();
      await dialog.getByText("an account has twelve digits").waitFor();
      await inspect("lists-new");
      assert.equal(await dialog.getByRole("button", { name: "Make the list" }).getAttribute("aria-disabled"), "true");
      await lines.fill("444455556666 Payments, production\n777788889999\tThe shop");
      await dialog.getByRole("button", { name: "Make the list" }).click();
      const items = page.getByRole("table", { name: "Items of crown-jewels" });
      await items.getByText("Payments, production").waitFor();
      await page.getByRole("searchbox", { name: "Search in crown-jewels" }).fill("shop");
      assert.equal(await items.getByRole("row").count(), 2);
      await inspect("lists");
    },
  ],
  [
    "items are added by many lines and removed one by one, which can be undone",
    async ({ page, call }) => {
      await page.getByRole("searchbox", { name: "Search in crown-jewels" }).fill("");
      await page.getByRole("button", { name: "Add items…" }).click();
      const dialog = page.getByRole("dialog", { name: "Add to @crown-jewels" });
      await dialog.getByLabel("Items").fill("444455556666\n999900001111 Backups");
      await dialog.getByText("1 item to add, 1 line already there").waitFor();
      await dialog.getByRole("button", { name: "Add", exact: true }).click();
      await dialog.waitFor({ state: "detached" });
      await page.getByRole("button", { name: "Remove 999900001111" }).click();
      await page.getByText("999900001111 is out of @crown-jewels").waitFor();
      await page.getByRole("button", { name: "Undo" }).last().click();
      await page.getByText("@crown-jewels is as it was").waitFor();
      const { body } = await call("GET", "/lists/crown-jewels");
      assert.deepEqual(body.items.map((item) => item.value), ["444455556666", "777788889999", "999900001111"]);
    },
  ],
  [
    "a rule uses the list; what it matches is mapped, and the list says by what it is used",
    async ({ page, go, call, inspect }) => {
      await go("/policy");
      const row = await add(page, "Severity mapping", "Add mapping", "Crown jewels");
      await match(row).fill("account:@crown-jewels");
      await row.getByLabel("Becomes").selectOption("critical");
      await row.getByRole("checkbox", { name: /Switched on/ }).check();
      await (await save(page, "What matters most comes first")).waitFor();
      const sent = await outcomeOf(call, asff({ id: "jewel", title: "A small thing at a jewel", severity: "LOW", instance: "i-j", ip: "192.0.2.91", AwsAccountId: "777788889999" }));
      assert.equal(sent.outcome, "opened", JSON.stringify(sent));
      assert.equal((await call("GET", `/tickets/${sent.ticket}`)).body.severity, "critical");
      await go("/lists?sel=crown-jewels");
      await page.getByText("Used by Crown jewels.").waitFor();
      await page.getByRole("button", { name: "Delete list…" }).click();
      const dialog = page.getByRole("dialog", { name: "@crown-jewels is in use" });
      await dialog.getByText("Crown jewels", { exact: true }).waitFor();
      await inspect("lists-in-use");
      await dialog.getByRole("button", { name: "Close" }).last().click();
    },
  ],
  [
    "a maintenance window silences what planned work sets off, and says that it is running",
    async ({ page, go, call, admin, inspect }) => {
      await go("/policy");
      const row = await add(page, "Maintenance windows", "Add window", "Move of the lab");
      await match(row).fill("title~lab");
      await row.getByLabel("Reason").fill("The lab moves");
      await row.getByLabel("Answers for it").selectOption({ label: `${admin.name} · ${admin.email}` });
      await row.getByLabel("From").fill(local(new Date(Date.now() - 3_600_000)));
      await row.getByLabel("To", { exact: true }).fill(local(new Date(Date.now() + 3_600_000)));
      await row.getByText(/running, \d+ m left|running, 1 h left/).waitFor();
      await inspect("policy-window");
      await (await save(page, "Planned for months")).waitFor();
      const sent = await outcomeOf(call, asff({ id: "lab", title: "Something in the lab", instance: "i-l", ip: "192.0.2.92" }));
      assert.equal(sent.outcome, "suppressed", JSON.stringify(sent));
    },
  ],
  [
    "a route sends new tickets to a team",
    async ({ page, go, call }) => {
      const me = (await call("GET", "/session")).body.user.id;
      const team = await call("POST", "/teams", { name: "Workloads", lead: me, members: [me] });
      assert.ok(team.status === 201 || team.status === 409, JSON.stringify(team));
      await go("/policy");
      const row = await add(page, "Routing", "Add route", "Payments to Workloads");
      await match(row).fill("title~payment");
      await row.getByLabel("Team").selectOption({ label: "Workloads" });
      await row.getByRole("checkbox", { name: /Switched on/ }).check();
      await (await save(page, "They know their hosts")).waitFor();
      const sent = await outcomeOf(call, asff({ id: "pay", title: "A payment host talks", instance: "i-p", ip: "192.0.2.93" }));
      assert.equal((await call("GET", `/tickets/${sent.ticket}`)).body.team_name, "Workloads");
    },
  ],
  [
    "the history says who, when and why, shows the difference rule by rule, and puts anything back",
    async ({ page, call, admin, inspect }) => {
      await press(page, "Escape");
      await page.getByRole("button", { name: "History" }).click();
      await page.waitForURL("**/policy/history");
      const revisions = page.getByRole("list", { name: "Revisions, newest first" });
      await revisions.getByText("They know their hosts").waitFor();
      await revisions.getByText(new RegExp(admin.name)).first().waitFor();
      const differences = page.getByRole("list", { name: /What differs from revision/ });
      await differences.getByText("Payments to Workloads").waitFor();
      await inspect("policy-history");
      await press(page, "j");
      await differences.getByText("Move of the lab").waitFor();
      await revisions.getByText("What the installation began with").click();
      await page.getByRole("button", { name: "Put revision 0 back…" }).click();
      const dialog = page.getByRole("dialog", { name: "Put revision 0 back?" });
      await dialog.getByLabel("Why").fill("As it was in the beginning");
      await dialog.getByRole("button", { name: "Put back" }).click();
      await page.getByText(/Revision 0 is back, as revision \d+/).waitFor();
      const { body } = await call("GET", "/policy");
      assert.equal(body.rules.length, 5);
      assert.deepEqual([body.suppressions, body.windows, body.routes, body.severities], [[], [], [], []]);
    },
  ],
  [
    "a list that no rule uses any more can be deleted",
    async ({ page, go }) => {
      await go("/lists?sel=crown-jewels");
      await page.getByText("No rule uses it.").waitFor();
      await page.getByRole("button", { name: "Delete list…" }).click();
      await page.getByRole("dialog", { name: "Delete @crown-jewels?" }).getByRole("button", { name: "Delete", exact: true }).click();
      await page.getByRole("heading", { name: "No lists yet" }).waitFor();
    },
  ],
];

/** A moment as the fields show it to somebody in Amsterdam. */
function local(at) {
  const parts = Object.fromEntries(new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/Amsterdam", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).formatToParts(at).map(({ type, value }) => [type, value]));
  return `${parts.year}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}`;
}
