import { describe, expect, it } from "vitest";
import { defang } from "./defang";

describe("defang", () => {
  it.each([
    ["ipv4", "185.220.101.4", "185[.]220[.]101[.]4"],
    ["cidr", "10.0.0.0/8", "10[.]0[.]0[.]0/8"],
    ["cidr", "2001:db8::/32", "2001[:]db8[:][:]/32"],
    ["ipv6", "2001:db8::1", "2001[:]db8[:][:]1"],
    ["domain", "pay-cdn.example", "pay-cdn[.]example"],
    ["url", "http://evil.example/a.php?x=b.c", "hxxp://evil[.]example/a.php?x=b.c"],
    ["url", "HTTPS://evil.example:8443", "hxxps://evil[.]example:8443"],
    ["url", "ftp://files.example/x", "fxp://files[.]example/x"],
    ["url", "http://[2001:db8::1]/x", "hxxp://[2001[:]db8[:][:]1]/x"],
    ["url", "javascript:alert(1).x", "javascript:alert(1)[.]x"],
    ["email", "a.b@evil.example", "a[.]b[@]evil[.]example"],
  ])("breaks %s %s", (type, value, shown) => {
    expect(defang(type, value)).toBe(shown);
  });

  it.each([
    ["sha256", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    ["arn", "arn:aws:iam::111122223333:role/app.prod"],
    ["aws_key_id", "ASIAIOSFODNN7EXAMPLE"],
    ["made_up", "a.b"],
  ])("leaves %s as it is", (type, value) => {
    expect(defang(type, value)).toBe(value);
  });
});
