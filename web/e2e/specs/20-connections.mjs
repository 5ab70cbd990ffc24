import assert from "node:assert/strict";
import { asff } from "../asff.mjs";

const moto = process.env.TOCSIN_TEST_MOTO;
const queue = "tocsin-browser-feed";

const form = (page) => page.getByRole("region", { name: /Amazon Web Services|Settings/ });
const setting = (page, name) => form(page).getByRole("textbox", { name: new RegExp(`^${name}( optional)?$`) });

async function fillIn(page, { name, region, endpoint, url }) {
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Access key ID").fill("AKIAIOSFODNN7EXAMPLE");
  await page.getByLabel("Secret access key").fill("a-made-up-secret-key");
  await setting(page, "Region").first().fill(region);
  await setting(page, "Endpoint").fill(endpoint);
  await setting(page, "Queue URL").first().fill(url);
}

/** SQS without an SDK: the emulator reads the Region out of the header and checks no signature. */
async function createQueue() {
  const response = await fetch(moto, {
    method: "POST",
    headers: {
      "Content-Type": "application/x-amz-json-1.0",
      "X-Amz-Target": "AmazonSQS.CreateQueue",
      Authorization: "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/eu-west-1/sqs/aws4_request, SignedHeaders=host, Signature=none",
    },
    body: JSON.stringify({ QueueName: queue }),
  });
  return (await response.json()).QueueUrl;
}

/** Puts findings into the emulator's Security Hub, past every queue. */
async function hold(ids) {
  const findings = ids.map((id) => asff({ id, title: "Held by Security Hub" }));
  const response = await fetch(`${moto}/findings/import`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/eu-west-1/securityhub/aws4_request, SignedHeaders=host, Signature=none" },
    body: JSON.stringify({ Findings: findings }),
  });
  assert.equal(response.status, 200, await response.text());
}

