import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { mailServer } from "../mail.mjs";

const listening = (server) => new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server.address().port)));

/** A receiver of signed webhooks: it answers 401 to what is not signed as Standard Webhooks say. */
async function hookServer(secret) {
  const taken = [];
  const refused = [];
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const server = createServer((request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      const body = Buffer.concat(parts).toString();
      const want = createHmac("sha256", key).update(`${request.headers["webhook-id"]}.${request.headers["webhook-timestamp"]}.${body}`).digest("base64");
      const right = String(request.headers["webhook-signature"] ?? "").split(" ").includes(`v1,${want}`);
      (right ? taken : refused).push(body);
      response.writeHead(right ? 204 : 401).end();
    });
  });
  return { base: `http://127.0.0.1:${await listening(server)}`, taken, refused, close: () => server.close() };
}

/** The text of a mail, whichever way its parts are written. */
const plain = (mail) => mail.data.replaceAll("=\n", "").replaceAll("=3D", "=");

async function until(what, look, ms = 20_000) {
  const end = Date.now() + ms;
  for (;;) {
    const found = await look();
    if (found) return found;
    assert.ok(Date.now() < end, `${what} did not happen`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const ok = (answer, status) => {
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  return answer.body;
};

export default [
  [
    "the last resort of a ladder must be somebody who has proved that messages arrive",
    async (t) => {
      const { state, call } = t;
      state.mail = await mailServer("bob@example.org");
      state.secret = `whsec_${Buffer.from("0123456789abcdef0123456789abcdef").toString("base64")}`;
      state.hook = await hookServer(state.secret);
      const smtp = ok(
        await call("POST", "/connections", { kind: "smtp", name: "Mail", settings: { host: "127.0.0.1", port: state.mail.port, security: "none", from: "tocsin@example.org", timeout: 30 }, secrets: {} }),
        201,
      );
      const hook = ok(
        await call("POST", "/connections", { kind: "webhook-out", name: "Pager of the night", settings: { url: `${state.hook.base}/alarm` }, secrets: { signing_secret: state.secret } }),
        201,
      );
      const me = ok(await call("GET", "/session"), 200).user;
      const bob = ok(await call("POST", "/users", { email: "bob@example.org", name: "Bob", kind: "person", roles: ["analyst"] }), 201).user;
      state.before = ok(await call("GET", "/sla"), 200);
      const ladder = {
        id: "night",
        name: "Night",
        levels: [
          { after: "0s", notify: [`user:${me.id}`], reassign: false },
          { after: "2s", notify: [`channel:${hook.id}`], reassign: false },
          { after: "4s", notify: [`user:${bob.id}`], reassign: false },
        ],
        fallback: [`user:${me.id}`],
      };
      state.put = async () => {
        const now = await call("GET", "/sla");
        const policies = now.body.policies.map((policy) => ({ ...policy, ladder: "night" }));
        return t.page.evaluate(
          async ({ rev, body }) => {
            const response = await fetch("/api/v1/sla", { method: "PUT", headers: { "Content-Type": "application/json", "If-Match": rev }, body: JSON.stringify(body) });
            return { status: response.status, body: await response.json() };
          },
          { rev: `"${now.body.rev}"`, body: { ladders: [ladder], policies, reason: "nights" } },
        );
      };
      const refused = await state.put();
      assert.equal(refused.status, 422, JSON.stringify(refused.body));
      assert.match(JSON.stringify(refused.body), /fallback/);

      const contact = ok(await call("POST", "/me/contacts", { channel: "smtp", connection: smtp.id, address: "ada-at-night@example.org" }), 201);
      ok(await call("POST", `/me/contacts/${contact.id}/test`), 200);
      const mail = await until("the mail with the code", () => state.mail.mails.find((m) => m.to === "ada-at-night@example.org"));
      const code = /\b(\d{6,8})\b/.exec(plain(mail).split("\n\n").slice(1).join("\n"))?.[1];
      assert.ok(code, plain(mail));
      assert.notEqual((await call("POST", `/me/contacts/${contact.id}/confirm`, { code: code === "000000" ? "111111" : "000000" })).status, 200);
      ok(await call("POST", `/me/contacts/${contact.id}/confirm`, { code }), 200);
      ok(await state.put(), 200);
    },
  ],
  [
    "a critical ticket that nobody acknowledges climbs, by mail and by a signed call, to the last resort",
    async (t) => {
      const { state, call } = t;
      const ticket = ok(await call("POST", "/tickets", { title: "Keys of production in a public bucket", severity: "critical" }), 201);
      state.ticket = ticket;
      const page = await until("the first mail", () => state.mail.mails.find((m) => m.data.includes(ticket.number)));
      state.link = /http:\/\/[^\s"<>]+\/m\/[A-Za-z0-9_.~-]+/.exec(plain(page))?.[0];
      assert.ok(state.link, plain(page));
      await until("the signed call", () => state.hook.taken.some((body) => body.includes(ticket.number)));
      assert.deepEqual(state.hook.refused, []);
      // Bob's mailbox does not exist: nobody is there, so the last resort is called.
      await until("the call of the last resort", async () => {
        const log = ok(await call("GET", `/tickets/${ticket.number}/log?limit=200`), 200).items;
        return log.filter((entry) => entry.kind === "escalation.paged").length >= 3 && log.some((entry) => entry.kind === "escalation.coverage_gap");
      });
      const told = state.mail.mails.filter((m) => m.data.includes(ticket.number) && m.to.startsWith("ada")).length;
      await until("a second mail", () => state.mail.mails.filter((m) => m.data.includes(ticket.number) && m.to.startsWith("ada")).length >= Math.max(told, 2));
    },
  ],
  [
    "a link that a scanner opens does nothing; the person acknowledges from a phone without scripts",
    async (t) => {
      const { state, call, base } = t;
      const link = state.link.replace(/^http:\/\/[^/]+/, base);
      for (const method of ["GET", "HEAD"]) assert.equal((await fetch(link, { method })).status, 200);
      assert.equal(ok(await call("GET", `/tickets/${state.ticket.number}`), 200).acknowledged_at, null);
      const phone = await t.newPage();
      await phone.setViewportSize({ width: 360, height: 740 });
      await phone.goto(link);
      await phone.getByRole("button", { name: /acknowledge/i }).click();
      await phone.getByText(/acknowledged/i).first().waitFor();
      await phone.close();
      const after = ok(await call("GET", `/tickets/${state.ticket.number}`), 200);
      assert.notEqual(after.acknowledged_at, null);
      await until("the end of the ladder", async () => {
        const log = ok(await call("GET", `/tickets/${state.ticket.number}/log?limit=200`), 200).items;
        return log.some((entry) => entry.kind === "escalation.stopped");
      });
    },
  ],
  [
    "the page of the ticket tells who was called when, and the old targets come back",
    async (t) => {
      const { state, page, go, call } = t;
      await go(`/tickets/${state.ticket.number}`);
      await page.getByText(/called level 1 of the ladder/).first().waitFor();
      const now = ok(await call("GET", "/sla"), 200);
      const back = await page.evaluate(
        async ({ rev, to }) => {
          const response = await fetch("/api/v1/sla/undo", { method: "POST", headers: { "Content-Type": "application/json", "If-Match": rev }, body: JSON.stringify({ to_rev: to, reason: "the night is over" }) });
          return { status: response.status, body: await response.json() };
        },
        { rev: `"${now.rev}"`, to: state.before.rev },
      );
      ok(back, 200);
      state.mail.close();
      state.hook.close();
    },
  ],
];
