import { describe, expect, it } from "vitest";
import { hostOf, linkParts, safeHref } from "./safe-url";

describe("safeHref", () => {
  it.each(["https://docs.aws.amazon.com/a", "http://10.0.0.1/x"])("lets %s be followed", (address) => {
    expect(safeHref(address)).toBe(address);
  });
  it.each([
    "javascript:alert(1)",
    " JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "//evil.example",
    "/tickets",
    "https://console.aws.amazon.com@evil.example/",
    "https://u:p@evil.example/",
    "",
    undefined,
  ])("refuses %s", (address) => {
    expect(safeHref(address)).toBeUndefined();
  });
  it("names the host a link leads to", () => {
    expect(hostOf("https://evil.example:8443/aws.amazon.com")).toBe("evil.example:8443");
  });
});

describe("linkParts", () => {
  it("finds addresses and leaves the rest as it is", () => {
    expect(linkParts("See https://a.example/x, then <b>stop</b>.")).toEqual([
      { text: "See " },
      { text: "https://a.example/x", href: "https://a.example/x" },
      { text: ", then <b>stop</b>." },
    ]);
  });
  it("keeps a bracket that was opened inside the address", () => {
    expect(linkParts("(https://a.example/b_(c))").map((p) => p.href ?? "")).toEqual(["", "https://a.example/b_(c))"]);
    expect(linkParts("(https://a.example/b)").map((p) => p.text)).toEqual(["(", "https://a.example/b", ")"]);
  });
  it("never makes a link of another scheme", () => {
    expect(linkParts("javascript:alert(1) data:x")).toEqual([{ text: "javascript:alert(1) data:x" }]);
  });
});
