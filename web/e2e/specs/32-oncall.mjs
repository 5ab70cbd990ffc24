import assert from "node:assert/strict";
import { call, look, startCrew } from "../crew.mjs";

// A server of its own: schedules would change who is responsible in the other specs.

const dialog = (page) => page.getByRole("dialog");
const button = (page, name) => page.getByRole("button", { name, exact: true });
const board = (page) => page.getByRole("list", { name: "On duty now" });
const chart = (page) => page.getByRole("group", { name: /^First line, / });
const piece = (page, name) => chart(page).getByRole("button", { name }).first();
const focused = (page) => page.evaluate("document.activeElement.getAttribute('aria-label')");
const day = 24 * 3600 * 1000;

let own;

export default [
  [
    "without a schedule the lead answers, and the page says so",
    async (t) => {
      own = { crew: await startCrew(t) };
      const { page, base } = own.crew;
      own.bo = await own.crew.person("Bo Jensen", ["analyst"]);
      own.cleo = await own.crew.person("Cleo Okafor", ["lead"]);
      await page.goto(`${base}/oncall`);
      await board(page).getByText("No schedule.").waitFor();
      await board(page).getByText(/the lead, answers/).waitFor();
      await page.getByRole("heading", { name: "There is no schedule yet" }).waitFor();
      await look(page, "oncall-empty");
    },
  ],
  [
    "a schedule is drawn while it is written, with its gaps, and whoever is on duty stands there as soon as it is saved",
    async () => {
      const { page } = own.crew;
      await page.keyboard.press("n");
      await page.getByRole("heading", { name: "New schedule", level: 1 }).waitFor();
      const card = page.getByRole("region", { name: /^Rotation 1/ });
      const preview = page.getByRole("region", { name: "What it would come to" });
      await preview.getByText("Add a person and it is drawn.").waitFor();
      assert.equal(await button(page, "Save").isDisabled(), true);
      await page.getByLabel("Name", { exact: true }).first().fill("First line");
      for (const name of ["Ada Lovelace", "Bo Jensen", "Cleo Okafor"]) await card.getByRole("combobox", { name: /turn/ }).last().selectOption({ label: name });
      await preview.getByText("✓ Somebody is on duty all the time.").waitFor();
      await preview.getByText(/have no confirmed way to be told/).waitFor();
      // The order is changed by keyboard, and the focus goes with whoever moves.
      await button(page, "Move Cleo Okafor up").focus();
      await page.keyboard.press("Alt+ArrowUp");
      assert.equal(await focused(page), "Move Cleo Okafor up");
      assert.deepEqual(await card.locator(".duty-turn-name").allTextContents(), ["Ada Lovelace", "Cleo Okafor", "Bo Jensen"]);
      await button(page, "Add a window").click();
      await preview.getByText(/▲ Nobody is on duty in \d+ gaps/).waitFor();
      await look(page, "schedule-new");
      await button(page, "Remove window 1").click();
      await preview.getByText("✓ Somebody is on duty all the time.").waitFor();
      await page.keyboard.press("Control+s");
      await page.waitForURL(/\/oncall\?schedule=/);
      await board(page).getByText(/until/).waitFor();
      await chart(page).waitFor();
      own.schedule = (await call(page, "GET", "/schedules", undefined, 200)).items[0];
      assert.deepEqual(own.schedule.rotations[0].participants.map((id) => own.schedule.participant_names[id]), ["Ada Lovelace", "Cleo Okafor", "Bo Jensen"]);
    },
  ],
  [
    "what the server refuses stands at its field",
    async () => {
      const { page } = own.crew;
      await page.keyboard.press("e");
      await page.getByRole("heading", { name: "First line", level: 1 }).waitFor();
      await page.getByLabel("Zone", { exact: true }).first().fill("Atlantis/Poseidon");
      await page.getByText(/There is no time zone/).first().waitFor();
      await button(page, "Save").click();
      assert.equal(await page.getByLabel("Zone", { exact: true }).first().getAttribute("aria-invalid"), "true");
      // Nothing is lost by a click on something else.
      await page.getByRole("link", { name: "Queue" }).click();
      await dialog(page).getByText("The schedule that you have changed is not saved.").waitFor();
      await button(page, "Cancel").click();
      await button(page, "Discard changes").click();
      assert.equal(await page.getByLabel("Zone", { exact: true }).first().inputValue(), "Europe/Amsterdam");
      assert.equal((await call(page, "GET", `/schedules/${own.schedule.id}`, undefined, 200)).rev, own.schedule.rev);
    },
  ],
  [
    "the arrow keys walk through the shifts, Enter opens one, and somebody stands in",
    async () => {
      const { page, base } = own.crew;
      await page.goto(`${base}/oncall?view=month`);
      await chart(page).waitFor();
      await piece(page, /On duty$/).focus();
      const first = await focused(page);
      await page.keyboard.press("ArrowRight");
      assert.notEqual(await focused(page), first);
      await page.keyboard.press("ArrowDown");
      assert.match(await focused(page), /Rotation 1$/);
      await page.keyboard.press("Home");
      await page.keyboard.press("Enter");
      await dialog(page).getByRole("button", { name: /Stand in…|Somebody stands in…/ }).click();
      await dialog(page).getByLabel("Who stands in").selectOption({ label: "Bo Jensen" });
      await dialog(page).getByLabel("Until").fill(new Date(Date.now() + day).toISOString().slice(0, 16));
      await dialog(page).getByLabel("Why").fill("Dentist");
      await look(page, "oncall-cover");
      await button(page, "Stand in").click();
      await dialog(page).waitFor({ state: "detached" });
      await board(page).getByText("Bo Jensen").waitFor();
      const stands = page.getByRole("region", { name: "Who stands in" });
      await stands.getByText("Dentist").waitFor();
      await look(page, "oncall");
      // The other one sees it without reloading, and may not change it.
      await own.bo.page.goto(`${base}/oncall`);
      await own.bo.page.getByText("on duty now").first().waitFor();
      assert.equal(await button(own.bo.page, "Stand in…").count(), 0);
      await stands.getByRole("button", { name: /^Take away/ }).click();
      await button(page, "Take away").click();
      await own.bo.page.getByRole("list", { name: "On duty now" }).getByText("Ada Lovelace").first().waitFor();
    },
  ],
  [
    "two shifts are swapped",
    async () => {
      const { page } = own.crew;
      await page.keyboard.press("m");
      await piece(page, /On duty$/).focus();
      await page.keyboard.press("End");
      await page.keyboard.press("Enter");
      const [, name] = /^Shift of (.*)$/.exec(await dialog(page).getByRole("heading").innerText());
      await dialog(page).getByRole("button", { name: "Swap with another shift…" }).click();
      await dialog(page).getByLabel("With the shift of").selectOption({ index: 1 });
      const said = await dialog(page).getByText(/ takes .* takes /).innerText();
      assert.ok(said.includes(name), said);
      await button(page, "Swap").click();
      await dialog(page).waitFor({ state: "detached" });
      const { items } = await call(page, "GET", `/schedules/${own.schedule.id}/overrides`, undefined, 200);
      assert.equal(items.length, 2);
      for (const item of items) await page.evaluate(([schedule, id]) => fetch(`/api/v1/schedules/${schedule}/overrides/${id}`, { method: "DELETE" }), [own.schedule.id, item.id]);
    },
  ],
  [
    "a week in which clocks are set has 167 hours and says so; the table holds what the drawing shows",
    async () => {
      const { page, base } = own.crew;
      await page.goto(`${base}/oncall?at=2027-03-26`);
      await page.getByText("This week has 167 h.").waitFor();
      await page.getByText(/Clocks in Europe\/Amsterdam go forward by 60 min/).waitFor();
      await look(page, "oncall-clocks");
      const drawn = await chart(page).getByRole("button", { name: /On duty$/ }).count();
      await page.keyboard.press("v");
      const table = page.getByRole("table", { name: /^First line/ });
      await table.waitFor();
      assert.equal(await table.getByRole("row").count(), drawn + 1);
      await table.getByRole("button", { name: /^Open the shift of/ }).first().click();
      await dialog(page).getByText("to come").waitFor();
      await page.keyboard.press("Escape");
      await page.keyboard.press("v");
      await chart(page).waitFor();
    },
  ],
  [
    "a gap is red, hatched, and says nobody; ▲ stands before it everywhere",
    async () => {
      const { page, base } = own.crew;
      const { team, rotations, name, primary, zone } = own.schedule;
      const hours = { ...rotations[0], participants: [own.cleo.id], windows: [{ days: ["sat"], from: "10:00", to: "11:00" }] };
      const made = await call(page, "POST", "/schedules", { name: "Saturdays", team, primary: false, zone, rotations: [hours] }, 201);
      assert.deepEqual([name, primary], ["First line", true]);
      await page.goto(`${base}/oncall?schedule=${made.id}`);
      const gaps = page.getByRole("img", { name: /^Nobody, / });
      await gaps.first().waitFor();
      assert.match(await gaps.first().locator("rect").getAttribute("fill"), /^url\(#/);
      assert.equal(await gaps.locator("text").first().textContent(), "nobody");
      await page.getByText(/^▲ Nobody is on duty now\.$/).waitFor();
      await board(page).getByText("nobody").waitFor();
      await look(page, "oncall-gap");
    },
  ],
  [
    "an address for a calendar program is shown once, answers, and ends when it is taken back",
    async () => {
      const { page, base } = own.crew;
      const panel = page.getByRole("region", { name: "In my calendar" });
      await panel.getByRole("button", { name: "Calendar address…" }).click();
      await dialog(page).getByLabel("Which shifts").selectOption({ label: "Everybody on First line" });
      await button(page, "Make the address").click();
      const address = await dialog(page).getByLabel("Address of First line").innerText();
      assert.ok(address.startsWith(`${base}/api/v1/oncall/`), address);
      await look(page, "oncall-feed");
      await button(page, "Done").click();
      assert.equal((await page.content()).includes(new URL(address).searchParams.get("token")), false);
      const read = await fetch(address);
      assert.equal(read.status, 200);
      assert.match(await read.text(), /BEGIN:VEVENT/);
      await panel.getByRole("button", { name: "End the address of First line" }).click();
      await button(page, "End it").click();
      await panel.getByText("An address shows shifts").waitFor();
      assert.equal((await fetch(address)).status, 404);
    },
  ],
  [
    "g o opens the page from anywhere, and a schedule is ended",
    async () => {
      const { page, base } = own.crew;
      await page.goto(`${base}/queue`);
      await page.getByRole("heading", { name: "Queue", level: 1 }).waitFor();
      await page.keyboard.press("g");
      await page.keyboard.press("o");
      await page.waitForURL("**/oncall");
      await page.getByRole("link", { name: /^Saturdays/ }).click();
      await page.getByRole("heading", { name: "Saturdays" }).waitFor();
      await page.keyboard.press("e");
      await page.getByRole("button", { name: "End the schedule…" }).click();
      await button(page, "End it").click();
      await page.waitForURL("**/oncall");
      await page.getByRole("link", { name: /^Saturdays/ }).waitFor({ state: "detached" });
      await own.crew.close();
    },
  ],
];
