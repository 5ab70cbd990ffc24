import assert from "node:assert/strict";

// A few thousand rows as a rule; TOCSIN_E2E_ROWS=100000 for the full length.
const ROWS = Number(process.env.TOCSIN_E2E_ROWS ?? 3000);
const MOST_NODES = 800;
const LONGEST_TASK_MS = process.env.TOCSIN_E2E_IDLE ? 50 : 150; // other work on the machine counts as ours

const rows = (page) => page.locator("[role=grid] [role=row][aria-selected]");
const row = (page, text) => rows(page).filter({ hasText: text });
const tab = (page, name) => page.getByRole("navigation", { name: "Views" }).getByRole("link", { name: new RegExp(`^${name}`) });
const filter = (page) => page.getByRole("combobox", { name: "Filter tickets" });
const menu = async (page, item) => {
  await page.getByRole("button", { name: "What can be done with this view" }).click();
  await page.getByRole("menuitem", { name: item }).click();
};

/** A finding that opens a ticket of its own. */
const finding = (i) => ({
  SchemaVersion: "2018-10-08",
  Id: `arn:aws:guardduty:eu-west-1:111122223333:detector/views/finding/${i}`,
  GeneratorId: `arn:aws:guardduty:eu-west-1:111122223333:detector/views/${i}`,
  ProductArn: "arn:aws:securityhub:eu-west-1::product/aws/guardduty",
  ProductName: "GuardDuty",
  AwsAccountId: "111122223333",
  CreatedAt: "2026-11-01T00:00:00Z",
  UpdatedAt: "2026-11-01T00:00:00Z",
  Types: ["TTPs/Discovery/Recon:EC2-Portscan"],
  Title: `Row ${String(i).padStart(6, "0")} scans ports from 198.51.${(i >> 8) % 256}.${i % 256}`,
  Description: "Many connections to many ports in a short time.",
  Severity: { Label: ["LOW", "MEDIUM", "HIGH", "CRITICAL"][i % 4] },
  Workflow: { Status: "NEW" },
  RecordState: "ACTIVE",
  Resources: [{ Type: "AwsEc2Instance", Id: `arn:aws:ec2:eu-west-1:111122223333:instance/i-views${i}`, Partition: "aws", Region: "eu-west-1" }],
});

/** Every rule opens, and nothing is held back as a storm. */
const openAll = { rules: [{ name: "All of it", match: "", then: "open", enabled: true }], groups: [], suppressions: [], windows: [] };

/** Changes the rules at the revision they have, and gives the revision there was. */
const changeRules = (page, method, path, body) =>
  page.evaluate(
    async ([method, path, body]) => {
      const now = await fetch("/api/v1/policy");
      const { rev } = await now.json();
      const headers = { "Content-Type": "application/json", "If-Match": now.headers.get("ETag") };
      const answer = await fetch(path, { method, headers, body: JSON.stringify(body) });
      return { rev, status: answer.status, body: await answer.text() };
    },
    [method, path, body],
  );

async function fill(page, call, count) {
  const changed = await changeRules(page, "PUT", "/api/v1/policy", { ...openAll, reason: "Rows for a long list", confirm: true });
  assert.equal(changed.status, 200, changed.body);
  for (let from = 0; from < count; from += 500) {
    const batch = Array.from({ length: Math.min(500, count - from) }, (_, i) => finding(from + i));
    const taken = await call("POST", "/findings", batch);
    assert.equal(taken.status, 200, JSON.stringify(taken.body));
    const bad = taken.body.results.find(({ outcome }) => outcome !== "opened");
    assert.equal(bad, undefined, JSON.stringify(bad));
  }
  // The specs that follow rely on the rules of before.
  const undone = await changeRules(page, "POST", "/api/v1/policy/undo", { to_rev: changed.rev, reason: "The rows are there" });
  assert.equal(undone.status, 200, undone.body);
}

/** Watches for long tasks and for how many elements there are at most, until it is asked. */
const watchTasks = (page) =>
  page.evaluate(() => {
    const seen = { longest: 0, nodes: 0 };
    window.tocsinSeen = seen;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.longest = Math.max(seen.longest, entry.duration);
    }).observe({ type: "longtask" });
    const count = () => {
      seen.nodes = Math.max(seen.nodes, document.querySelectorAll("*").length);
      requestAnimationFrame(count);
    };
    count();
  });

/** Scrolls like a wheel for some time. */
const scroll = (page, distance) =>
  page.evaluate(async (distance) => {
    const grid = document.querySelector("[role=grid]");
    for (let i = 0; i < 60; i += 1) {
      grid.scrollTop += distance / 60;
      await new Promise((done) => requestAnimationFrame(done));
    }
  }, distance);

const firstShown = async (page) => {
  const texts = await rows(page).allTextContents();
  return texts.map((text) => Number(/Row (\d+)/.exec(text)?.[1])).filter((n) => !Number.isNaN(n));
};

