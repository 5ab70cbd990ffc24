import { describe, expect, it } from "vitest";
import { emptyDraft, itemsOf, kindOfSample, readMapping, unknownWord, withPath, withSuggestions, writeMapping } from "./mapping-draft";

describe("a mapping in the editor", () => {
  it("comes back as it was", () => {
    const mapping = {
      items: "$.alerts",
      fields: { uid: "$.id", title: ["$.name", "{{rule}} on {{host}}", "Alert"], vendor: { literal: "$5 sensor" }, indicators: ["$.ip", "$.hashes[*]"] },
      identity: ["$.a", "$.b"],
      severities: { P1: "critical", default: "low" },
      times: "unix",
      zone: "Europe/Amsterdam",
    };
    const draft = readMapping(JSON.stringify(mapping));
    expect(draft?.fields.title).toBe("$.name || {{rule}} on {{host}} || Alert");
    expect(JSON.parse(writeMapping(draft ?? emptyDraft))).toEqual(mapping);
  });

  it("leaves out what is empty", () => {
    expect(writeMapping({ ...emptyDraft, fields: { title: "  ", uid: "$.id" } })).toBe('{"fields":{"uid":"$.id"}}');
    expect(readMapping("")).toEqual(emptyDraft);
  });

  it("does not pretend to understand what is no object", () => {
    for (const text of ["{", "[1]", "x"]) expect(readMapping(text)).toBeUndefined();
  });

  it("adds a path to a list and replaces it elsewhere", () => {
    expect(withPath("$.a", "$.b", true)).toBe("$.a || $.b");
    expect(withPath("$.a || $.b", "$.b", true)).toBe("$.a || $.b");
    expect(withPath("$.a", "$.b", false)).toBe("$.b");
  });

  it("takes suggestions only where nothing stands", () => {
    const draft = { ...emptyDraft, fields: { uid: "$.own", title: " " } };
    expect(withSuggestions(draft, { uid: "$.id", title: "$.name" }).fields).toEqual({ uid: "$.own", title: "$.name" });
  });
});

describe("a sample", () => {
  it("is told apart by how it begins", () => {
    expect(kindOfSample('\n {"a":1}')).toBe("application/json");
    expect(kindOfSample("id,name\n1,x")).toBe("text/csv");
  });

  it("says where its items may be", () => {
    expect(itemsOf('{"version":"4","alerts":[{"id":1}]}')).toBe("$.alerts");
    expect(itemsOf('{"tags":["a"],"id":1}')).toBe("");
    expect(itemsOf("no JSON")).toBe("");
  });

  it("shows the word that a table could explain", () => {
    expect(unknownWord('"P9" is none of critical, high, and the mapping does not say what it means')).toBe("P9");
    expect(unknownWord("is missing")).toBeUndefined();
  });
});
