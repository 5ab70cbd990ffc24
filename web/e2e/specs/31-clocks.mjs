import assert from "node:assert/strict";
import { call, look, startCrew } from "../crew.mjs";

// A server of its own: its targets are changed to seconds.

const dialog = (page) => page.getByRole("dialog");
const button = (page, name) => page.getByRole("button", { name, exact: true });
const press = async (page, ...keys) => {
  for (const key of keys) await page.keyboard.press(key);
};
const header = (page) => page.getByRole("article").locator("header");
const timeline = (page) => page.getByRole("region", { name: "Timeline" });
const clocks = (page) => page.getByRole("region", { name: "Clocks" });
const tabs = (page) => page.getByRole("region", { name: "More about this ticket" });
const rows = (page) => page.locator("[role=grid] [role=row][aria-selected]");
const row = (page, text) => rows(page).filter({ hasText: text });

let own;

async function ticketOf(page, title, severity, take = true) {
  const { number } = await call(page, "POST", "/tickets", { title, description: "Seen by hand.", severity }, 201);
  if (take) await call(page, "POST", `/tickets/${number}/take`, undefined, 200);
  return number;
}

async function open(page, number) {
  await page.goto(`${own.crew.base}/tickets/${number}`);
  await page.getByRole("heading", { level: 1 }).filter({ hasText: number }).waitFor();
}

/** Replaces sections of the targets or the rules, as they are now. */
async function put(page, path, change) {
  const before = await call(page, "GET", path, undefined, 200);
  const answer = await page.evaluate(
    async ([path, rev, body]) => {
      const response = await fetch(`/api/v1${path}`, { method: "PUT", headers: { "Content-Type": "application/json", "If-Match": `"${rev}"` }, body: JSON.stringify(body) });
      return { status: response.status, text: await response.text() };
    },
    [path, before.rev, change(before)],
  );
  assert.equal(answer.status, 200, answer.text);
}

/** A policy whose targets for low are seconds. */
function hurried(policy) {
  const low = (metric, phase) => ({ ack: "60s", contain: "4s", phase: phase === "detect" ? "2s" : "" })[metric];
  const timers = [...policy.timers, { metric: "phase", phase: "detect", targets: {}, calendar: {}, pausable: true, ladder: "" }].map((timer) => ({
    ...timer,
    targets: { ...timer.targets, ...(low(timer.metric, timer.phase) ? { low: low(timer.metric, timer.phase) } : {}) },
    calendar: { ...timer.calendar, low: "24x7" },
  }));
  return { ...policy, timers, reack_after: { ...policy.reack_after, low: "3s" } };
}

