import { expect, it } from "vitest";
import { remoteWords } from "./detail-facts";

const remote = { ip: "", port: 0, domain: "", country: "", city: "", asn: "", org: "", direction: "" };

it("says of a remote party what is known and nothing else", () => {
  expect(remoteWords({ ...remote, ip: "185.220.101.4", port: 443, country: "DE", asn: "AS24940", org: "Hetzner", direction: "inbound" })).toBe("185.220.101.4:443 · DE · AS24940 Hetzner · inbound");
  expect(remoteWords({ ...remote, ip: "203.0.113.9", domain: "pay-cdn.example" })).toBe("203.0.113.9 · pay-cdn.example");
  expect(remoteWords({ ...remote, domain: "pay-cdn.example" })).toBe("pay-cdn.example");
  expect(remoteWords({ ...remote, direction: "outbound" })).toBe("outbound");
});
