import assert from "node:assert/strict";
import { asff } from "../asff.mjs";

const said = (page, text) => page.getByRole("status").filter({ hasText: text }).first();
const header = (page) => page.getByRole("article").locator("header");
const timeline = (page) => page.getByRole("region", { name: "Timeline" });
const panel = (page, name) => page.getByRole("region", { name, exact: true });
const heading = (page, title) => page.getByRole("heading", { level: 1, name: title }).waitFor();

const one = { id: "merge-1", title: "Keys of the ledger used abroad", severity: "MEDIUM", instance: "i-00merge1", ip: "198.51.100.71" };
const two = { id: "merge-2", title: "The ledger is copied at night", severity: "HIGH", instance: "i-00merge2", ip: "198.51.100.71" };

/** Sends a finding and gives its result. */
async function send(call, finding) {
  const sent = await call("POST", "/findings", asff(finding));
  assert.equal(sent.status, 200, JSON.stringify(sent));
  return sent.body.results[0];
}

/** Asks the server until the answer is as wanted: readers of the journal and toasts take a moment. */
async function until(call, path, wanted) {
  let body;
  for (let i = 0; i < 50; i++) {
    ({ body } = await call("GET", path));
    if (wanted(body)) return;
    await new Promise((wait) => setTimeout(wait, 100));
  }
  assert.fail(`${path} stays ${JSON.stringify(body)}`);
}

