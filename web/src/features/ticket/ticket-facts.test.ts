import { expect, it } from "vitest";
import type { Ticket } from "@/api/models";
import { assetTags, factLines, factValues } from "./ticket-facts";

const facts = [
  { name: "remote", value: "185.220.101.4 port 443, DE" },
  { name: "principal", value: "app-role" },
  { name: "remote", value: "203.0.113.9" },
  { name: "remediation", value: "Rotate the key." },
  { name: "remote", value: "203.0.113.9" },
  { name: "source_url", value: "" },
];
const asset = (tags: Record<string, string>) => ({ tags }) as Ticket["assets"][number];

it("gathers the values of a fact under one label, each once", () => {
  expect(factLines(facts)).toEqual([
    { label: "Remote", lines: ["185.220.101.4 port 443, DE", "203.0.113.9"] },
    { label: "Principal", lines: ["app-role"] },
  ]);
});

it("leaves advice and links to their own place", () => {
  expect(factValues(facts, "remediation")).toEqual(["Rotate the key."]);
  expect(factValues(facts, "source_url")).toEqual([]);
});

it("lists each tag of the assets once", () => {
  expect(assetTags([asset({ Team: "Payments", vip: "" }), asset({ Team: "Payments" }), asset({})])).toEqual(["Team=Payments", "vip"]);
});
