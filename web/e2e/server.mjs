// Starts the real binary on an empty installation of its own.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const START_MS = 30_000;
const STOP_MS = 15_000;

const running = new Set();

/** Ends what a story that broke off has left running. */
export async function stopServers() {
  for (const stop of running) await stop();
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** { base, setupUrl, log(), stop() → exit code }. The key file stands outside the data directory. */
export async function startTocsin(bin) {
  const dir = mkdtempSync(join(tmpdir(), "tocsin-e2e-"));
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const args = ["serve", "--addr", `127.0.0.1:${port}`, "--data", join(dir, "data"), "--key-file", join(dir, "key")];
  const child = spawn(bin, args, { env: { ...process.env, TZ: "UTC", TOCSIN_DB: "", TOCSIN_EGRESS_ALLOW: "127.0.0.1/32" }, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  const ended = new Promise((resolve) => child.once("close", (code) => resolve(code ?? -1)));
  child.once("error", (error) => (output += `\n${error.message}`));

  const stop = async () => {
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    child.kill("SIGTERM");
    const code = await ended;
    running.delete(stop);
    clearTimeout(timer);
    rmSync(dir, { recursive: true, force: true });
    return code;
  };
  running.add(stop);
  const deadline = Date.now() + START_MS;
  while (!(output.includes("listening on") && /\/setup\?token=\S+/.test(output))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error(`the server did not start:\n${output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  // What is printed may be inside JSON or quotes; the host may be another name of this machine.
  const token = /\/setup\?token=([^\s"'<>\\]+)/.exec(output)[1];
  return { base, setupUrl: `${base}/setup?token=${token}`, log: () => output, stop };
}
