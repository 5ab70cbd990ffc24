import { describe, expect, it } from "vitest";
import { breachQuery, breachWords, offerWords } from "./announce";

const offer = { ticket_number: "INC-7", severity: "critical", ticket_title: "Root used", from_name: "Ada" };

describe("what is said aloud", () => {
  it("is who offers what, or how many", () => {
    expect(offerWords([offer])).toBe("Ada offers you INC-7, critical: Root used");
    expect(offerWords([{ ...offer, from_name: "" }])).toBe("Tocsin offers you INC-7, critical: Root used");
    expect(offerWords([offer, offer])).toBe("2 tickets are offered to you");
    expect(offerWords([])).toBe("");
  });

  it("is whose time has passed", () => {
    const one = { number: "INC-7", title: "Root used", breached: ["contain"] };
    expect(breachWords([one])).toBe("The time to contain has passed: INC-7 Root used");
    expect(breachWords([{ ...one, breached: ["ack", "contain"] }])).toBe("The time has passed: INC-7 Root used");
    expect(breachWords([one, one])).toBe("The time of 2 tickets of yours has passed");
    expect(breachWords([])).toBe("");
  });
});

it("asks only for tickets whose time has passed, each once and not too many", () => {
  const event = (kind: string, number?: string) => ({ kind, ...(number && { number }) });
  expect(breachQuery([event("sla.warned", "INC-1"), event("note.added", "INC-2")])).toBeUndefined();
  expect(breachQuery([event("sla.breached", "INC-1"), event("sla.breached", "INC-1"), event("sla.breached"), event("sla.breached", "INC-3")])).toBe("open:true owner:me number:INC-1,INC-3");
  const many = Array.from({ length: 50 }, (_, i) => event("sla.breached", `INC-${i}`));
  expect(breachQuery(many)?.split(",")).toHaveLength(20);
});