export default [
  [
    "without a connection the list says what one is for, and n begins one",
    async ({ page, go, call, inspect }) => {
      const { body } = await call("GET", "/connections");
      for (const { id } of body.items) await call("DELETE", `/connections/${id}`);
      await go("/connections");
      await page.getByRole("heading", { name: "No connections yet" }).waitFor();
      await inspect("connections-empty");
      await page.keyboard.press("n");
      await page.waitForURL("**/connections/new");
    },
  ],
  [
    "the form hands out the template and a command for the Region that is named",
    async ({ page, inspect }) => {
      const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download the CloudFormation template" }).click()]);
      assert.equal(download.suggestedFilename(), "tocsin-feed.yaml");
      await page.getByLabel("Region of the stack").fill("eu-central-1");
      await page.getByText(/aws cloudformation deploy .*--template-file tocsin-feed\.yaml .*--region eu-central-1/).waitFor();
      await page.getByLabel("Region of the stack").fill("eu-central-1; echo");
      assert.equal(await page.getByText("echo").count(), 0);
      await inspect("connection-new");
    },
  ],
  [
    "each field shows its own mistake, a row's too",
    async ({ page, inspect }) => {
      await fillIn(page, { name: "Production AWS", region: "eu-west-1", endpoint: "not an address", url: "ftp://queue" });
      await page.getByRole("button", { name: "Add queue" }).click();
      await setting(page, "Queue URL").nth(1).fill("https://sqs.eu-west-1.amazonaws.com/123456789012/good");
      await page.getByRole("button", { name: "Add and test" }).click();
      await page.getByText("Must start with https:// or http://").first().waitFor();
      assert.equal(await setting(page, "Queue URL").first().getAttribute("aria-invalid"), "true");
      assert.equal(await setting(page, "Queue URL").nth(1).getAttribute("aria-invalid"), null);
      assert.equal(await setting(page, "Endpoint").getAttribute("aria-invalid"), "true");
      assert.equal(await setting(page, "Region").first().getAttribute("aria-invalid"), null);
      await page.getByRole("button", { name: "Remove queue 2" }).click();
      await inspect("connection-mistakes");
    },
  ],
  [
    "a connection is tested as soon as it is added, and a refusal is said in words",
    async ({ page, inspect }) => {
      await fillIn(page, { name: "Production AWS", region: "eu-west-1", endpoint: "http://10.255.255.1:9", url: "http://10.255.255.1:9/123456789012/feed" });
      await page.getByRole("button", { name: "Add and test" }).click();
      await page.getByRole("heading", { name: "Production AWS", level: 1 }).waitFor();
      await page.getByText(/of \d checks failed\./).waitFor({ timeout: 30_000 });
      const failed = page.getByRole("listitem").filter({ hasText: "Failed:" }).first();
      assert.match(await failed.innerText(), /10\.255\.255\.1/);
      // The wish to test has left the address: reloading does not test again.
      assert.equal(new URL(page.url()).search, "");
      await inspect("connection-failing");
    },
  ],
  [
    "a secret that is set is never in the page, and another endpoint asks for it again",
    async ({ page, call }) => {
      const { body } = await call("GET", "/connections");
      assert.equal(JSON.stringify(body).includes("a-made-up-secret-key"), false);
      assert.equal((await page.content()).includes("a-made-up-secret-key"), false);
      assert.equal(await page.getByText("Set. It is never shown again.").count(), 2);
      await page.getByRole("button", { name: "Replace Secret access key" }).click();
      await page.getByLabel("Secret access key").fill("another");
      await page.getByRole("button", { name: "Keep the old one" }).click();
      await page.getByText("Nothing changed").first().waitFor();
      await setting(page, "Endpoint").fill("http://10.255.255.2:9");
      await page.getByText("saving clears those that are set").waitFor();
      assert.equal(await page.getByLabel("Access key ID").inputValue(), "");
      // What is stored is tested, so nothing is while it differs from what is seen.
      assert.equal(await page.getByRole("button", { name: "Test", exact: true }).getAttribute("aria-disabled"), "true");
      await page.getByRole("button", { name: "Undo changes" }).click();
      await page.getByText("saving clears those that are set").waitFor({ state: "detached" });
    },
  ],
  [
    "what somebody else changed meanwhile is not written over",
    async ({ page, call }) => {
      const id = new URL(page.url()).pathname.split("/").pop();
      const other = await page.evaluate(
        async ([id]) => {
          const path = `/api/v1/connections/${id}`;
          const { settings, rev } = await (await fetch(path)).json();
          const body = JSON.stringify({ settings: { ...settings, region: "eu-north-1" } });
          return (await fetch(path, { method: "PATCH", headers: { "Content-Type": "application/json", "If-Match": `"${rev}"` }, body })).status;
        },
        [id],
      );
      assert.equal(other, 200);
      await page.waitForFunction(() => [...document.querySelectorAll("input")].some((input) => input.value === "eu-north-1"));
      await page.getByLabel("Name").fill("Production");
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByText("Production was saved").waitFor();
      const { body } = await call("GET", `/connections/${id}`);
      assert.deepEqual([body.name, body.settings.region, body.secrets.access_key_id], ["Production", "eu-north-1", "set"]);
    },
  ],
  [
    "e switches it off and on, and the list says so",
    async ({ page, inspect }) => {
      await page.getByRole("heading", { level: 1 }).click();
      await page.keyboard.press("e");
      await page.getByText("Production is switched off").waitFor();
      await page.getByRole("link", { name: "All connections" }).click();
      const row = page.getByRole("row").filter({ hasText: "Production" });
      await row.getByText("Switched off").waitFor();
      await inspect("connections");
      await row.getByRole("link", { name: "Production" }).click();
      await page.getByRole("button", { name: "Switch on" }).click();
      await page.getByText("Production is switched on").waitFor();
    },
  ],
  [
    "who works tickets sees connections and changes none",
    async ({ page, go, call, admin, base }) => {
      const id = new URL(page.url()).pathname.split("/").pop();
      const made = await call("POST", "/users", { email: "vera@example.org", name: "Vera Rubin", kind: "person", roles: ["responder"] });
      const token = new URL(made.body.invite_url, base).searchParams.get("token");
      await call("POST", "/invite", { token, password: "rotation curves are flat" });
      await go(`/connections/${id}`);
      await page.getByRole("heading", { name: "Production", level: 1 }).waitFor();
      assert.equal(await form(page).getByRole("textbox").count(), 0);
      assert.equal(await page.getByRole("button", { name: /^(Test|Remove…|Switch off)/ }).count(), 0);
      await go("/connections/new");
      await page.getByRole("heading", { name: "Not allowed" }).waitFor();
      await call("DELETE", "/session");
      await call("POST", "/session", { email: admin.email, password: admin.password });
      await go(`/connections/${id}`);
    },
  ],
  [
    "removing it takes its name, typed",
    async ({ page, inspect }) => {
      await page.getByRole("button", { name: "Remove…" }).click();
      const dialog = page.getByRole("dialog");
      const remove = dialog.getByRole("button", { name: "Remove", exact: true });
      await dialog.getByLabel("Type Production").fill("Prod");
      assert.equal(await remove.getAttribute("aria-disabled"), "true");
      await inspect("connection-remove");
      await dialog.getByLabel("Type Production").fill("Production");
      await remove.click();
      await page.getByRole("heading", { name: "No connections yet" }).waitFor();
    },
  ],
  [
    "a connection to a queue that is there passes every check and works",
    async ({ page, go, inspect }) => {
      assert.ok(moto, "TOCSIN_TEST_MOTO must name an AWS emulator; scripts/with-services.sh starts one");
      const url = await createQueue();
      await go("/connections/new");
      await fillIn(page, { name: "Emulated AWS", region: "eu-west-1", endpoint: moto, url });
      await page.getByRole("button", { name: "Add reconciled region" }).click();
      await setting(page, "Region").last().fill("eu-west-1");
      await page.getByRole("button", { name: "Add and test" }).click();
      await page.getByText(/All \d+ checks passed\./).waitFor({ timeout: 30_000 });
      await page.getByRole("heading", { name: new RegExp(queue), level: 3 }).waitFor();
      await page.getByRole("region", { name: "Health" }).getByText("Working").waitFor({ timeout: 60_000 });
      await inspect("connection-working");
    },
  ],
  [
    "what Security Hub holds is compared with what came in, and what was missed is said and taken",
    async ({ page, call, inspect }) => {
      const id = new URL(page.url()).pathname.split("/").pop();
      const panel = page.getByRole("region", { name: "Reconciliation" });
      await panel.getByText("Done").waitFor({ timeout: 30_000 });
      await panel.getByText("every 15 minutes").waitFor();
      const before = (await call("GET", `/connections/${id}`)).body.reconcile[0].looked_at; // of earlier runs of this suite
      await hold(["one", "two", "three"].map((n) => `lost-${Date.now()}-${n}`));
      const seen = before + 3;
      await panel.getByRole("button", { name: "Run now" }).click();
      await panel.getByText(`${seen} looked at, ${before} were here, 3 missed and taken in`).waitFor({ timeout: 30_000 });
      await panel.getByText("in 2 runs").waitFor();
      await inspect("connection-reconciled");
      await page.getByRole("heading", { level: 1 }).click();
      await page.keyboard.press("c");
      await panel.getByText(`${seen} looked at, ${seen} were here, none missed`).waitFor({ timeout: 30_000 });
      await panel.getByText("in 3 runs").waitFor();
    },
  ],
];
