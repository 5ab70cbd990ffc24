import { describe, expect, it } from "vitest";
import type { Ticket } from "@/api/models";
import { Problem } from "@/lib/problem";
import { changesBetween, isConflict, saveOver } from "./conflict";
import { ticket } from "./fixtures";

it("says in words what somebody else changed", () => {
  const after = ticket({ severity: "critical", owner: "u2", owner_name: "Grace Hopper", tags: ["vip"], rev: 4 });
  expect(changesBetween(ticket({}), after)).toEqual([
    { label: "Severity", from: "high", to: "critical" },
    { label: "Owner", from: "nobody", to: "Grace Hopper" },
    { label: "Tags", from: "none", to: "vip" },
  ]);
});

it("knows the two answers that mean somebody was first", () => {
  expect([409, 412, 403, 500].map((status) => isConflict(new Problem(status, {})))).toEqual([true, true, false, false]);
});

describe("saving over a newer revision", () => {
  const stale = new Problem(412, { type: "urn:tocsin:error:stale-revision" });
  /** A server whose ticket is `now`, refusing every other revision. */
  const server = (now: Ticket) => {
    const sent: number[] = [];
    const send = (rev: number) => {
      sent.push(rev);
      return rev === now.rev ? Promise.resolve(now) : Promise.reject(stale);
    };
    return { sent, send, latest: () => Promise.resolve(now) };
  };

  it("goes through when something else was changed meanwhile", async () => {
    const { sent, send, latest } = server(ticket({ rev: 7, finding_count: 9 }));
    await saveOver(ticket({}), { title: "Root key used" }, latest, send);
    expect(sent).toEqual([1, 7]);
  });

  it("stops when the same field was changed meanwhile", async () => {
    const { sent, send, latest } = server(ticket({ rev: 7, title: "Other words" }));
    await expect(saveOver(ticket({}), { title: "Root key used" }, latest, send)).rejects.toBe(stale);
    expect(sent).toEqual([1]);
  });

  it("gives up on a ticket that changes faster than it can be saved", async () => {
    let rev = 1;
    const latest = () => Promise.resolve(ticket({ rev: (rev += 1) }));
    let tries = 0;
    const send = () => {
      tries += 1;
      return Promise.reject(stale);
    };
    await expect(saveOver(ticket({}), { severity: "low" }, latest, send)).rejects.toBe(stale);
    expect(tries).toBe(3);
  });

  it("passes every other refusal on at once", async () => {
    const denied = new Problem(403, {});
    await expect(saveOver(ticket({}), { tags: ["a"] }, () => Promise.reject(denied), () => Promise.reject(denied))).rejects.toBe(denied);
  });
});
