import assert from "node:assert/strict";
import { asff } from "../asff.mjs";
import { control, detections, weakness } from "../flood.mjs";

const banner = (page, text) => page.getByRole("main").locator("[data-storm]").filter({ hasText: text });
const many = (count, make) => Array.from({ length: count }, (_, n) => make(n));

/** Sends findings in pieces, as a feed brings them, and gives how many of each outcome there were. */
async function send(call, findings, piece = 500) {
  const outcomes = {};
  for (let i = 0; i < findings.length; i += piece) {
    const { status, body } = await call("POST", "/findings", findings.slice(i, i + piece));
    assert.equal(status, 200, JSON.stringify(body).slice(0, 300));
    for (const { outcome } of body.results) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }
  return outcomes;
}

/** Waits until what a storm held is settled and gives the storm. */
async function settled(call, number) {
  for (let tries = 0; tries < 120; tries++) {
    const { body } = await call("GET", "/storms?state=all");
    const storm = body.items.find((one) => one.number === number);
    if (storm && !["holding", "over", "settling"].includes(storm.state)) return storm;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`${number} was not settled within a minute`);
}

const decide = async (page, dialog, why, confirm) => {
  await dialog.getByLabel("Why").fill(why);
  await dialog.getByRole("button", { name: confirm, exact: true }).click();
};

