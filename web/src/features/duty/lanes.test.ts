import { describe, expect, it } from "vitest";
import { stretchOf } from "@/lib/axis";
import { roster, shift } from "./fixtures";
import { labelOf, lanesOf, neighbour, tintsOf } from "./lanes";

const week = stretchOf("week", "2026-11-25", "UTC");
const drawn = roster({
  final: [shift("ada", "2026-11-16T09:00:00Z", "2026-11-25T12:00:00Z"), shift("bo", "2026-11-26T00:00:00Z", "2026-12-03T00:00:00Z", "overrides")],
  gaps: [{ from: "2026-11-25T12:00:00Z", to: "2026-11-26T00:00:00Z" }],
  layers: [
    { id: "r1", name: "Day", kind: "weekly", shifts: [shift("ada", "2026-11-16T09:00:00Z", "2026-11-25T12:00:00Z")] },
    { id: "r2", name: "Night", kind: "daily", shifts: [] },
    { id: "overrides", name: "Overrides", kind: "overrides", shifts: [shift("bo", "2026-11-26T00:00:00Z", "2026-12-03T00:00:00Z", "overrides")] },
  ],
});

describe("the lanes", () => {
  const lanes = lanesOf(drawn, week);

  it("begin with who is on duty, then the strongest layer first", () => {
    expect(lanes.map((lane) => lane.name)).toEqual(["On duty", "Overrides", "Night", "Day"]);
  });

  it("hold gaps between the shifts, in order of time", () => {
    expect(lanes[0]?.pieces.map((piece) => piece.shift?.name ?? "nobody")).toEqual(["Ada Lovelace", "nobody", "Bo Jensen"]);
    expect(lanes[0]?.pieces[0]).toMatchObject({ x: 0, cutLeft: true, cutRight: false });
    expect(lanes[0]?.pieces[2]?.cutRight).toBe(true);
  });

  it("leave the overrides out where none is shown", () => {
    expect(lanesOf({ ...drawn, layers: drawn.layers.map((layer) => ({ ...layer, shifts: layer.id === "overrides" ? [] : layer.shifts })) }, week).map((lane) => lane.id)).toEqual(["final", "r2", "r1"]);
  });

  it("are walked by the arrow keys, past a lane that holds nothing", () => {
    const [ada = "", gap = "", bo = ""] = lanes[0]?.pieces.map((piece) => piece.key) ?? [];
    expect(neighbour(lanes, ada, "ArrowRight")).toBe(gap);
    expect(neighbour(lanes, ada, "ArrowLeft")).toBeUndefined();
    expect(neighbour(lanes, ada, "End")).toBe(bo);
    expect(neighbour(lanes, bo, "ArrowDown")).toBe(lanes[1]?.pieces[0]?.key);
    expect(neighbour(lanes, lanes[1]?.pieces[0]?.key ?? "", "ArrowDown")).toBe(lanes[3]?.pieces[0]?.key);
    expect(neighbour(lanes, lanes[3]?.pieces[0]?.key ?? "", "ArrowUp")).toBe(lanes[1]?.pieces[0]?.key);
    expect(neighbour(lanes, ada, "a")).toBeUndefined();
  });
});

describe("a person", () => {
  it("has one tint in all lanes", () => {
    expect([...tintsOf(drawn)]).toEqual([["ada", 0], ["bo", 1]]);
  });

  it.each([
    [30, "Ada Lovelace"],
    [5, "Ada"],
    [3, "AL"],
    [2, "A"],
    [1, ""],
  ])("is named in %d percent as %j", (width, label) => {
    expect(labelOf("Ada Lovelace", width)).toBe(label);
  });
});
