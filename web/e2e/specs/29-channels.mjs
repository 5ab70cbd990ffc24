import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { createServer as createTcp } from "node:net";

const listening = (server) => new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server.address().port)));

/** A mail server of one kind of answer: it greets, takes EHLO and QUIT, and nothing else. */
async function mailServer() {
  const said = [];
  const server = createTcp((socket) => {
    socket.on("error", () => undefined);
    socket.write("220 mail.test\r\n");
    socket.on("data", (chunk) => {
      for (const line of String(chunk).split("\r\n").filter(Boolean)) {
        said.push(line);
        socket.write(line.startsWith("EHLO") ? "250-mail.test\r\n250 8BITMIME\r\n" : line === "QUIT" ? "221 bye\r\n" : "502 not here\r\n");
      }
    });
  });
  return { port: await listening(server), said, close: () => server.close() };
}

/** An HTTP server that keeps what it is asked and answers as the test says. */
async function httpServer(answer) {
  const asked = [];
  const server = createServer((request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      const call = { method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(parts).toString() };
      asked.push(call);
      const { status = 200, headers = {}, body = "" } = answer(call) ?? {};
      response.writeHead(status, headers).end(body);
    });
  });
  const port = await listening(server);
  return { base: `http://127.0.0.1:${port}`, asked, close: () => server.close() };
}

