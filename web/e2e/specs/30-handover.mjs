import assert from "node:assert/strict";
import { call, look, startCrew } from "../crew.mjs";

// A server of its own: offers to somebody must not wait in the inboxes of the other stories.

const dialog = (page) => page.getByRole("dialog");
const button = (page, name) => page.getByRole("button", { name, exact: true });
const press = async (page, ...keys) => {
  for (const key of keys) await page.keyboard.press(key);
};
const header = (page) => page.getByRole("article").locator("header");
const timeline = (page) => page.getByRole("region", { name: "Timeline" });
const rows = (page) => page.locator("[role=grid] [role=row][aria-selected]");
const row = (page, text) => rows(page).filter({ hasText: text });
const card = (page, number) => page.getByRole("list", { name: "Offers" }).getByRole("link").filter({ hasText: number });
const sections = (page) => page.locator("[data-section]");

let own; // what the tests below share: crew, people, numbers of tickets

async function ticketOf(page, title, severity) {
  const { number } = await call(page, "POST", "/tickets", { title, description: "Seen by hand.", severity }, 201);
  await call(page, "POST", `/tickets/${number}/take`, undefined, 200);
  return number;
}

/** Opens every section of an open briefing by the button that is there for it. */
async function readAll(page) {
  const next = page.getByRole("button", { name: /^Read the next section/ });
  for (let i = 0; i < 11; i += 1) {
    await page.getByText(`${i} of 11 sections read`).first().waitFor();
    await next.click();
  }
  await page.getByText("11 of 11 sections read").first().waitFor();
}

