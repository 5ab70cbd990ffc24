import type { Connection } from "./types";

/** The address that the sender calls. */
export function hookUrl(origin: string, id: string): string {
  return `${origin}/api/v1/hooks/${id}`;
}

interface HookSettings {
  scheme?: string;
  preset?: string;
  header?: string;
  prefix?: string;
  encoding?: string;
  timestamp_header?: string;
  signed?: string;
  token_header?: string;
  user?: string;
}

const presets: Record<string, Required<Pick<HookSettings, "header" | "prefix" | "encoding" | "timestamp_header" | "signed">>> = {
  github: { header: "X-Hub-Signature-256", prefix: "sha256=", encoding: "hex", timestamp_header: "", signed: "{body}" },
  slack: { header: "X-Slack-Signature", prefix: "v0=", encoding: "hex", timestamp_header: "X-Slack-Request-Timestamp", signed: "v0:{timestamp}:{body}" },
  pagerduty: { header: "X-PagerDuty-Signature", prefix: "v1=", encoding: "hex", timestamp_header: "", signed: "{body}" },
};

/** Settings as the server fills them in where nothing is said. */
export function hookSettings(connection: Connection): HookSettings {
  const given = (connection.settings ?? {}) as HookSettings;
  const scheme = given.scheme ?? "standard";
  if (scheme !== "hmac_sha256") return { ...given, scheme };
  const preset = given.preset ?? "github";
  return { encoding: "hex", signed: "{body}", prefix: "", timestamp_header: "", ...given, scheme, ...presets[preset] };
}

/** What goes into a shell must not end the quotes it stands in. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A call by hand: SECRET holds the secret, and the body is a made-up one. */
export function callCommand(url: string, settings: HookSettings): string {
  const lines = [`body='{"id":"test-1","name":"A test"}'`];
  const headers: string[] = [];
  const mac = (binary: boolean) => (binary ? "-binary | base64 -w0" : "-r | cut -d' ' -f1");
  switch (settings.scheme) {
    case "hmac_sha256": {
      if (settings.timestamp_header) {
        lines.push("at=$(date +%s)");
        headers.push(`"${settings.timestamp_header}: $at"`);
      }
      const [before = "", after = ""] = (settings.signed ?? "{body}").split("{body}");
      const pattern = quoted(`${before.replace("{timestamp}", "%s").replaceAll("%", "%%").replace("%%s", "%s")}%s${after.replaceAll("%", "%%")}`);
      lines.push(`signature=$(printf ${pattern} ${settings.timestamp_header ? '"$at" ' : ""}"$body" | openssl dgst -sha256 -hmac "$SECRET" ${mac(settings.encoding === "base64")})`);
      headers.push(`"${settings.header ?? ""}: ${settings.prefix ?? ""}$signature"`);
      break;
    }
    case "bearer":
      headers.push(settings.token_header && settings.token_header !== "Authorization" ? `"${settings.token_header}: $SECRET"` : `"Authorization: Bearer $SECRET"`);
      break;
    case "basic":
      headers.push(`"Authorization: Basic $(printf '%s:%s' ${quoted(settings.user ?? "")} "$SECRET" | base64 -w0)"`);
      break;
    default:
      lines.push(
        "id=msg_$(openssl rand -hex 8) at=$(date +%s)",
        `key=$(printf %s "\${SECRET#whsec_}" | base64 -d | od -An -vtx1 | tr -d ' \\n')`,
        `signature=$(printf '%s.%s.%s' "$id" "$at" "$body" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64 -w0)`,
      );
      headers.push('"webhook-id: $id"', '"webhook-timestamp: $at"', '"webhook-signature: v1,$signature"');
  }
  lines.push([`curl ${quoted(url)} -H 'Content-Type: application/json'`, ...headers.map((h) => `-H ${h}`), '--data-raw "$body"'].join(" \\\n  "));
  return lines.join("\n");
}
