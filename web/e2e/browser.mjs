// A headless Chromium with a profile of its own, and what the specs do with a page.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const axeTags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

const open = new Set();

/** Pictures of every page that is open, of a story's own browsers too: PATH-1.png, … */
export async function pictures(path) {
  let n = 0;
  for (const context of open) for (const page of context.pages()) await page.screenshot({ path: `${path}-${++n}.png` }).catch(() => undefined);
}

/** Closes what a story that broke off has left open: a process with a browser below it would never end. */
export async function closeBrowsers() {
  for (const context of open) await context.close().catch(() => undefined);
}

export async function openBrowser() {
  const profile = mkdtempSync(join(tmpdir(), "tocsin-chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.TOCSIN_CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: flags,
    viewport: { width: 1440, height: 900 },
    timezoneId: "Europe/Amsterdam",
    locale: "en-GB",
    colorScheme: "light",
    acceptDownloads: true,
  });
  context.setDefaultTimeout(10_000);
  open.add(context);
  context.once("close", () => open.delete(context));
  const close = async () => {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  };
  return { context, close };
}

/** Notes what no page of ours may ever do: throw, or break the content security policy. */
export function watch(page, sins) {
  page.on("pageerror", (error) => sins.push(`${page.url()} threw ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && /Content.Security.Policy|violates the following/i.test(message.text())) sins.push(message.text());
  });
}

/** Runs axe in both themes, on the dialog alone when one is open (what is behind it is dimmed), and, where wanted, takes a picture in each. */
export async function inspect(page, name, shots) {
  const findings = [];
  for (const theme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await page.evaluate(axeSource);
    const { violations } = await page.evaluate((tags) => globalThis.axe.run(document.querySelector("[role=dialog]") ?? document, { runOnly: tags }), axeTags);
    for (const { id, nodes } of violations) findings.push(`${name} (${theme}): ${id} at ${nodes.map((node) => node.html).slice(0, 2).join(" and ")}`);
    if (shots) {
      mkdirSync(shots, { recursive: true });
      await page.screenshot({ path: join(shots, `${name}-${theme}.png`) });
    }
  }
  await page.emulateMedia({ colorScheme: "light", reducedMotion: null });
  if (findings.length > 0) throw new Error(`axe:\n${findings.join("\n")}`);
}