export default [
  [
    "with no storm the page says so",
    async ({ page, go, inspect }) => {
      await go("/storms");
      await page.getByRole("heading", { name: "There has been no storm" }).waitFor();
      await inspect("storms-none");
    },
  ],
  [
    "thousands of failed controls at once are held back, and a critical among them is on the screen within 5 s",
    async ({ page, go, call, state }) => {
      const { body: policy, etag } = await call("GET", "/policy");
      const limits = { controls: 40, detections: 25, weaknesses: 10 };
      const rules = policy.rules.map((rule) => (limits[rule.id] ? { ...rule, limit: { tickets: limits[rule.id], same: 0, window: "2m" } } : rule));
      state.rulesBefore = policy.rev;
      const put = await page.evaluate(
        async ({ rules, etag }) => (await fetch("/api/v1/policy", { method: "PUT", headers: { "Content-Type": "application/json", "If-Match": etag }, body: JSON.stringify({ rules, reason: "Low limits for a storm" }) })).status,
        { rules, etag },
      );
      assert.equal(put, 200);
      await go("/queue?q=severity:critical title~stolen");
      await page.getByRole("heading", { name: "Queue", level: 1 }).waitFor();
      const before = await send(call, many(1500, (n) => control(n)));
      const began = performance.now();
      const among = send(call, [...many(250, (n) => control(2000 + n)), asff({ id: "in-the-middle", title: "Root credentials stolen", severity: "CRITICAL", instance: "i-crit", ip: "203.0.113.66" }), ...many(1250, (n) => control(3000 + n))]);
      await page.getByRole("grid").getByText("Root credentials stolen").waitFor({ timeout: 5000 });
      state.criticalMs = Math.round(performance.now() - began);
      console.log(`      the critical was on the screen after ${state.criticalMs} ms`);
      const after = await among;
      assert.equal(before.opened, 40, JSON.stringify(before));
      assert.equal(before.held, 1460, JSON.stringify(before));
      assert.equal(after.opened, 1, JSON.stringify(after));
      assert.equal(after.held, 1500, JSON.stringify(after));
    },
  ],
  [
    "a banner on every screen says what is held back, and can be made thin but not sent away",
    async ({ page, go, inspect, state }) => {
      const strip = banner(page, "Failed controls, high and above");
      await strip.getByText("2,960 findings of Security Hub are held back").waitFor();
      await strip.getByText("Critical findings pass.").waitFor();
      await inspect("storm-banner");
      await strip.getByRole("button", { name: "Make the banner thin" }).click();
      const thin = page.locator("[data-storm].storm-thin");
      await thin.waitFor();
      await go("/tokens");
      await thin.getByText("2,960 findings of Security Hub are held back").waitFor();
      assert.equal(await thin.getByRole("button", { name: /Group/ }).count(), 0);
      await thin.getByRole("button", { name: "Show the whole banner" }).click();
      state.strip = "Failed controls, high and above";
    },
  ],
  [
    "the storms page shows how much, of what, since when, and the ticket of somebody who answers for it",
    async ({ page, inspect, state }) => {
      await banner(page, state.strip).getByRole("link", { name: "Look" }).click();
      const storm = page.getByRole("region", { name: "Security Hub: Failed controls, high and above" });
      await storm.getByText("2,960").first().waitFor();
      await storm.getByText("more than 40 tickets in 2 minutes").waitFor();
      await storm.getByRole("list", { name: "Waiting, by severity" }).getByText("high").waitFor();
      state.number = await storm.getByRole("link", { name: /^INC-/ }).textContent();
      await inspect("storms");
    },
  ],
  [
    "a finding that is held back says why",
    async ({ page, inspect }) => {
      await page.getByRole("region", { name: /Failed controls/ }).getByRole("link", { name: /S3 buckets/ }).first().click();
      const why = page.getByRole("region", { name: "Why" });
      await why.getByText(/Held back by a storm of Security Hub/).waitFor();
      await inspect("finding-held");
      await why.getByRole("link", { name: "The storm" }).click();
      await page.waitForURL("**/storms?sel=*");
    },
  ],
  [
    "Group puts all of it into one ticket, with a reason, and the banner goes",
    async ({ page, call, inspect, state }) => {
      const strip = banner(page, state.strip);
      await strip.getByRole("button", { name: "Group into one…" }).click();
      const dialog = page.getByRole("dialog", { name: "Put them all into one ticket?" });
      await dialog.getByText(`2,960 findings go into ${state.number}`).waitFor();
      await dialog.getByText(/is accountable|owns it/).waitFor();
      await inspect("storm-group");
      await decide(page, dialog, "A standard was switched on; one team looks at it.", "Group them");
      await strip.getByText(/grouped, [\d,]+ to go/).waitFor();
      const storm = await settled(call, state.number);
      assert.equal(storm.state, "grouped");
      await strip.waitFor({ state: "detached" });
      const { body: ticket } = await call("GET", `/tickets/${state.number}`);
      assert.equal(ticket.finding_count, 2960);
      const { body: held } = await call("GET", "/findings?q=outcome:held");
      assert.equal(held.items.length, 0);
    },
  ],
  [
    "the page keeps who decided, when and why",
    async ({ page, go, admin, inspect }) => {
      await go("/storms");
      const storm = page.getByRole("region", { name: /Failed controls/ });
      await storm.getByText("grouped, still going on").waitFor();
      await storm.getByText(admin.name).waitFor();
      await storm.getByText("A standard was switched on; one team looks at it.").waitFor();
      await inspect("storms-decided");
    },
  ],
  [
    "Open says beforehand how many tickets that makes and who gets them, and makes them",
    async ({ page, go, call, inspect }) => {
      const outcomes = await send(call, detections(60, "An unusual call"));
      assert.ok(outcomes.held > 20, JSON.stringify(outcomes));
      await go("/queue");
      const strip = banner(page, "Detections, medium and above");
      await strip.getByRole("button", { name: "Open all…" }).click();
      const dialog = page.getByRole("dialog", { name: "Open a ticket for each?" });
      await dialog.getByText(/About [\d,]+ tickets? after grouping: all for /).waitFor();
      await inspect("storm-open");
      const number = (await call("GET", "/storms?state=open")).body.items.find((one) => one.rule_id === "detections").number;
      await decide(page, dialog, "Each of these hosts matters.", "Open them");
      const storm = await settled(call, number);
      assert.equal(storm.state, "opened");
      assert.equal(storm.settled, outcomes.held);
      await strip.waitFor({ state: "detached" });
      const { body } = await call("GET", "/findings?q=title~unusual outcome:opened&limit=200");
      assert.equal(body.items.length, 60);
    },
  ],
  [
    "Suppress silences it until a time, under a rule that says who answers for it",
    async ({ page, go, call, admin, inspect }) => {
      const outcomes = await send(call, many(40, weakness));
      assert.equal(outcomes.held, 30, JSON.stringify(outcomes));
      await go("/findings");
      const strip = banner(page, "Vulnerabilities, high and above");
      await strip.getByRole("button", { name: "Suppress…" }).click();
      const dialog = page.getByRole("dialog", { name: "Suppress them?" });
      await dialog.getByRole("button", { name: "1 day", exact: true }).click();
      await dialog.getByText(/UTC/).waitFor();
      await inspect("storm-suppress");
      const number = (await call("GET", "/storms?state=open")).body.items.find((one) => one.rule_id === "weaknesses").number;
      await decide(page, dialog, "The image is rebuilt tonight.", "Suppress them");
      const storm = await settled(call, number);
      assert.equal(storm.state, "suppressed");
      await strip.waitFor({ state: "detached" });
      const { body } = await call("GET", "/findings?q=outcome:suppressed&limit=200");
      assert.equal(body.items.filter((one) => one.product === "Inspector").length, 30);
      await go("/policy");
      const row = page.getByRole("listitem", { name: new RegExp(`Storm ${number}`) });
      await row.getByText(admin.name).waitFor();
      await row.getByText(/expires in/).waitFor();
    },
  ],
  [
    "the rules go back to what they were before the storm",
    async ({ page, call, state }) => {
      const { etag } = await call("GET", "/policy");
      const status = await page.evaluate(
        async ({ etag, rev }) => (await fetch("/api/v1/policy/undo", { method: "POST", headers: { "Content-Type": "application/json", "If-Match": etag }, body: JSON.stringify({ to_rev: rev, reason: "The storm is over" }) })).status,
        { etag, rev: state.rulesBefore },
      );
      assert.equal(status, 200);
      const { body } = await call("GET", "/policy");
      assert.equal(body.suppressions.length, 0);
    },
  ],
];
