import { describe, expect, it } from "vitest";
import { asJson, fromBase64, hexLines, visibleText } from "./bytes";

const bytes = (...parts: (string | number)[]) => Uint8Array.from(parts.flatMap((part) => (typeof part === "number" ? [part] : [...new TextEncoder().encode(part)])));

describe("hex", () => {
  it("shows sixteen bytes a line with their place and their letters", () => {
    expect(hexLines(bytes('{"detail-type":"x', 0xff, 0), 1000)).toEqual([
      '00000000  7b 22 64 65 74 61 69 6c  2d 74 79 70 65 22 3a 22  {"detail-type":"',
      "00000010  78 ff 00                                          x..",
    ]);
  });
  it("stops at the limit", () => {
    expect(hexLines(new Uint8Array(100), 32)).toHaveLength(2);
  });
});

describe("text", () => {
  it("shows what can't be seen as its number", () => {
    expect(visibleText(bytes("a\u0000b\u202ec\u200bd\u061ce"), 100)).toBe("a[U+0000]b[U+202E]c[U+200B]d[U+061C]e");
  });
  it("keeps lines, tabs and letters of every script", () => {
    expect(visibleText(bytes("ä\t漢\n"), 100)).toBe("ä\t漢\n");
  });
  it("marks what is no UTF-8", () => {
    expect(visibleText(bytes("a", 0xff, "b"), 100)).toBe("a\ufffdb");
  });
});

describe("json", () => {
  it("is read when it is some", () => {
    expect(asJson(bytes('{"a":1}'))).toEqual({ value: { a: 1 } });
    expect(asJson(bytes("null"))).toEqual({ value: null });
  });
  it("is not made up when it is none", () => {
    expect(asJson(bytes('{"a":'))).toBeUndefined();
    expect(asJson(bytes('"', 0xff, '"'))).toBeUndefined();
  });
});

it("reads base64, and says when it is none", () => {
  expect(fromBase64("AAH/")).toEqual(Uint8Array.of(0, 1, 255));
  expect(fromBase64("%")).toBeUndefined();
});