/** Whether a call is signed as Standard Webhooks say, by node's own crypto. */
function proven({ headers, body }, secret) {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const want = createHmac("sha256", key).update(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`).digest("base64");
  return headers["webhook-signature"].split(" ").includes(`v1,${want}`);
}

const setting = (page, name) => page.getByRole("textbox", { name: new RegExp(`^${name}( optional)?$`) });

async function open({ page, go }, kind, name) {
  await go("/connections/new");
  await page.getByLabel("Kind").selectOption(kind);
  await setting(page, "Name").fill(name);
}

export default [
  [
    "a mail server is set up with words for each way to encrypt, and a test that sends nothing",
    async (t) => {
      const { page, inspect } = t;
      const mail = await mailServer();
      await open(t, "smtp", "Mail");
      await t.page.getByText("A server that does not offer it gets nothing.").waitFor();
      await inspect("channel-mail-new");
      await setting(page, "Mail server").fill("127.0.0.1");
      await setting(page, "Port").fill(String(mail.port));
      await setting(page, "From").fill("nobody");
      await page.getByRole("button", { name: "Add and test" }).click();
      await page.getByText(/is not one mail address/).waitFor();
      assert.equal(await setting(page, "From").getAttribute("aria-invalid"), "true");
      await setting(page, "From").fill("tocsin@example.org");
      await page.getByRole("button", { name: "Add and test" }).click();
      await page.getByText(/does not offer STARTTLS/).first().waitFor();
      assert.deepEqual(mail.said, ["EHLO example.org"]);
      await page.getByLabel(/^None/).check();
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByText("Mail was saved").waitFor();
      await page.getByRole("button", { name: "Test", exact: true }).click();
      await page.getByText(/WARNING: nothing is encrypted/).waitFor();
      await page.getByText("All 4 checks passed.").waitFor();
      assert.ok(!mail.said.some((line) => line.startsWith("MAIL")));
      await inspect("channel-mail");
      mail.close();
    },
  ],
  [
    "Slack is told what it needs, before and after",
    async (t) => {
      const { page, inspect } = t;
      const token = "xoxb-a-token-of-this-test";
      const slack = await httpServer(({ url, headers }) => {
        const ok = url === "/api/auth.test" && headers.authorization === `Bearer ${token}`;
        const body = ok ? { ok, team: "Example", user: "tocsin" } : { ok, error: "invalid_auth" };
        return { headers: { "Content-Type": "application/json", "X-OAuth-Scopes": "chat:write,im:write,users:read.email" }, body: JSON.stringify(body) };
      });
      await open(t, "slack", "Slack");
      await page.getByText("messages_tab_enabled: true").waitFor();
      await inspect("channel-slack-new");
      await page.getByLabel("Bot token").fill(token);
      await page.getByLabel("Signing secret").fill("8f742231b10e8888abcd99yyyzzz85a5");
      await setting(page, "Address of the Web API").fill(`${slack.base}/api`);
      await page.getByRole("button", { name: "Add and test" }).click();
      await page.getByText("Signed in to Example as tocsin.").waitFor();
      await page.getByText("All 3 checks passed.").waitFor();
      assert.match(await page.getByLabel("Request URL").innerText(), /^http:\/\/127\.0\.0\.1:\d+\/api\/v1\/slack\/[0-9a-f-]{36}$/);
      await inspect("channel-slack");
      const desk = page.viewportSize();
      await page.setViewportSize({ width: 390, height: 844 });
      await inspect("channel-slack-phone");
      await page.setViewportSize(desk);
      slack.close();
    },
  ],
  [
    "calls to another system are signed with both secrets until the one before is ended",
    async (t) => {
      const { page, inspect } = t;
      const hook = await httpServer(() => ({ status: 204 }));
      await open(t, "webhook-out", "Other system");
      await setting(page, "Address").fill(`${hook.base}/hook`);
      await page.getByRole("button", { name: "Make one" }).click();
      const before = await page.getByLabel("The secret that was made").innerText();
      await page.getByRole("button", { name: "Add and test" }).click();
      await page.getByText("The one check passed.").waitFor();
      assert.ok(proven(hook.asked[0], before));
      assert.equal(JSON.parse(hook.asked[0].body).type, "tocsin.test");
      await page.getByRole("button", { name: "Replace Secret", exact: true }).click();
      await page.getByRole("button", { name: "Make one" }).click();
      const after = await page.getByLabel("The secret that was made").innerText();
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByText("Calls are signed with the secret before, too.").first().waitFor();
      await page.getByRole("button", { name: "Test", exact: true }).click();
      await page.getByText("All 2 checks passed.").waitFor();
      assert.ok(proven(hook.asked[1], before) && proven(hook.asked[1], after));
      await inspect("channel-webhook-out");
      await page.getByRole("button", { name: "End the secret before" }).click();
      await page.getByRole("button", { name: "End the secret before" }).waitFor({ state: "detached" });
      await page.getByRole("button", { name: "Test", exact: true }).click();
      await page.getByText("The one check passed.").waitFor();
      assert.ok(!proven(hook.asked[2], before) && proven(hook.asked[2], after));
      hook.close();
    },
  ],
  [
    "a heartbeat's address is a secret, and PagerDuty's test says that it sends nothing",
    async (t) => {
      const { page, inspect, call } = t;
      const beat = await httpServer(() => ({ body: "OK" }));
      await open(t, "heartbeat", "Dead man");
      await page.getByLabel("Address").fill(`${beat.base}/ping/a-secret-of-this-test`);
      await page.getByRole("button", { name: "Add and test" }).click();
      await page.getByText(/One was given, and the outside address took it/).waitFor();
      assert.equal(beat.asked[0].url, "/ping/a-secret-of-this-test");
      assert.ok(!(await page.content()).includes("a-secret-of-this-test"));
      await inspect("channel-heartbeat");
      beat.close();
      await open(t, "pagerduty", "Pager");
      await page.getByLabel("Integration key").fill("e93facc04764012d7bfb002500d5d1a6");
      await page.getByRole("button", { name: "Add and test" }).click();
      await page.getByText(/Nothing was sent: PagerDuty has no way to try a key/).waitFor();
      await inspect("channel-pagerduty");
      const { body } = await call("GET", "/connections");
      for (const { id, name } of body.items) {
        if (["Mail", "Slack", "Other system", "Dead man", "Pager"].includes(name)) await call("DELETE", `/connections/${id}`);
      }
    },
  ],
];
