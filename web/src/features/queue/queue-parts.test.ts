import { describe, expect, it } from "vitest";
import { Problem } from "@/lib/problem";
import { fitColumns } from "@/ui/grid";
import type { SavedView, TicketRow } from "@/api/models";
import { clockHint, columns, columnsOf, parseColumns, writeColumns } from "./columns";
import { spanOf } from "@/ui/query-mistake";
import { withRange, withToggled } from "./use-selection";
import { movedPosition, TABS, tabsOf, viewOf, withBreaching, withoutLast } from "./views";

describe("selecting", () => {
  const order = ["a", "b", "c", "d"];

  it("adds a range whichever end came first, and keeps the rest", () => {
    expect([...withRange(new Set(["d"]), order, "c", "a")]).toEqual(["d", "a", "b", "c"]);
  });

  it("toggles when the start of the range has left the list", () => {
    expect([...withRange(new Set(), order, "gone", "b")]).toEqual(["b"]);
    expect([...withToggled(new Set(["b"]), "b")]).toEqual([]);
  });
});

describe("columns", () => {
  const ids = (width: number) => fitColumns(columns, width).map((column) => column.id);

  it("are all there at 1440 px but the number of findings, and keep their order", () => {
    expect(ids(1256)).toEqual(columns.map((column) => column.id).filter((id) => id !== "findings"));
    expect(ids(1400)).toEqual(columns.map((column) => column.id));
  });

  it("go one after another when room is short, number, severity and title never", () => {
    expect(ids(896)).toEqual(["number", "severity", "sla", "title", "phase", "owner", "age"]);
    expect(ids(200)).toEqual(["number", "severity", "title"]);
  });
});

describe("the hint of the clock", () => {
  const row = (more: Partial<TicketRow>) => ({ due_at: null, due_metric: "", paused_until: null, breached: [], ...more }) as unknown as TicketRow;
  it("says what is due, until when clocks wait and what has passed", () => {
    expect(clockHint(row({ due_at: "2026-11-24T12:30:00Z", due_metric: "contain" }))).toBe("Contain: due 2026-11-24 12:30:00 UTC");
    expect(clockHint(row({ paused_until: "2026-11-24T12:30:00Z", breached: ["ack", "phase"] }))).toBe("Paused until 2026-11-24 12:30:00 UTC. The time to acknowledge and to leave the phase has passed");
    expect(clockHint(row({}))).toBe("");
  });
});

describe("the filter", () => {
  it("marks a mistake by characters though the server counts bytes", () => {
    const problem = new Problem(400, { offset: 8, length: 3 });
    expect(spanOf("title:é xyz", problem)).toEqual({ from: 7, to: 10 });
    expect(spanOf("x", new Problem(400, {}))).toBeUndefined();
  });

  it("loses its last condition whole", () => {
    expect(withoutLast('phase!=closed title:"two words"')).toBe("phase!=closed");
    expect(withoutLast("one")).toBe("");
  });

});

describe("views", () => {
  const view = (id: string, more: Partial<SavedView> = {}) => ({ id, name: id.toUpperCase(), scope: "personal", position: 1024, ...more }) as SavedView;
  const many = Array.from({ length: 12 }, (_, i) => view(`v${i}`, { position: (i + 1) * 1024 }));

  it("falls back to the first view", () => {
    expect(viewOf(many, "nonsense")?.id).toBe("v0");
    expect(viewOf(many, "v3")?.id).toBe("v3");
    expect(viewOf(many, "V4")?.id).toBe("v4");
    expect(viewOf([], "v3")).toBeUndefined();
  });

  it("shows the current one among the tabs", () => {
    const { tabs, others } = tabsOf(many, many[10]);
    expect(tabs).toHaveLength(TABS);
    expect(tabs.map(({ id }) => id)).toContain("v10");
    expect(others.map(({ id }) => id)).not.toContain("v10");
    expect([...tabs, ...others].map(({ id }) => id).sort()).toEqual(many.map(({ id }) => id).sort());
  });

  it("have the one about the next hour among the built-in ones, once", () => {
    const built = [view("all"), view("unacknowledged"), view("urgent")];
    const all = withBreaching(built, { value: 3, exact: true });
    expect(all.map(({ id }) => id)).toEqual(["all", "unacknowledged", "breaching", "urgent"]);
    expect(all[2]).toMatchObject({ q: "open:true due<now+1h", sort: "due_at", count: { value: 3 }, mine: false });
    expect(withBreaching(all, undefined)).toEqual(all);
    expect(withBreaching([], undefined)).toEqual([]);
  });

  it("moves one place further among its like", () => {
    const mixed = [view("b", { scope: "built_in", position: 1 }), ...many.slice(0, 3)];
    const moved = (id: string, step: -1 | 1) => {
      const position = movedPosition(mixed, viewOf(mixed, id) ?? view(id), step);
      if (position === undefined) return undefined;
      const next = mixed.map((each) => (each.id === id ? { ...each, position } : each)).filter((each) => each.scope === "personal");
      return next.sort((x, y) => x.position - y.position).map((each) => each.id).join(" ");
    };
    expect(moved("v0", 1)).toBe("v1 v0 v2");
    expect(moved("v1", 1)).toBe("v0 v2 v1");
    expect(moved("v2", -1)).toBe("v0 v2 v1");
    expect(moved("v1", -1)).toBe("v1 v0 v2");
    expect(moved("v0", -1)).toBeUndefined();
    expect(moved("v2", 1)).toBeUndefined();
  });
});

describe("chosen columns", () => {
  it("keep their order and widths; what is unknown or doubled goes", () => {
    expect(writeColumns(parseColumns(["title:300", "number", "nope", "number:90", "age:9999"]))).toEqual(["title:300", "number", "age"]);
    expect(columnsOf(["title:300", "number"]).map(({ id, width }) => [id, width])).toEqual([["title", 300], ["number", 92]]);
    expect(columnsOf([])).toBe(columns);
  });
});
