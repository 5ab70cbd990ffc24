import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { callCommand, hookSettings, hookUrl } from "./webhook-commands";
import type { Connection } from "./types";

/** Runs the command with a curl that prints what it was given. */
function run(settings: object, secret: string): string[] {
  const bin = mkdtempSync(join(tmpdir(), "tocsin-curl-"));
  writeFileSync(join(bin, "curl"), '#!/bin/sh\nfor a in "$@"; do printf "%s\\n" "$a"; done\n');
  chmodSync(join(bin, "curl"), 0o755);
  const command = callCommand(hookUrl("https://soc.example.org", "abc"), hookSettings({ settings } as Connection));
  const out = execFileSync("bash", ["-c", command], { env: { ...process.env, PATH: `${bin}:${process.env.PATH}`, SECRET: secret }, encoding: "utf8" });
  return out.split("\n");
}

const header = (lines: string[], name: string) => lines.find((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}: `))?.slice(name.length + 2) ?? "";
const body = (lines: string[]) => lines[lines.indexOf("--data-raw") + 1] ?? "";
const mac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text);

describe("the command that calls a webhook by hand", () => {
  it("signs as Standard Webhooks say", () => {
    const key = Buffer.from("0123456789abcdef01234567");
    const said = run({}, `whsec_${key.toString("base64")}`);
    const [id, at] = [header(said, "webhook-id"), header(said, "webhook-timestamp")];
    expect(said[0]).toBe("https://soc.example.org/api/v1/hooks/abc");
    expect(header(said, "webhook-signature")).toBe(`v1,${mac(key, `${id}.${at}.${body(said)}`).digest("base64")}`);
  });

  it("signs as each preset does", () => {
    const github = run({ scheme: "hmac_sha256", preset: "github" }, "s3cret's");
    expect(header(github, "X-Hub-Signature-256")).toBe(`sha256=${mac("s3cret's", body(github)).digest("hex")}`);
    const slack = run({ scheme: "hmac_sha256", preset: "slack" }, "secret");
    expect(header(slack, "X-Slack-Signature")).toBe(`v0=${mac("secret", `v0:${header(slack, "X-Slack-Request-Timestamp")}:${body(slack)}`).digest("hex")}`);
    const own = run({ scheme: "hmac_sha256", preset: "own", header: "X-Sig", encoding: "base64", timestamp_header: "X-At", signed: "{timestamp}|100%|{body}'" }, "secret");
    expect(header(own, "X-Sig")).toBe(mac("secret", `${header(own, "X-At")}|100%|${body(own)}'`).digest("base64"));
  });

  it("sends a token or a password", () => {
    expect(header(run({ scheme: "bearer" }, "t"), "Authorization")).toBe("Bearer t");
    expect(header(run({ scheme: "bearer", token_header: "X-Api-Key" }, "t"), "X-Api-Key")).toBe("t");
    expect(header(run({ scheme: "basic", user: "o'neil" }, "p"), "Authorization")).toBe(`Basic ${Buffer.from("o'neil:p").toString("base64")}`);
  });
});