export default [
  [
    "a ticket that shares an address is merged from beside it, after the dialog has said what happens",
    async ({ page, go, call, state, inspect }) => {
      state.one = (await send(call, one)).ticket;
      state.two = (await send(call, two)).ticket;
      assert.notEqual(state.one, state.two);
      await until(call, `/tickets/${state.one}/related`, ({ items }) => items.some((item) => item.number === state.two));
      await call("POST", `/tickets/${state.two}/notes`, { text: "Seen from the second ticket." });
      await go(`/tickets/${state.one}`);
      await heading(page, one.title);
      await panel(page, "Seen before").getByRole("button", { name: `Merge with ${state.two}` }).click();
      const dialog = page.getByRole("dialog");
      const plan = dialog.getByRole("region", { name: "What happens" });
      await plan.getByText("Nothing is moved").waitFor();
      await plan.getByText(`The severity of ${state.one} rises from medium to high`).waitFor();
      await plan.getByText("It can be undone at any time").waitFor();
      await inspect("merge-dialog");
      await dialog.getByRole("textbox", { name: "Reason" }).fill("one intruder");
      await dialog.getByRole("button", { name: `Merge ${state.two} into ${state.one}` }).click();
      await said(page, `${state.two} is merged into ${state.one}`).waitFor();
    },
  ],
  [
    "the ticket then shows what both hold: findings by origin, assets, and one timeline",
    async ({ page, state, inspect }) => {
      await header(page).getByRole("link", { name: "1 ticket merged here" }).waitFor();
      await header(page).getByText("2 findings").waitFor();
      await panel(page, "Merged here").getByRole("link", { name: state.two }).waitFor();
      await panel(page, "Assets").getByText("i-00merge2").waitFor();
      await page.getByRole("region", { name: `Findings of ${state.two}` }).getByRole("strong").filter({ hasText: two.title }).waitFor();
      await page.getByRole("region", { name: `Findings of ${state.one}` }).getByText(one.title).waitFor();
      const note = timeline(page).getByRole("listitem").filter({ hasText: "Seen from the second ticket." });
      await note.getByText(`in ${state.two}`).waitFor();
      await timeline(page).getByText(`merged ${state.two} into ${state.one}`).first().waitFor();
      await timeline(page).getByText("links whole").waitFor(); // its own chain, not the mixture
      await inspect("ticket-merged");
    },
  ],
  [
    "what happens to a merged ticket is seen on the one that shows it",
    async ({ page, call, state }) => {
      await call("POST", `/tickets/${state.two}/notes`, { text: "Written while it was merged." });
      await timeline(page).getByText("Written while it was merged.").waitFor();
    },
  ],
  [
    "the merged ticket says where it went, and unmerging puts it back as it was",
    async ({ page, go, call, state, inspect }) => {
      await go(`/tickets/${state.two}`);
      await heading(page, two.title);
      await header(page).getByRole("link", { name: state.one }).waitFor();
      assert.equal(await page.getByRole("button", { name: "Reopen…" }).count(), 0);
      await inspect("ticket-merged-away");
      await page.getByRole("button", { name: "Unmerge…" }).click();
      await page.getByRole("dialog").locator("textarea").fill("two intruders after all");
      await page.getByRole("dialog").getByRole("button", { name: "Unmerge" }).click();
      await said(page, `${state.two} stands by itself again, in Detect`).waitFor();
      await page.locator("[aria-current=step]", { hasText: "Detect" }).waitFor();
      const { body } = await call("GET", `/tickets/${state.one}`);
      assert.deepEqual([body.finding_count, body.severity, body.merged], [1, "medium", []]);
    },
  ],
  [
    "m merges by number in either direction, and the toast takes it back",
    async ({ page, call, state }) => {
      await page.getByRole("heading", { level: 1 }).click();
      await page.keyboard.press("m");
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("textbox", { name: "Find by number or words" }).fill(state.one.replace("INC-", ""));
      await dialog.getByRole("radio", { name: state.one, exact: true }).check();
      await dialog.getByRole("radio", { name: `${state.one} stays` }).check();
      await dialog.getByRole("button", { name: `Merge ${state.two} into ${state.one}` }).click();
      await page.waitForURL(`**/tickets/${state.one}`);
      await said(page, `${state.two} is merged into ${state.one}`).waitFor();
      await page.getByRole("button", { name: "Undo" }).last().click();
      await until(call, `/tickets/${state.two}`, ({ phase, resolution }) => phase === "detect" && resolution === "");
    },
  ],
  [
    "findings that are another matter are split off, and undo brings them back",
    async ({ page, go, call, state, inspect }) => {
      const { body: before, etag } = await call("GET", "/policy");
      const put = (groups, rev) =>
        page.evaluate(async ([body, match]) => (await fetch("/api/v1/policy", { method: "PUT", headers: { "Content-Type": "application/json", "If-Match": match }, body: JSON.stringify(body) })).json(), [{ groups, reason: "a test" }, rev]);
      const set = await put([{ name: "the ledger", match: 'title~"of the merge story"', by: ["resource"], within: "1h", enabled: true }, ...before.groups], etag);
      const sent = [];
      for (const n of [1, 2, 3]) sent.push(await send(call, { id: `merge-s${n}`, title: `Part ${n} of the merge story`, instance: "i-00split", ip: `198.51.100.8${n}` }));
      assert.deepEqual(sent.map((result) => result.ticket), Array(3).fill(sent[0].ticket));
      await put(before.groups, `"${set.rev}"`);
      state.split = sent[0].ticket;
      await go(`/tickets/${state.split}`);
      await heading(page, "Part 1 of the merge story");
      const split = page.getByRole("button", { name: "Split into a new ticket…" });
      await page.getByRole("checkbox", { name: "Tick Part 2 of the merge story" }).check();
      await page.getByText("1 finding ticked").waitFor();
      await inspect("ticket-splitting");
      await split.click();
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("textbox", { name: "Title" }).fill("The other half of the merge story");
      await inspect("split-dialog");
      await dialog.getByRole("button", { name: "Split into a new ticket" }).click();
      await heading(page, "The other half of the merge story");
      assert.notEqual(new URL(page.url()).pathname, `/tickets/${state.split}`);
      await page.getByRole("region", { name: "Links" }).getByRole("link", { name: state.split }).waitFor();
      await timeline(page).getByText(`from ${state.split}`).waitFor();
      await page.getByRole("button", { name: "Undo" }).last().click();
      await page.waitForURL(`**/tickets/${state.split}`);
      await header(page).getByText("3 findings").waitFor();
      await header(page).getByRole("link", { name: "1 ticket merged here" }).waitFor();
    },
  ],
  [
    "not every finding can be split off",
    async ({ page }) => {
      const boxes = page.getByRole("checkbox", { name: /^Tick Part/ });
      await boxes.first().waitFor();
      assert.equal(await boxes.count(), 2, "only its own findings can be ticked");
      for (const box of await boxes.all()) await box.check();
      const split = page.getByRole("button", { name: "Split into a new ticket…" });
      assert.match((await split.getAttribute("title")) ?? "", /has to stay/);
      assert.ok((await split.getAttribute("aria-disabled")) === "true" || (await split.isDisabled()));
    },
  ],
];
