import { describe, expect, it } from "vitest";
import { destinationMoved, emptyRow, rowLocation, sameValues, secretsOf, sentRows, settingsOf, valuesOf, visibleFields } from "./form-values";
import type { Connection, Field, Manifest } from "./types";

function field(name: string, more: Partial<Field> = {}): Field {
  return { name, title: name, type: "text", required: false, default: "", help: "h", secret: false, destination: false, rotates: "", options: [], fields: [], when: null as unknown as Field["when"], ...more };
}

const manifest: Manifest = {
  kind: "aws",
  title: "AWS",
  tells: false,
  description: "d",
  fields: [
    field("auth", { type: "choice", default: "static_keys" }),
    field("key", { secret: true, when: { field: "auth", is: "static_keys" } }),
    field("region"),
    field("limit", { type: "number" }),
    field("quiet", { type: "bool", default: "false" }),
    field("endpoint_url", { type: "url", destination: true }),
    field("feeds", { type: "rows", fields: [field("queue_url"), field("region")] }),
  ],
};

const connection = (settings: unknown) => ({ id: "1", kind: "aws", name: "Prod", enabled: true, settings, secrets: { key: "set" }, rev: 1 }) as unknown as Connection;

describe("the form of a connection", () => {
  it("opens with an empty row of its first list only: a required field of a blank row would hold up the form", () => {
    const more: Manifest = { ...manifest, fields: [...manifest.fields, field("reconcile", { type: "rows", fields: [field("region", { required: true })] })] };
    const { rows } = valuesOf(more);
    expect([rows.feeds?.length, rows.reconcile?.length]).toEqual([1, 0]);
  });

  it("opens with the defaults and one empty row", () => {
    const values = valuesOf(manifest);
    expect(values.texts).toEqual({ auth: "static_keys", region: "", limit: "", quiet: "false", endpoint_url: "" });
    expect(values.rows.feeds).toHaveLength(1);
    expect(settingsOf(manifest, values)).toEqual({ auth: "static_keys", quiet: false, feeds: [] });
  });

  it("hides what hangs on a choice that is hidden itself, a choice under a choice", () => {
    const nested: Manifest = { ...manifest, fields: [field("scheme", { type: "choice" }), field("preset", { type: "choice", default: "own", when: { field: "scheme", is: "hmac" } }), field("header", { when: { field: "preset", is: "own" } })] };
    const seen = (scheme: string) => visibleFields(nested, { ...valuesOf(nested), texts: { scheme, preset: "own" } }).map((f) => f.name);
    expect(seen("hmac")).toEqual(["scheme", "preset", "header"]);
    expect(seen("standard")).toEqual(["scheme"]);
  });

  it("carries a mapping as it is, and leaves it to the server to judge what is none", () => {
    const mapped: Manifest = { ...manifest, fields: [field("mapping", { type: "mapping" })] };
    const values = valuesOf(mapped, connection({ mapping: { fields: { uid: "$.id" } } }));
    expect(settingsOf(mapped, values)).toEqual({ mapping: { fields: { uid: "$.id" } } });
    expect(settingsOf(mapped, { ...values, texts: { mapping: "{" } })).toEqual({ mapping: "{" });
  });

  it("gives back what was stored", () => {
    const settings = { auth: "default", region: "eu-west-1", limit: 3, quiet: true, feeds: [{ queue_url: "https://a" }, { queue_url: "https://b", region: "us-east-1" }] };
    expect(settingsOf(manifest, valuesOf(manifest, connection(settings)))).toEqual(settings);
  });

  it("survives settings of another shape", () => {
    for (const settings of [null, [], "x", { feeds: "no", region: { a: 1 } }]) {
      expect(settingsOf(manifest, valuesOf(manifest, connection(settings)))).toEqual({ auth: "static_keys", quiet: false, feeds: [] });
    }
  });

  it("asks for a secret only where it matters, and sends none that is out of sight", () => {
    const values = { ...valuesOf(manifest), secrets: { key: " k\n" } };
    expect(secretsOf(manifest, values)).toEqual({ key: "k" });
    const other = { ...values, texts: { ...values.texts, auth: "default" } };
    expect(visibleFields(manifest, other).map((f) => f.name)).not.toContain("key");
    expect(secretsOf(manifest, other)).toEqual({});
  });

  it("sends a number as a number, and what is none as it is, for the server to refuse", () => {
    const values = valuesOf(manifest);
    const limit = (text: string) => settingsOf(manifest, { ...values, texts: { ...values.texts, limit: text } }).limit;
    expect([limit(" 7 "), limit("seven"), limit("1.5")]).toEqual([7, "seven", "1.5"]);
  });

  it("places an error in the row that was sent there", () => {
    const feeds = manifest.fields.find((f) => f.name === "feeds") as Field;
    const blank = emptyRow(feeds);
    const filled = { ...emptyRow(feeds), texts: { queue_url: "ftp://x", region: "" } };
    expect(sentRows([blank, filled])).toEqual([filled]);
    expect(rowLocation(feeds, [blank, filled], filled, "queue_url")).toBe("settings.feeds[0].queue_url");
    expect(rowLocation(feeds, [blank, filled], blank, "queue_url")).toBe("settings.feeds[-1].queue_url");
  });

  it("tells another destination from the same one spelled otherwise", () => {
    const before = valuesOf(manifest, connection({ endpoint_url: "https://vpce.example/" }));
    const to = (endpoint_url: string) => destinationMoved(manifest, before, { ...before, texts: { ...before.texts, endpoint_url } });
    expect([to("https://VPCE.example"), to("https://other.example"), to("")]).toEqual([false, true, true]);
  });

  it("knows what was not changed, whatever the rows are called", () => {
    const a = connection({ feeds: [{ queue_url: "https://a" }] });
    const values = valuesOf(manifest, a);
    expect(sameValues(values, valuesOf(manifest, a))).toBe(true);
    expect(sameValues(values, { ...values, secrets: { key: "x" } })).toBe(false);
    expect(sameValues(values, { ...values, secrets: { key: "" } })).toBe(true);
    expect(sameValues(values, { ...values, rows: { feeds: [] } })).toBe(false);
  });
});
