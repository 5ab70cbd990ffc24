import assert from "node:assert/strict";
import { createHmac } from "node:crypto";

const sample = JSON.stringify({
  version: "4",
  alerts: [
    { id: "a-1", rule: { name: "Beacon to a known address" }, priority: "P1", host: "web-1", src_ip: "185.220.101.4", time: "2026-11-20T10:00:00Z", note: "x" },
    { id: "a-2", priority: "P1" },
  ],
});

/** Signs as Standard Webhooks say, with node's own crypto. */
function signed(secret, id, body, at = Math.floor(Date.now() / 1000)) {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${at}.${body}`).digest("base64");
  return { "Content-Type": "application/json", "webhook-id": id, "webhook-timestamp": String(at), "webhook-signature": `v1,${signature}` };
}

const field = (page, name) => page.getByRole("group", { name: "Fields of a finding" }).getByRole("textbox", { name: new RegExp(`^${name}( needed)?( all of them)?$`) });
const preview = (page) => page.getByRole("region", { name: "Preview" });

export default [
  [
    "a webhook's form asks for a secret and makes one on request",
    async ({ page, go, state, inspect }) => {
      await go("/connections/new");
      await page.getByLabel("Kind").selectOption("webhook");
      await page.getByRole("textbox", { name: "Name", exact: true }).fill("My sensor");
      await page.getByRole("button", { name: "Make one" }).click();
      state.secret = await page.getByLabel("The secret that was made").innerText();
      assert.match(state.secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
      await page.getByText("Paste a sample to see what becomes of it.").waitFor();
      await inspect("webhook-new");
    },
  ],
  [
    "a sample is pasted, suggestions are taken and the preview shows what comes of it",
    async ({ page, inspect }) => {
      await page.getByRole("textbox", { name: /^Sample/ }).fill(sample);
      await page.getByRole("button", { name: "Use $.rule.name for uid" }).waitFor();
      assert.equal(await page.getByLabel("Where the items are").inputValue(), "$.alerts");
      await page.getByRole("button", { name: "Take all suggestions" }).click();
      assert.equal(await field(page, "uid").inputValue(), "$.id");
      assert.equal(await field(page, "title").inputValue(), "$.rule.name");
      await preview(page).getByText('"P1" is none of').first().waitFor();
      await page.getByRole("button", { name: "Explain “P1”" }).click();
      await page.getByLabel("What P1 means").selectOption("critical");
      await preview(page).getByText("Beacon to a known address").waitFor();
      await preview(page).getByText("2 items, 1 of 2 read.").waitFor();
      await preview(page).getByText("is missing (read from $.rule.name)").waitFor();
      await inspect("webhook-mapping");
    },
  ],
  [
    "a place of the sample goes to the field in hand, by keyboard alone",
    async ({ page }) => {
      await field(page, "description").focus();
      const place = page.getByRole("button", { name: "Use $.note for description" });
      await place.focus();
      await page.keyboard.press("Enter");
      assert.equal(await field(page, "description").inputValue(), "$.note");
      await field(page, "indicators").focus();
      await page.getByRole("button", { name: "Use $.src_ip for indicators" }).press("Enter");
      assert.match(await field(page, "indicators").inputValue(), /\$\.src_ip/);
    },
  ],
  [
    "a mistake is named with its place while it is written",
    async ({ page }) => {
      await field(page, "description").fill("$.note..x");
      await page.getByText("has no name after the dot (character 8)").first().waitFor();
      assert.equal(await field(page, "description").getAttribute("aria-invalid"), "true");
      await field(page, "description").fill("{{note}} on {{host}}");
      await preview(page).getByText("x on web-1").waitFor();
    },
  ],
  [
    "a signed call opens a ticket, a copy of it does nothing and a wrong one is refused",
    async ({ page, call, base, state, inspect }) => {
      await page.getByRole("button", { name: "Add and test" }).click();
      await page.getByRole("heading", { name: "My sensor", level: 1 }).waitFor();
      await page.getByText("All 2 checks passed.").waitFor();
      assert.equal((await page.content()).includes(state.secret), false);
      const id = new URL(page.url()).pathname.split("/").pop();
      const url = `${base}/api/v1/hooks/${id}`;
      await page.getByLabel("Address").getByText(url).waitFor();
      const post = async (headers, body = sample) => {
        const response = await fetch(url, { method: "POST", headers, body });
        return { status: response.status, body: await response.json() };
      };
      const headers = signed(state.secret, "msg-1", sample);
      const first = await post(headers);
      assert.equal(first.status, 200);
      assert.equal(first.body.duplicate, false);
      assert.deepEqual(first.body.results.map((r) => r.outcome), ["opened", "quarantined"]);
      state.ticket = first.body.results[0].ticket;
      assert.deepEqual((await post(headers)).body, { duplicate: true, results: [] });
      assert.equal((await post(signed(state.secret, "msg-2", `${sample} `))).status, 401);
      assert.equal((await post(signed(state.secret, "msg-3", sample, Math.floor(Date.now() / 1000) - 400))).status, 401);
      const { body } = await call("GET", "/quarantine");
      assert.equal(body.items.filter((item) => item.source === `connection:${id}`).length, 1);
      await page.getByRole("table", { name: "Last deliveries" }).getByText("msg-1").waitFor({ timeout: 15_000 });
      await page.getByRole("region", { name: "Health" }).getByText("2 refused").waitFor({ timeout: 15_000 });
      await inspect("webhook");
    },
  ],
  [
    "the ticket holds the finding with what the mapping made of it and what came",
    async ({ page, go, state, call }) => {
      await go(`/tickets/${state.ticket}`);
      await page.getByRole("heading", { name: /Beacon to a known address/ }).first().waitFor();
      const { body } = await call("GET", `/tickets/${state.ticket}/findings`);
      assert.equal(body.items[0].product, "My sensor");
      const { body: finding } = await call("GET", `/findings/${body.items[0].id}`);
      assert.equal(finding.format, "custom");
      assert.equal(finding.raw.original.note, "x");
    },
  ],
  [
    "a new secret leaves the one before good until that is ended",
    async ({ page, go, call, inspect }) => {
      const { body } = await call("GET", "/connections");
      const { id } = body.items.find((c) => c.name === "My sensor");
      await go(`/connections/${id}`);
      await page.getByRole("button", { name: "Replace Secret", exact: true }).click();
      await page.getByRole("button", { name: "Make one" }).click();
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByText("The secret before is still good beside the new one.").waitFor();
      await inspect("webhook-rotation");
      await page.getByRole("button", { name: "End the secret before" }).click();
      await page.getByText("The secret before is still good beside the new one.").waitFor({ state: "detached" });
      assert.equal((await call("GET", `/connections/${id}`)).body.secrets.previous_secret, "unset");
      await go("/queue"); // the settings of the next story begin without this connection
      const { body: c } = await call("GET", `/connections/${id}`);
      assert.equal(c.secrets.signing_secret, "set");
      await call("DELETE", `/connections/${id}`);
    },
  ],
];
