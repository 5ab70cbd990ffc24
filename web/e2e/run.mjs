// The browser suite: node e2e/run.mjs [--shots DIR] [--only PART]
//
// Starts the binary named by TOCSIN_BIN on an empty installation, opens Chromium, and runs the specs
// of e2e/specs in the order of their names, each test after the other in one story. A spec is
//
//   export default [["a sentence that is true", async (t) => { … }], …];
//
// where t is described at `tools` below. Writes e2e/results.json and exits 1 when a test failed.
import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { closeBrowsers, inspect, openBrowser, pictures, watch } from "./browser.mjs";
import { startTocsin, stopServers } from "./server.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const { values } = parseArgs({ options: { shots: { type: "string" }, only: { type: "string" } } });
const shots = values.shots && resolve(values.shots);
const bin = process.env.TOCSIN_BIN;
if (!bin) {
  console.error("TOCSIN_BIN must name the tocsin binary, built with the UI inside");
  process.exit(2);
}

const admin = { name: "Ada Lovelace", email: "ada@example.org", password: "seven brass kettles at dawn" };
const tests = [];
const sins = [];
let server;


/** What every test is given. */
async function tools() {
  server = await startTocsin(resolve(bin));
  const browser = await openBrowser();
  const page = browser.context.pages()[0] ?? (await browser.context.newPage());
  watch(page, sins);
  return {
    page, // one page for the whole story
    base: server.base,
    setupUrl: server.setupUrl, // the link that the server printed
    admin, // the first administrator, made by 01-first-run
    go: (path) => page.goto(server.base + path),
    /** axe in both themes; pictures NAME-light.png and NAME-dark.png when --shots is given. */
    inspect: (name) => inspect(page, name, shots),
    /** Calls the API as the person signed in; gives { status, body }. */
    call: (method, path, body) => call(page, method, path, body),
    /** Another empty server, for what must not touch the story; stop() it. */
    another: () => startTocsin(resolve(bin)),
    /** Another page of the same browser, watched as the first; close() it. */
    newPage: async () => {
      const extra = await browser.context.newPage();
      watch(extra, sins);
      return extra;
    },
    state: {}, // for what one test leaves to a later one
  };
}

function call(page, method, path, body) {
  const send = async ({ method, path, body }) => {
    const init = { method, headers: body === undefined ? {} : { "Content-Type": "application/json" } };
    const response = await fetch(`/api/v1${path}`, { ...init, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const text = await response.text();
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text), etag: response.headers.get("ETag") };
  };
  return page.evaluate(send, { method, path, body });
}

async function run(name, body, t) {
  const began = performance.now();
  try {
    await body(t);
    assert.deepEqual(sins.splice(0), [], "the page threw or broke the content security policy");
    tests.push({ name, state: "passed" });
    console.log(`ok    ${name} (${Math.round(performance.now() - began)} ms)`);
  } catch (error) {
    sins.length = 0;
    tests.push({ name, state: "failed", error: String(error?.stack ?? error) });
    console.log(`FAIL  ${name}\n${String(error?.stack ?? error).replaceAll(/^/gm, "      ")}`);
    await pictures(`${here}shots/failed-${tests.length}`);
  }
}

async function story() {
  const t = await tools();
  const files = readdirSync(`${here}specs`).filter((file) => file.endsWith(".mjs")).sort();
  for (const file of files) {
    const { default: spec } = await import(`./specs/${file}`);
    const wanted = !values.only || file.includes(values.only) || file.startsWith("01-");
    for (const [sentence, body] of spec) {
      const name = `${file.replace(".mjs", "")}: ${sentence}`;
      if (wanted) await run(name, body, t);
      else tests.push({ name, state: "skipped" });
    }
  }
}

try {
  await story();
} catch (error) {
  tests.push({ name: "the suite itself", state: "failed", error: String(error) });
  console.error(error);
} finally {
  await closeBrowsers();
  if (server) await run("the server ends well when told to", async () => assert.equal(await server.stop(), 0, server.log()));
}

await stopServers();
const count = (state) => tests.filter((test) => test.state === state).length;
const summary = { passed: count("passed"), failed: count("failed"), skipped: count("skipped"), tests };
writeFileSync(`${here}results.json`, `${JSON.stringify(summary, null, 2)}\n`);
console.log(`${summary.passed} passed, ${summary.failed} failed, ${summary.skipped} skipped`);
// A story that broke off may have left a listener or a timer behind; nothing may keep the suite from ending.
process.exit(summary.failed > 0 || summary.passed === 0 ? 1 : 0);
