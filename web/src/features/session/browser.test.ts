import { describe, expect, it } from "vitest";
import { browserOf } from "./browser";

describe("a session", () => {
  it("is named by its browser and system", () => {
    const cases = {
      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/131.0.0.0 Safari/537.36": "Chrome on Linux",
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0": "Edge on Windows",
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15": "Safari on macOS",
      "Mozilla/5.0 (Android 15; Mobile; rv:132.0) Gecko/132.0 Firefox/132.0": "Firefox on Android",
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1": "Safari on iOS",
      "curl/8.5.0": "curl",
      "": "Unknown browser",
    };
    for (const [agent, name] of Object.entries(cases)) expect(browserOf(agent)).toBe(name);
    expect(browserOf("x".repeat(300))).toHaveLength(40);
  });
});