export default [
  [
    "a filter becomes a view with a name, its count and its place in the address",
    async ({ page, call, go, inspect }) => {
      for (const [title, severity] of [["Views: a token in a log", "critical"], ["Views: a port left open", "low"]]) await call("POST", "/tickets", { title, severity, description: "" });
      await go("/queue");
      await rows(page).first().waitFor();
      await filter(page).fill("open:true title~views: severity>=high");
      await page.keyboard.press("Enter");
      await row(page, "a token in a log").waitFor();
      await tab(page, "All open").filter({ hasText: "edited" }).waitFor();
      await menu(page, "Save as a new view…");
      const dialog = page.getByRole("dialog", { name: "Save as a new view" });
      await dialog.getByLabel("Name").fill("Burning");
      await inspect("view-save");
      await dialog.getByRole("button", { name: "Save view" }).click();
      await dialog.waitFor({ state: "detached" });
      await tab(page, "Burning").filter({ hasText: "1" }).waitFor();
      assert.match(page.url(), /view=[0-9a-f-]{36}/);
      await call("POST", "/tickets", { title: "Views: another token", severity: "high", description: "" });
      await tab(page, "Burning").filter({ hasText: "2" }).waitFor();
      await page.reload();
      await row(page, "a token in a log").waitFor();
    },
  ],
  [
    "a view is renamed, its columns are chosen, and it is deleted",
    async ({ page, inspect }) => {
      await menu(page, "Columns…");
      const columns = page.getByRole("dialog", { name: "Columns" });
      await columns.getByLabel("Team", { exact: true }).uncheck();
      await columns.getByLabel("Region", { exact: true }).check();
      await columns.getByLabel("Width of Title in pixels").fill("400");
      await inspect("view-columns");
      await columns.getByRole("button", { name: "Show" }).click();
      await page.getByRole("columnheader", { name: "Region" }).waitFor();
      assert.equal(await page.getByRole("columnheader", { name: "Team" }).count(), 0);
      assert.match(decodeURIComponent(page.url()), /cols=.*title:400/);
      await menu(page, "Save changes");
      await page.waitForURL((url) => !url.search.includes("cols="));
      await page.getByRole("columnheader", { name: "Region" }).waitFor();
      await menu(page, "Rename or share…");
      const dialog = page.getByRole("dialog", { name: /View Burning/ });
      await dialog.getByLabel("Name").fill("On fire");
      await dialog.getByLabel("Everybody").check();
      await dialog.getByRole("button", { name: "Save view" }).click();
      await tab(page, "On fire").waitFor();
      await menu(page, "Delete…");
      await page.getByRole("button", { name: "Delete view" }).click();
      await tab(page, "On fire").waitFor({ state: "detached" });
      await page.waitForURL((url) => url.search === "");
    },
  ],
  [
    "the filter line offers what can come next, and marks a mistake where it stands",
    async ({ page, go }) => {
      await go("/queue");
      await rows(page).first().waitFor();
      await filter(page).fill("");
      await filter(page).pressSequentially("severity>=h");
      await page.getByRole("option", { name: /^high/ }).waitFor();
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      assert.match(await filter(page).inputValue(), /^severity>=high/);
      await filter(page).fill("open:true owner:@nobody-knows");
      await page.keyboard.press("Enter");
      const alert = page.getByRole("alert").filter({ hasText: "there is no list" });
      assert.match(await alert.textContent(), /\^/);
    },
  ],
  [
    "words in notes are found, newest first",
    async ({ page, call, go }) => {
      const opened = await call("POST", "/tickets", { title: "Views: a quiet one", severity: "low", description: "" });
      await call("POST", `/tickets/${opened.body.number}/notes`, { text: "Seen again at 203.0.113.99 by the zeppelin crew." });
      for (const words of ["zeppelin", "203.0.113.99"]) {
        const found = row(page, "a quiet one");
        let tries = 0;
        do await go(`/queue?q=${words}`);
        while (!(await found.waitFor({ timeout: 1500 }).then(() => true, () => false)) && (tries += 1) < 6); // the index of words follows a moment later
        assert.equal(await rows(page).count(), 1, `${words} is found once`);
      }
    },
  ],
  [
    `a list of ${ROWS} rows scrolls without a long task and with few elements`,
    async ({ page, call, go }) => {
      await fill(page, call, ROWS);
      await go("/queue?q=title~scans&sort=number");
      await row(page, "Row 000000").waitFor();
      await page.waitForTimeout(3000); // what the filling set off is over
      await watchTasks(page);
      for (let i = 0; i < 6; i += 1) await scroll(page, 3000);
      await page.waitForTimeout(500);
      const shown = await firstShown(page);
      assert.ok(shown.length > 10, "rows are shown after scrolling");
      assert.deepEqual(shown, shown.map((_, i) => shown[0] + i), "they stand in their order without a gap");
      const seen = await page.evaluate(() => window.tocsinSeen);
      console.log(`      at most ${seen.nodes} elements, longest task ${Math.round(seen.longest)} ms`);
      assert.ok(seen.nodes <= MOST_NODES, `${seen.nodes} elements`);
      assert.ok(seen.longest <= LONGEST_TASK_MS, `a task of ${seen.longest} ms`);
    },
  ],
  [
    "End and Home go from one end of a long list to the other, and the scrollbar anywhere",
    async ({ page, go }) => {
      await go("/queue?q=title~scans&sort=number");
      await row(page, "Row 000000").waitFor();
      await page.keyboard.press("End");
      await row(page, `Row ${String(ROWS - 1).padStart(6, "0")}`).waitFor();
      await scroll(page, -2500);
      await page.waitForTimeout(500);
      const above = await firstShown(page);
      assert.ok(above.length > 10 && above[0] > ROWS - 300 && above[0] < ROWS - 60, `rows before the last: ${above[0]}`);
      await page.keyboard.press("Home");
      await row(page, "Row 000000").waitFor();
      await scroll(page, 20_000);
      await row(page, `Row 000${670 + 10}`).waitFor();
    },
  ],
];
