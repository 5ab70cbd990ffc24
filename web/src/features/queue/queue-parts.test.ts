import { describe, expect, it } from "vitest";
import { Problem } from "@/lib/problem";
import { fitColumns } from "@/ui/grid";
import { columns } from "./columns";
import { spanOf } from "@/ui/query-mistake";
import { withRange, withToggled } from "./use-selection";
import { viewOf, withoutLast } from "./views";

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

  it("are all there at 1440 px, and keep their order", () => {
    expect(ids(1256)).toEqual(columns.map((column) => column.id));
  });

  it("go one after another when room is short, number, severity and title never", () => {
    expect(ids(896)).toEqual(["number", "severity", "title", "phase", "owner", "account", "age"]);
    expect(ids(200)).toEqual(["number", "severity", "title"]);
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

  it("falls back to the first view", () => {
    expect(viewOf("nonsense").id).toBe("all");
    expect(viewOf("mine").id).toBe("mine");
  });
});
