import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { inspect } from "../browser.mjs";

// A server of its own: what is proven here must not be asked of the other specs. It is reached as
// localhost, because passkeys are bound to a name.

const dialog = (page) => page.getByRole("dialog");
const button = (page, name) => page.getByRole("button", { name, exact: true });
const heading = (page, name) => page.getByRole("heading", { name, level: 1 });

/** What an app shows (RFC 6238), some steps of half a minute from now. */
function code(secret, steps = 0) {
  const bits = [...secret].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const mac = createHmac("sha1", key).update(counter).digest();
  const value = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
  return String(value % 1_000_000).padStart(6, "0");
}

/** A code of the app can be used once, and no older one after it. */
async function nextCode(state) {
  const now = () => Math.floor(Date.now() / 30_000);
  while (state.step >= now() + 1) await new Promise((resolve) => setTimeout(resolve, 500));
  state.step = Math.max(state.step + 1, now() - 1);
  return code(state.secret, state.step - now());
}

async function signIn(page, { email, password }) {
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await button(page, "Sign in").click();
}

async function signOut(page, name) {
  await page.getByRole("button", { name }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.waitForURL("**/sign-in");
}

const call = (page, method, path) => page.evaluate(async ([method, path]) => (await fetch(`/api/v1${path}`, { method })).status, [method, path]);

/** Fails when something is wider than the window of a phone. */
async function fitsAPhone(page, name) {
  const before = page.viewportSize();
  await page.setViewportSize({ width: 390, height: 844 });
  const over = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
  await page.setViewportSize(before);
  assert.ok(over <= 0, `${name} is ${over} pixels wider than a phone`);
}

let own; // what the tests below share
const look = async (name) => {
  await inspect(own.page, name, process.env.TOCSIN_SHOTS);
  await fitsAPhone(own.page, name);
};

export default [
  [
    "a first factor asks for the password, shows its secret once, and counts after its first code",
    async ({ another, newPage, admin }) => {
      const server = await another();
      const page = await newPage();
      const base = server.base.replace("127.0.0.1", "localhost");
      own = { server, page, base, step: 0 };
      await page.goto(server.setupUrl.replace("127.0.0.1", "localhost"));
      await page.getByLabel("Name").fill(admin.name);
      await page.getByLabel("Email").fill(admin.email);
      await page.getByLabel("Password").fill(admin.password);
      await button(page, "Create administrator").click();
      await page.waitForURL("**/welcome");
      await page.getByRole("button", { name: admin.name }).click();
      await page.getByRole("menuitem", { name: "Security" }).click();
      await heading(page, "Security").waitFor();
      await page.getByText("You have none.").waitFor();
      await look("security-empty");
      await button(page, "Add an app for codes").click();
      await dialog(page).getByLabel("Your password").fill("not the password at all");
      await button(page, "Go on").click();
      await dialog(page).getByRole("alert").filter({ hasText: "not right" }).waitFor();
      await dialog(page).getByLabel("Your password").fill(admin.password);
      await page.keyboard.press("Enter");
      await dialog(page).getByRole("img", { name: /QR code/ }).waitFor();
      own.secret = await dialog(page).getByLabel("Or type this secret").innerText();
      assert.match(own.secret, /^[A-Z2-7]{32}$/);
      await look("security-app");
      await dialog(page).getByLabel("Code that the app shows now").fill("000000");
      await page.keyboard.press("Enter");
      await dialog(page).getByText("The code is not right").waitFor();
      await dialog(page).getByLabel("Code that the app shows now").fill(await nextCode(own));
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "Make recovery codes" }).waitFor();
    },
  ],
  [
    "recovery codes are shown once, after it",
    async () => {
      const { page } = own;
      await button(page, "Make ten codes").click();
      own.codes = (await dialog(page).getByLabel("Ten codes").innerText()).trim().split("\n");
      assert.equal(own.codes.length, 10);
      for (const one of own.codes) assert.match(one, /^([0-9a-z]{4}-){3}[0-9a-z]{4}$/);
      await look("security-codes");
      await button(page, "I have kept them").click();
      await page.getByText("10 of 10 are left").waitFor();
      assert.equal((await page.content()).includes(own.secret), false);
      await look("security");
    },
  ],
  [
    "signing in asks for the second factor, also after a reload, and nothing can be done before it",
    async ({ admin }) => {
      const { page, base } = own;
      await signOut(page, admin.name);
      await page.goto(`${base}/findings`);
      await page.waitForURL("**/sign-in?back=*");
      await signIn(page, admin);
      await heading(page, "Confirm that it is you").waitFor();
      assert.equal(await call(page, "GET", "/tickets"), 401);
      assert.equal(await call(page, "GET", "/sessions"), 401);
      await page.goto(`${base}/people`);
      await heading(page, "Confirm that it is you").waitFor();
      const field = page.getByLabel("Code from your app");
      assert.equal(await field.getAttribute("autocomplete"), "one-time-code");
      assert.ok(await field.evaluate((element) => element === document.activeElement), "the field has the focus");
      await look("sign-in-second-factor");
      await field.fill("000000");
      await page.keyboard.press("Enter");
      await page.getByRole("alert").filter({ hasText: "not right" }).waitFor();
      assert.equal(await field.inputValue(), "");
      await field.fill(await nextCode(own));
      await page.keyboard.press("Enter");
      await page.waitForURL("**/people");
      await heading(page, "People").waitFor();
    },
  ],
  [
    "a recovery code signs in once, and the person is told loudly until they know",
    async ({ admin }) => {
      const { page } = own;
      await signOut(page, admin.name);
      await signIn(page, admin);
      await button(page, "Use a recovery code instead").click();
      await page.getByLabel("Recovery code").fill(own.codes[0].toUpperCase());
      await page.keyboard.press("Enter");
      const banner = page.getByText("A recovery code was used to be you");
      await banner.waitFor();
      await page.getByText("9 are left").waitFor();
      await look("recovery-code-used");
      await button(page, "It was me").click();
      await banner.waitFor({ state: "detached" });
      await signOut(page, admin.name);
      await signIn(page, admin);
      await button(page, "Use a recovery code instead").click();
      await page.getByLabel("Recovery code").fill(own.codes[0]);
      await page.keyboard.press("Enter");
      await page.getByRole("alert").filter({ hasText: "was used already" }).waitFor();
      await button(page, "Use the app instead").click();
      await page.getByLabel("Code from your app").fill(await nextCode(own));
      await page.keyboard.press("Enter");
      await heading(page, "Queue").waitFor();
    },
  ],
  [
    "a passkey is made, and signs in by one press",
    async ({ admin }) => {
      const { page, base } = own;
      const cdp = await page.context().newCDPSession(page);
      await cdp.send("WebAuthn.enable");
      const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
        options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
      });
      own.verified = (isUserVerified) => cdp.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified });
      await page.goto(`${base}/account/security`);
      await button(page, "Add a passkey").click();
      await dialog(page).getByLabel("Name").fill("Work laptop");
      await look("security-passkey");
      await page.keyboard.press("Enter");
      await page.getByRole("list", { name: "Second factors" }).getByText("Work laptop").waitFor();
      const { credentials } = await cdp.send("WebAuthn.getCredentials", { authenticatorId });
      assert.deepEqual(credentials.map(({ rpId, isResidentCredential, userName }) => [rpId, isResidentCredential, userName]), [["localhost", true, admin.email]]);
      // The same device is not asked twice.
      await button(page, "Add a passkey").click();
      await dialog(page).getByLabel("Name").fill("Again");
      await page.keyboard.press("Enter");
      await dialog(page).getByText("This device holds a passkey of yours already.").waitFor();
      await page.keyboard.press("Escape");
      await signOut(page, admin.name);
      await signIn(page, admin);
      await button(page, "Use a passkey").waitFor();
      await look("sign-in-passkey");
      // Whoever finds the device and cannot unlock it gets no further.
      await own.verified(false);
      await button(page, "Use a passkey").click();
      await page.getByText("The passkey was not used").waitFor();
      await own.verified(true);
      await button(page, "Use a passkey").click();
      await heading(page, "Queue").waitFor();
    },
  ],
  [
    "what asks for a fresh proof opens one dialog, and goes on by itself after it",
    async () => {
      const { page, base } = own;
      await page.goto(`${base}/account/security`);
      // Five minutes cannot be waited for: the first answer is the server's own words for a proof that is old.
      let stale = 1;
      const sent = [];
      await page.route("**/api/v1/me/factors/*", async (route) => {
        if (route.request().method() !== "DELETE") return route.continue();
        sent.push(route.request().url());
        if (stale-- > 0) {
          const body = { type: "urn:tocsin:error:step-up-required", title: "Not allowed", status: 403, detail: "This needs a fresh proof.", methods: ["passkey", "totp", "recovery_code"] };
          return route.fulfill({ status: 403, contentType: "application/problem+json", body: JSON.stringify(body) });
        }
        return route.continue();
      });
      const ask = async () => {
        await button(page, "Remove Work laptop").click();
        await button(page, "Remove").click();
        await page.getByRole("heading", { name: "Confirm that it is you" }).waitFor();
      };
      await ask();
      await look("step-up");
      await button(page, "Use a recovery code instead").click();
      await page.getByRole("dialog", { name: "Confirm that it is you" }).getByRole("button", { name: "Cancel" }).click();
      await page.getByRole("dialog", { name: "Remove Work laptop" }).getByText("This needs a fresh proof.").waitFor();
      assert.equal(sent.length, 1);
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      stale = 1;
      await ask();
      await button(page, "Use a passkey").click();
      await page.getByText("Work laptop was removed").waitFor();
      assert.equal(sent.length, 3);
      assert.equal(new Set(sent).size, 1);
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await page.getByRole("list", { name: "Second factors" }).getByText("Work laptop").waitFor({ state: "detached" });
      await page.unroute("**/api/v1/me/factors/*");
    },
  ],
  [
    "who has no second factor is led to where one is added",
    async ({ page, go, call }) => {
      const made = await call("POST", "/users", { email: "second@example.org", name: "Second Person", kind: "person", roles: ["viewer"] });
      await go(`/people?sel=${made.body.user.id}`);
      await button(page, "Remove second factors…").click();
      await button(page, "Remove second factors").click();
      await page.getByRole("heading", { name: "A second factor is needed" }).waitFor();
      await page.getByRole("link", { name: "Add one" }).click();
      await page.waitForURL("**/account/security");
      await page.getByText("You have none.").waitFor();
      // This page was opened by an address of numbers, which passkeys cannot be for.
      await page.getByText("Passkeys need a name in the address").waitFor();
    },
  ],
  [
    "an administrator helps whoever has lost everything, by a fresh proof",
    async () => {
      const { page, base } = own;
      await page.goto(`${base}/people`);
      await button(page, "Add person").click();
      await dialog(page).getByLabel("Email").fill("grace@example.org");
      await dialog(page).getByLabel("Name").fill("Grace Hopper");
      await page.keyboard.press("Enter");
      await button(page, "Done").click();
      await page.getByRole("link", { name: "Grace Hopper", exact: true }).click();
      await button(page, "Remove second factors…").click();
      await inspect(page, "people-remove-factors", process.env.TOCSIN_SHOTS);
      await button(page, "Remove second factors").click();
      await page.getByText("Grace Hopper signs in with the password alone now").waitFor();
    },
  ],
  [
    "a new password ends the other sessions, which are listed",
    async ({ admin }) => {
      const { page, base, server } = own;
      await page.goto(`${base}/account/security`);
      await page.getByRole("list", { name: "Sessions" }).getByText("This one").waitFor();
      await button(page, "Change password").click();
      await dialog(page).getByLabel("Present password").fill(admin.password);
      await dialog(page).getByLabel("New password").fill("nine grey geese under the bridge");
      await page.keyboard.press("Enter");
      await page.getByText("The password was changed").waitFor();
      assert.equal(await call(page, "GET", "/session"), 200);
      await page.close();
      assert.equal(await server.stop(), 0);
    },
  ],
];
