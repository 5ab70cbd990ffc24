// What the tests of this feature are written with.
import type { Roster, Rotation, Shift } from "./types";

const names: Record<string, string> = { ada: "Ada Lovelace", bo: "Bo Jensen" };

export function shift(person: string, from: string, to: string, layer = "r1"): Shift {
  const hours = (Date.parse(to) - Date.parse(from)) / 3_600_000;
  return { id: `${person} ${from}`, person, name: names[person] ?? person, from, to, layer, override: layer === "overrides" ? "o1" : "", hours };
}

export function roster(some: Partial<Roster>): Roster {
  return { final: [], gaps: [], layers: [], notes: [], ...some };
}

export function rotation(some: Partial<Rotation> = {}): Rotation {
  return { id: "r1", name: "Day", kind: "weekly", every: 1, handoff: { weekday: "mon", time: "09:00" }, start: "2026-11-02", zone: "", participants: ["ada", "bo"], windows: [], ...some };
}
