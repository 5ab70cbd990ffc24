import { describe, expect, it } from "vitest";
import { newSecret, suggestionFor } from "./new-secret";
import { appManifest, buttonsUrl } from "./slack-app";
import type { Manifest } from "./types";

describe("what Slack needs", () => {
  it("names the address for buttons by the connection", () => {
    expect(buttonsUrl("https://tocsin.example.com", "c1")).toBe("https://tocsin.example.com/api/v1/slack/c1");
  });

  it("asks for no more than writing and finding people", () => {
    const scopes = appManifest().split("\n").filter((line) => line.startsWith("      - ")).map((line) => line.trim().slice(2));
    expect(scopes).toEqual(["chat:write", "im:write", "users:read", "users:read.email"]);
  });
});

describe("secrets that we choose", () => {
  const field = { name: "signing_secret" } as Manifest["fields"][number];
  const made = (kind: string) => suggestionFor({ kind } as Manifest, field, { name: "", texts: { scheme: "bearer" }, rows: {}, secrets: {} })?.();

  it("makes one of Standard Webhooks for calls that go out", () => {
    expect(made("webhook-out")).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(newSecret("standard")).not.toBe(newSecret("standard"));
  });

  it("makes none where the other side does", () => {
    expect(made("slack")).toBeUndefined();
    expect(made("webhook")).not.toContain("whsec_");
  });
});
