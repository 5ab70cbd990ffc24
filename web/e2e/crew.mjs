// A server of its own with several people, each in a browser of their own: for stories about who is responsible.
import assert from "node:assert/strict";
import { inspect, openBrowser, watch } from "./browser.mjs";

const PHONE = { width: 390, height: 844 };
const password = "tall ships pass the lighthouse";

/** Calls the API as whoever is signed in on a page; the answer must have the status wanted. */
export async function call(page, method, path, body, wanted) {
  const answer = await page.evaluate(
    async ([method, path, body]) => {
      const init = { method, headers: body === undefined ? {} : { "Content-Type": "application/json" }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
      const response = await fetch(`/api/v1${path}`, init);
      const text = await response.text();
      return { status: response.status, body: text === "" ? undefined : JSON.parse(text), etag: response.headers.get("ETag") };
    },
    [method, path, body],
  );
  if (wanted !== undefined) assert.equal(answer.status, wanted, `${method} ${path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/**
 * The empty server with its first administrator, in a browser of its own: cookies know no ports, so that signing
 * in here would sign the story's own browser out.
 */
export async function startCrew({ another, admin }) {
  const server = await another();
  const browser = await openBrowser();
  const page = browser.context.pages()[0] ?? (await browser.context.newPage());
  await page.goto(server.setupUrl);
  await page.getByLabel("Name").fill(admin.name);
  await page.getByLabel("Email").fill(admin.email);
  await page.getByLabel("Password").fill(admin.password);
  await page.getByRole("button", { name: "Create administrator" }).click();
  await page.waitForURL("**/welcome");
  const sins = [];
  const browsers = [browser];
  watch(page, sins);
  const crew = { server, page, base: server.base, me: (await call(page, "GET", "/session", undefined, 200)).user.id, sins, close: async () => {
    for (const browser of browsers) await browser.close();
    assert.deepEqual(sins, [], "a page threw or broke the content security policy");
    assert.equal(await server.stop(), 0, server.log());
  } };
  crew.person = (name, roles, options) => addPerson(crew, browsers, { name, roles, ...options });
  return crew;
}

/** Somebody with roles, in a team where one is named, signed in in a browser of their own. */
async function addPerson({ page: admin, base, sins }, browsers, { name, roles, team, phone }) {
  const email = `${name.split(" ")[0].toLowerCase()}@example.org`;
  const made = await call(admin, "POST", "/users", { email, name, kind: "person", roles, ...(team ? { team } : {}) }, 201);
  const browser = await openBrowser();
  browsers.push(browser);
  const page = browser.context.pages()[0] ?? (await browser.context.newPage());
  if (phone) await page.setViewportSize(PHONE);
  watch(page, sins);
  await page.goto(new URL(made.invite_url, base).href);
  await page.getByLabel("New password").fill(password);
  await page.getByRole("button", { name: "Set password" }).click();
  await page.waitForURL((url) => !url.pathname.startsWith("/invite"));
  return { id: made.id ?? made.user.id, name, page };
}

/** axe in both themes, pictures where they are wanted, and nothing wider than a phone. */
export async function look(page, name) {
  await inspect(page, name, process.env.TOCSIN_SHOTS);
  await fits(page, name);
}

export async function fits(page, name) {
  const before = page.viewportSize();
  await page.setViewportSize(PHONE);
  const over = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
  if (process.env.TOCSIN_SHOTS && before.width !== PHONE.width) await page.screenshot({ path: `${process.env.TOCSIN_SHOTS}/${name}-phone.png` });
  await page.setViewportSize(before);
  assert.ok(over <= 0, `${name} is ${over} pixels wider than a phone`);
}
