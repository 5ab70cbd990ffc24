import { expect, it } from "vitest";
import { callsOf } from "./sim-line";
import { simRows } from "./sim-table";
import { filled } from "./sim-events";
import type { SimPage, Simulation } from "./types";

it("puts what falls due, what is warned of and who is called into one order", () => {
  const clock = { phase: "", cycle: 1, calendar: "24x7", started_at: "2026-11-27T15:00:00Z", stopped_at: null, breached_at: null, warnings: [] };
  const data = {
    timers: [
      { ...clock, metric: "ack", target: "15m", due_at: "2026-11-27T15:15:00Z", state: "running", warnings: [{ percent: 50, at: "2026-11-27T15:07:30Z" }] },
      { ...clock, metric: "contain", target: "3bd", calendar: "office", due_at: "2026-12-02T15:00:00Z", state: "running" },
      { ...clock, metric: "resolve", target: "24h", due_at: null, stopped_at: "2026-11-27T15:20:00Z", state: "met" },
    ],
    pages: [
      { at: "2026-11-27T15:00:00Z", after: "0s", trigger: "open", ladder: "soc", level: 1, again: false, targets: [{ target: "oncall:team", title: "On duty for the ticket's team", people: [{ id: "u", name: "Ada", confirmed: true }], gap: false }] },
      { at: "2026-11-27T15:10:00Z", after: "10m", trigger: "open", ladder: "soc", level: 2, again: true, targets: [{ target: "lead:team", title: "Who leads the team", people: [], gap: true }] },
    ],
  } as unknown as Simulation;
  expect(simRows(data).map(({ mark, what, more }) => `${mark} ${what}: ${more}`)).toEqual([
    "☎ Ada: level 1: opened, and nobody has seen it",
    "◔ Acknowledge: 50 % of the time has passed",
    "☎ nobody (who leads the team): again: opened, and nobody has seen it",
    "▲ Acknowledge: due: 15 minutes",
    "✓ Resolve: met",
    "▲ Contain: due: 3 business days of office",
  ]);
});

it("draws calls that are close to each other as one mark", () => {
  const page = (at: number) => ({ at: String(at), level: at }) as unknown as SimPage;
  const marks = callsOf([page(0), page(1), page(2), page(10), page(11), page(50)], ({ level }) => level);
  expect(marks.map(({ x, pages }) => [x, pages.length])).toEqual([[0, 3], [10, 2], [50, 1]]);
});

it("gives a deed what it needs besides its time", () => {
  expect(filled({ at: "2026-11-27T15:00:00Z", do: "pause" }).until).toBe("2026-11-27T17:00:00.000Z");
  expect(filled({ at: "x", do: "severity" }).to).toBe("high");
  expect(filled({ at: "x", do: "ack" })).toEqual({ at: "x", do: "ack" });
});
