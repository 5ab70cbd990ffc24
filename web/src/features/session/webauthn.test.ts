import { describe, expect, it } from "vitest";
import { fromBytes, noPasskeys, toBytes, wordsOf } from "./webauthn";

describe("bytes of a passkey", () => {
  it("are written as base64url without padding, and read back", () => {
    expect(fromBytes(Uint8Array.of(251, 255, 254))).toBe("-__-");
    expect(fromBytes(Uint8Array.of(1))).toBe("AQ");
    for (let length = 0; length < 70; length++) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 37 + length) % 256);
      const text = fromBytes(bytes);
      expect(text).toMatch(/^[\w-]*$/);
      expect([...toBytes(text)]).toEqual([...bytes]);
    }
  });

  it("may be a buffer", () => {
    expect(fromBytes(Uint8Array.of(1, 2, 3).buffer)).toBe("AQID");
  });
});

describe("a browser", () => {
  it("that knows no passkeys is told so", () => {
    expect(noPasskeys()).toMatch(/HTTPS|knows no passkeys/);
  });

  it("has its names for failures put into words", () => {
    for (const name of ["NotAllowedError", "InvalidStateError", "SecurityError", "NotSupportedError", "AnyOther"]) {
      expect(wordsOf(name)).toMatch(/\.$/);
      expect(wordsOf(name)).not.toContain("Error");
    }
  });
});