export default [
  [
    "a ticket shows what is due next here and in UTC, and every clock with its target",
    async (t) => {
      const crew = await startCrew(t);
      own = { crew, page: crew.page, joan: await crew.person("Joan Clarke", ["lead"]) };
      const { page } = own;
      own.critical = await ticketOf(page, "Ransom note on the file server", "critical");
      await open(page, own.critical);
      await header(page).getByText(/◔ .* left/).first().waitFor();
      await header(page).getByText(/to contain \d{2}:\d{2} UTC · \d{2}:\d{2} Amsterdam|to contain .*UTC/).waitFor();
      await clocks(page).getByText("Contain").waitFor();
      await clocks(page).getByText("within 4 h").waitFor();
      await clocks(page).getByText("✓ met").waitFor();
      await look(page, "ticket-clocks");
    },
  ],
  [
    "a tab draws how a clock runs, and tells it in words",
    async () => {
      const { page } = own;
      await clocks(page).getByRole("link", { name: "How they run" }).click();
      await tabs(page).getByRole("img", { name: /^Contain: began .*due/ }).waitFor();
      await tabs(page).getByLabel("Clock", { exact: true }).selectOption({ label: "Acknowledge, within 15 m" });
      await tabs(page).getByRole("img", { name: /^Acknowledge: began/ }).waitFor();
      // A ladder begins within a second of the opening, unless the ticket is acknowledged first; both are true here.
      await tabs(page).getByRole("region", { name: "Who was called" }).getByText(/Nobody had to be called\.|Because nobody has acknowledged it/).first().waitFor();
      await tabs(page).scrollIntoViewIfNeeded();
      await look(page, "ticket-sla");
    },
  ],
  [
    "w pauses the clocks that may wait, until a time, for a reason that the policy allows",
    async () => {
      const { page, crew } = own;
      own.medium = await ticketOf(page, "Laptop lost on a train", "medium");
      await open(page, own.medium);
      await press(page, "w");
      await dialog(page).getByText("Choose what is waited for").waitFor();
      await dialog(page).getByLabel("Waiting for the customer").check();
      await dialog(page).getByLabel("In words").fill("The owner looks whether it is at home.");
      await button(dialog(page), "1 day").click();
      await look(page, "ticket-pause");
      await button(dialog(page), "Pause").click();
      await dialog(page).waitFor({ state: "detached" });
      await header(page).getByText("paused until").waitFor();
      await clocks(page).getByText(/‖ .* left, paused/).first().waitFor();
      await timeline(page).getByText("paused the clocks: customer").waitFor();
      await page.goto(`${crew.base}/queue?q=number:${own.medium}`);
      await row(page, own.medium).waitFor();
      assert.equal((await call(page, "GET", `/tickets/${own.medium}`, undefined, 200)).permissions.resume, true);
      await open(page, own.medium);
      await press(page, "w");
      await dialog(page).getByLabel("Why?").fill("It was at home.");
      await button(dialog(page), "Resume").click();
      await timeline(page).getByText("let the clocks run again").waitFor();
      await header(page).getByText("paused until").waitFor({ state: "detached" });
    },
  ],
  [
    "a critical ticket is paused by two: the wish waits where a lead finds it",
    async ({ admin }) => {
      const { page, joan } = own;
      await open(page, own.critical);
      await press(page, "w");
      await dialog(page).getByText("two people pause it").waitFor();
      await dialog(page).getByLabel("Waiting for a third party").check();
      await dialog(page).getByLabel("In words").fill("The vendor sends the key tonight.");
      await button(dialog(page), "4 hours").click();
      await button(dialog(page), "Ask to pause").click();
      await dialog(page).waitFor({ state: "detached" });
      await page.getByText(`${admin.name} asks to pause the clocks`).waitFor();
      assert.equal(await button(page, "Agree to the pause").getAttribute("aria-disabled"), "true");
      await open(joan.page, own.critical);
      await joan.page.getByText("The vendor sends the key tonight.").first().waitFor();
      await look(joan.page, "ticket-pause-asked");
      await button(joan.page, "Agree to the pause").click();
      await header(joan.page).getByText("paused until").waitFor();
      await header(page).getByText("paused until").waitFor();
      await timeline(page).getByText("agreed to pause the clocks: third party").waitFor();
    },
  ],
  [
    "tasks are added, assigned, done and waived with a reason",
    async ({ admin }) => {
      const { page } = own;
      await open(page, own.medium);
      await tabs(page).getByRole("tab", { name: /Tasks/ }).click();
      for (const [title, who] of [["Lock the laptop", admin.name], ["Ask the train company", ""]]) {
        await tabs(page).getByLabel("New task").fill(title);
        if (who) await tabs(page).getByLabel(/^For/).selectOption({ label: who });
        await button(tabs(page), "Add task").click();
        await tabs(page).getByText(title, { exact: true }).waitFor();
        await tabs(page).getByLabel("New task").and(page.locator("[value='']")).waitFor();
      }
      await tabs(page).getByRole("checkbox", { name: "Done: Lock the laptop" }).click();
      await tabs(page).getByText(`Done by ${admin.name}`).waitFor();
      await tabs(page).getByRole("button", { name: "What can be done with the task Ask the train company" }).click();
      await page.getByRole("menuitem", { name: "Waive…" }).click();
      await dialog(page).getByRole("textbox").fill("Found");
      await dialog(page).getByText("Say why, in at least 10 characters").waitFor();
      await dialog(page).getByRole("textbox").fill("It was found at home meanwhile.");
      await button(dialog(page), "Waive").click();
      await tabs(page).getByText("waived", { exact: true }).waitFor();
      await tabs(page).getByText("It was found at home meanwhile.").waitFor();
      await look(page, "ticket-tasks");
    },
  ],
  [
    "a check that the rules enforce holds the ticket, and is waived with a reason only",
    async () => {
      const { page } = own;
      await put(page, "/policy", () => ({ exits: ["detect.tasks"] }));
      await call(page, "POST", `/tickets/${own.medium}/tasks`, { title: "Write the report" }, 201);
      await open(page, own.medium);
      await page.getByRole("region", { name: "Detect exit checks" }).getByText("required").waitFor();
      await press(page, "p");
      await dialog(page).getByText("The rules hold it here: Every task of this phase is done or waived").waitFor();
      await dialog(page).getByLabel(/Waive what is required/).check();
      await dialog(page).getByText(/reason of at least 20 characters/).first().waitFor();
      await dialog(page).getByRole("textbox", { name: "Reason" }).fill("The report is written after the review.");
      await look(page, "ticket-exit-checks");
      await button(dialog(page), "Move to Analysis").click();
      await page.locator("[aria-current=step]", { hasText: "Analysis" }).waitFor();
      await put(page, "/policy", () => ({ exits: [] }));
    },
  ],
  [
    "a breach of mine is said aloud, and shows in the queue, on the phase and in the log",
    async () => {
      const { page, crew } = own;
      await put(page, "/sla", (doc) => ({ policies: doc.policies.map(hurried), reason: "Seconds, for this story" }));
      await page.goto(`${crew.base}/queue`);
      await rows(page).first().waitFor();
      own.low = await ticketOf(page, "Old certificate on a test host", "low");
      await page.getByRole("alert").filter({ hasText: `The time` }).filter({ hasText: own.low }).first().waitFor({ state: "attached", timeout: 15_000 });
      await page.goto(`${crew.base}/queue?view=breaching`);
      await row(page, own.low).getByText(/▲ \d+ s over/).waitFor();
      await look(page, "queue-breaching");
      await open(page, own.low);
      await page.locator(".step-over", { hasText: "Detect" }).getByText(/▲ .* over/).waitFor();
      await timeline(page).getByText("· The time to contain has passed").waitFor();
      await page.getByRole("navigation", { name: "Timeline filter" }).getByRole("link", { name: /SLA/ }).click();
      await page.waitForURL(/show=sla/);
      await look(page, "ticket-breached");
    },
  ],
  [
    "the owner who was silent is asked, and one key answers",
    async () => {
      const { page, crew } = own;
      await page.getByText("Still on it?").waitFor({ timeout: 15_000 });
      await look(page, "ticket-still-on-it");
      await press(page, "a");
      await timeline(page).getByText("is still on it").first().waitFor();
      await page.getByText("Still on it?").waitFor({ state: "detached" });
      await crew.close();
    },
  ],
];
