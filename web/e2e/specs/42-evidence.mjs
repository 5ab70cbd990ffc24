import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const dir = mkdtempSync(join(tmpdir(), "tocsin-e2e-files-"));
const file = (name, content) => {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
};
const tab = (page) => page.getByRole("region", { name: "More about this ticket" });
const item = (page, name) => tab(page).getByRole("listitem").filter({ hasText: name });
const menu = async (page, name, what) => {
  await item(page, name).getByRole("button", { name: `What can be done with ${name}` }).click();
  await page.getByRole("menuitem", { name: what }).click();
};

export default [
  [
    "files are added to a ticket, hashed, and listed with what may be malware marked",
    async ({ page, go, call, inspect, state }) => {
      const made = await call("POST", "/tickets", { title: "A strange attachment", severity: "low" });
      state.evidence = made.body.number;
      await go(`/tickets/${state.evidence}?tab=evidence`);
      await tab(page).getByText("No files").waitFor();
      await tab(page).getByLabel("What they are").fill("From the mail of Monday");
      await tab(page).getByLabel("Files to add").setInputFiles([file("note.txt", "hello \u202e<img src=x onerror=alert(1)>\n"), file("run.exe", "MZ\u0090 not really")]);
      await item(page, "note.txt").waitFor();
      await item(page, "run.exe").getByText("▲ may be malware").waitFor();
      await item(page, "run.exe").getByText("From the mail of Monday").waitFor();
      await inspect("evidence");
      const { body } = await call("GET", `/tickets/${state.evidence}/log?limit=100`);
      assert.equal(body.items.filter((entry) => entry.kind === "evidence.added").length, 2);
    },
  ],
  [
    "a look shows text in which nothing hides, and stands in the log",
    async ({ page, call, state, inspect }) => {
      await menu(page, "note.txt", "Look at it…");
      const dialog = page.getByRole("dialog", { name: "note.txt" });
      await dialog.getByText("hello ⟦U+202E⟧<img src=x onerror=alert(1)>").waitFor();
      await inspect("evidence-look");
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
      const { body } = await call("GET", `/tickets/${state.evidence}/log?limit=100`);
      assert.equal(body.items.filter((entry) => entry.kind === "evidence.read").length, 1);
    },
  ],
  [
    "a file comes back as it was, and what may be malware only inside an archive",
    async ({ page }) => {
      const [plain] = await Promise.all([page.waitForEvent("download"), menu(page, "note.txt", "Download")]);
      assert.equal(plain.suggestedFilename(), "note.txt");
      assert.equal(readFileSync(await plain.path(), "utf8"), "hello \u202e<img src=x onerror=alert(1)>\n");
      const [sealed] = await Promise.all([page.waitForEvent("download"), menu(page, "run.exe", /in an archive/)]);
      assert.equal(sealed.suggestedFilename(), "run.exe.zip");
      const bytes = readFileSync(await sealed.path());
      assert.equal(bytes.subarray(0, 2).toString(), "PK");
      assert.equal(bytes.includes("not really"), false);
    },
  ],
  [
    "somebody says that it is harmless, with a reason, and the kept bytes are hashed again",
    async ({ page }) => {
      await menu(page, "run.exe", "Say whether it is malware…");
      const dialog = page.getByRole("dialog", { name: "Is run.exe malware?" });
      await dialog.getByLabel("It is").selectOption("cleared");
      await dialog.getByLabel("Why").fill("fine");
      await dialog.getByRole("button", { name: "Save" }).click();
      await dialog.getByText(/needs a reason of at least 10/).waitFor();
      await dialog.getByLabel("Why").fill("Built by us, the hash is known.");
      await dialog.getByRole("button", { name: "Save" }).click();
      await item(page, "run.exe").getByText("✓ cleared").waitFor();
      await menu(page, "run.exe", "Hash it again");
      await page.getByText("run.exe is what was added").waitFor();
    },
  ],
];