export default [
  [
    "h offers a ticket with its next step, and from high on with its risks; its owner stays responsible",
    async (t) => {
      const crew = await startCrew(t);
      own = { crew, page: crew.page, mary: await crew.person("Mary Jackson", ["analyst"], { phone: true }) };
      const { page } = own;
      own.ticket = await ticketOf(page, "Root credentials used from an unknown address", "high");
      await page.goto(`${crew.base}/tickets/${own.ticket}`);
      await page.getByRole("heading", { level: 1, name: /Root credentials/ }).waitFor();
      await press(page, "h");
      await dialog(page).getByLabel("To", { exact: true }).selectOption({ label: "Mary Jackson" });
      await dialog(page).getByText("Say what has to be done next").waitFor();
      await dialog(page).getByLabel("Next step").fill("Ask the bank whether the payment of noon went out.");
      await dialog(page).getByText("A high ticket is offered with its risks").waitFor();
      await dialog(page).getByLabel("Risks").fill("A second payment leaves at midnight.");
      await look(page, "handover-offer");
      await button(dialog(page), "Offer").click();
      await dialog(page).waitFor({ state: "detached" });
      await header(page).getByRole("link", { name: "Mary Jackson" }).waitFor();
      await header(page).getByText(t.admin.name).first().waitFor();
      await timeline(page).getByText("offered the ticket to Mary Jackson").waitFor();
      await timeline(page).getByText("Next: Ask the bank").waitFor();
      await look(page, "ticket-offered");
    },
  ],
  [
    "the queue says to whom it is offered, behind who has it",
    async ({ admin }) => {
      const { page, crew } = own;
      await page.goto(`${crew.base}/queue`);
      await row(page, own.ticket).filter({ hasText: "Ada → Mary?" }).waitFor();
      await row(page, own.ticket).getByText(/◔ \d+ m/).waitFor();
      await press(page, "j", "o");
      await page.getByRole("complementary", { name: /Preview of/ }).getByText(`${admin.name} → Mary Jackson?`).waitFor();
      await look(page, "queue-clocks");
    },
  ],
  [
    "on a phone she finds the offer, opens sections by touch and by key, and declines with a category and a reason",
    async ({ admin }) => {
      const { crew, mary } = own;
      const { page } = mary;
      await page.goto(`${crew.base}/handovers`);
      await card(page, own.ticket).getByText(`From ${admin.name} to you`).waitFor();
      await card(page, own.ticket).getByText(/left/).waitFor();
      await look(page, "handovers");
      await card(page, own.ticket).click();
      await page.getByText("0 of 11 sections read").first().waitFor();
      assert.equal(await sections(page).count(), 11);
      for (const head of await sections(page).all()) assert.ok((await head.boundingBox()).height >= 44, "a thumb needs 44 pixels");
      assert.equal(await page.getByRole("button", { name: /^Accept/ }).getAttribute("aria-disabled"), "true");
      await sections(page).filter({ hasText: "Summary" }).click();
      await page.getByText("1 of 11 sections read").first().waitFor();
      await press(page, "j", "Enter");
      await page.getByText("2 of 11 sections read").first().waitFor();
      assert.equal(await page.evaluate(() => document.activeElement.dataset.section), "timers");
      await press(page, "k");
      assert.equal(await page.evaluate(() => document.activeElement.dataset.section), "summary");
      await sections(page).filter({ hasText: "Running playbooks" }).click();
      await page.getByText("No playbook runs on this ticket.").waitFor();
      await look(page, "briefing");
      await button(page, "Decline…").click();
      await dialog(page).getByText("Choose why").waitFor();
      await dialog(page).getByLabel("Information is missing").check();
      await dialog(page).getByLabel("In words").fill("Which?");
      await dialog(page).getByText(/4 characters to go/).waitFor();
      await dialog(page).getByLabel("In words").fill("Which bank, and whom do I call there?");
      await look(page, "handover-decline");
      await button(dialog(page), "Decline").click();
      await page.getByText("Mary Jackson declined it").first().waitFor();
    },
  ],
  [
    "the owner sees the refusal at once and is still responsible",
    async ({ admin }) => {
      const { page, crew } = own;
      await page.goto(`${crew.base}/tickets/${own.ticket}?show=handover`);
      await timeline(page).getByText("declined the offer: missing info").waitFor();
      await timeline(page).getByText("Which bank, and whom do I call there?").waitFor();
      await header(page).getByText(admin.name).first().waitFor();
      assert.equal(await header(page).getByText("offered").count(), 0);
    },
  ],
  [
    "several tickets are offered together, each with its own next step, and each result stands at its row",
    async () => {
      const { page, crew } = own;
      own.second = await ticketOf(page, "Bucket opened to the world", "low");
      own.third = await ticketOf(page, "Key in a public repository", "medium");
      await page.goto(`${crew.base}/queue?q=number:${own.ticket},${own.second},${own.third}`);
      await row(page, own.third).waitFor();
      for (const number of [own.ticket, own.second, own.third]) await row(page, number).getByRole("checkbox").click();
      // One of them is closed by somebody at the same moment: its offer fails, the others do not.
      await press(page, "h");
      await dialog(page).getByRole("heading", { name: "Hand over 3 tickets" }).waitFor();
      await dialog(page).getByLabel("To", { exact: true }).selectOption({ label: "Mary Jackson" });
      await dialog(page).getByLabel(`Next step of ${own.ticket}`).fill("Call Ines at the bank, +31 20 555 0100.");
      await dialog(page).getByLabel(`Risks of ${own.ticket}`).fill("A second payment leaves at midnight.");
      await dialog(page).getByText(`${own.third}: Say what has to be done next`).waitFor();
      await dialog(page).getByLabel("The same for all").fill("Ask its owner.");
      await button(dialog(page), "Use as next step where there is none").click();
      assert.equal(await dialog(page).getByLabel(`Next step of ${own.second}`).inputValue(), "Ask its owner.");
      await look(page, "handover-several");
      await call(page, "POST", `/tickets/${own.third}/close`, { resolution: "false_positive", reason: "A test key." }, 200);
      await button(dialog(page), "Offer 3 tickets").click();
      await dialog(page).getByText(/Offered to Mary Jackson as HO-/).first().waitFor();
      await dialog(page).getByText(/▲ .*closed/).waitFor();
      await dialog(page).getByText(/✓ Offered to Mary Jackson as HO-/).nth(1).waitFor();
      await press(page, "Escape");
      await row(page, own.ticket).filter({ hasText: "→ Mary?" }).waitFor();
    },
  ],
  [
    "she is told of the new offer where she is, and the navigation counts it",
    async ({ admin }) => {
      const { page } = own.mary;
      await page.getByRole("alert").filter({ hasText: /offered to you|offers you/ }).first().waitFor({ state: "attached" });
      await page.goto(`${own.crew.base}/handovers`);
      await card(page, own.ticket).getByText("Call Ines at the bank").waitFor();
      await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: /Handovers\s*2/ }).waitFor({ state: "attached" });
      await card(page, own.second).getByText(`From ${admin.name} to you`).waitFor();
    },
  ],
  [
    "with the briefing read, what changed meanwhile is shown and confirmed before she is responsible",
    async () => {
      const { page } = own.mary;
      await card(page, own.ticket).click();
      await readAll(page);
      await call(own.page, "POST", `/tickets/${own.ticket}/notes`, { text: "The bank called back: nothing went out.", significant: true }, 200);
      await page.getByRole("button", { name: /^Accept/ }).click();
      const delta = page.getByRole("region", { name: "Changed since it was offered" });
      await delta.getByText("wrote a note").waitFor();
      await look(page, "handover-delta");
      await button(page, "Confirm and accept").click();
      await page.getByText("Mary Jackson accepted it and is responsible").first().waitFor();
      await page.goto(`${own.crew.base}/tickets/${own.ticket}`);
      await header(page).getByText("Mary Jackson").first().waitFor();
      await timeline(page).getByText("read the briefing and accepted the ticket").waitFor();
      await look(page, "ticket-accepted");
    },
  ],
  [
    "of two members of a team who accept, the second is told who was first",
    async () => {
      const { crew, page, mary } = own;
      const team = (await call(page, "GET", "/teams", undefined, 200)).items[0];
      const joan = await crew.person("Joan Clarke", ["analyst"]);
      const number = await ticketOf(page, "Strange sign-in to the payroll", "medium");
      await joinTeam(page, team, [mary.id, joan.id]);
      const offer = await call(page, "POST", `/tickets/${number}/offers`, { to_team: team.id, next_step: "Look at the sign-ins." }, 201);
      await mary.page.goto(`${crew.base}/handovers/${offer.number}`);
      await readAll(mary.page);
      for (const { id } of offer.checklist) await call(joan.page, "POST", `/handovers/${offer.id}/open`, { section: id }, 200);
      const accepted = call(joan.page, "POST", `/handovers/${offer.id}/accept`, { checklist: offer.checklist.map((one) => one.id) }, 200);
      const pressed = mary.page.getByRole("button", { name: /^Accept/ }).click({ timeout: 3000 }).catch(() => undefined); // the page may have heard of it already
      await Promise.all([accepted, pressed]);
      await mary.page.getByText("Joan Clarke accepted it and is responsible").first().waitFor();
      assert.equal(await mary.page.getByRole("button", { name: /^Accept/ }).count(), 0);
      await look(mary.page, "handover-too-late");
    },
  ],
  [
    "an open offer is taken back, and breaking the glass says what it does and wants a reason",
    async () => {
      const { page, crew } = own;
      await page.goto(`${crew.base}/tickets/${own.second}`);
      await header(page).getByRole("button", { name: "Withdraw the offer…" }).click();
      await dialog(page).getByLabel("Why?").fill("I finish it myself.");
      await button(dialog(page), "Withdraw the offer").click();
      await dialog(page).waitFor({ state: "detached" });
      await timeline(page).getByText("took the offer back").waitFor();
      await page.goto(`${crew.base}/tickets/${own.ticket}`);
      await page.getByRole("button", { name: "More" }).click();
      await page.getByRole("menuitem", { name: "Break glass…" }).click();
      await dialog(page).getByText("Mary Jackson is not asked").waitFor();
      await dialog(page).getByRole("textbox").fill("Mary is away.");
      await dialog(page).getByText("The reason needs 7 more characters").waitFor();
      await look(page, "break-glass");
      await press(page, "Escape");
      await page.getByRole("button", { name: "More" }).click();
      await page.getByRole("menuitem", { name: "Return to intake…" }).click();
      await dialog(page).getByRole("textbox").fill("Nobody of this shift can go on with it.");
      await button(dialog(page), "Return to intake").click();
      await header(page).getByText("nobody yet").waitFor();
      await header(page).getByText("on duty for").waitFor();
      await crew.close();
    },
  ],
];

async function joinTeam(page, team, people) {
  const status = await page.evaluate(
    async ([id, rev, members]) => (await fetch(`/api/v1/teams/${id}`, { method: "PATCH", headers: { "Content-Type": "application/json", "If-Match": `"${rev}"` }, body: JSON.stringify({ members }) })).status,
    [team.id, team.rev, [...new Set([...team.members, ...people])]],
  );
  assert.equal(status, 200);
}
