import { type Bar, barOf, type Stretch } from "@/lib/axis";
import type { Gap, Roster, Shift } from "./types";

/** Something drawn on a lane: a shift, or a time in which nobody is on duty. */
export interface Piece extends Bar {
  key: string;
  from: number;
  to: number;
  shift?: Shift;
}

export interface Lane {
  id: string;
  name: string;
  /** Who is on duty in the end; the others are what one layer would have. */
  final: boolean;
  pieces: Piece[];
}

/** The lanes from the top: who is on duty, then what says so, the strongest first. */
export function lanesOf(roster: Roster, stretch: Stretch): Lane[] {
  const final = [...piecesOf("final", roster.final, stretch), ...gapsOf(roster.gaps, stretch)].sort((a, b) => a.from - b.from);
  const layers = roster.layers.map((layer): Lane => ({ id: layer.id, name: layer.name, final: false, pieces: piecesOf(layer.id, layer.shifts, stretch) }));
  return [{ id: "final", name: "On duty", final: true, pieces: final }, ...layers.reverse().filter((lane) => lane.id !== "overrides" || lane.pieces.length > 0)];
}

function piecesOf(lane: string, shifts: readonly Shift[], stretch: Stretch): Piece[] {
  return shifts.flatMap((shift) => {
    const span = { from: Date.parse(shift.from), to: Date.parse(shift.to) };
    const bar = barOf(span, stretch);
    return bar ? [{ ...bar, ...span, key: `${lane} ${shift.from}`, shift }] : [];
  });
}

function gapsOf(gaps: readonly Gap[], stretch: Stretch): Piece[] {
  return gaps.flatMap((gap) => {
    const span = { from: Date.parse(gap.from), to: Date.parse(gap.to) };
    const bar = barOf(span, stretch);
    return bar ? [{ ...bar, ...span, key: `gap ${gap.from}` }] : [];
  });
}

/** Where the keyboard goes from a piece: along its lane, or to what stands over or under it. */
export function neighbour(lanes: readonly Lane[], key: string, way: string): string | undefined {
  const row = lanes.findIndex((lane) => lane.pieces.some((piece) => piece.key === key));
  const pieces = lanes[row]?.pieces ?? [];
  const at = pieces.findIndex((piece) => piece.key === key);
  const here = pieces[at];
  if (!here) return undefined;
  switch (way) {
    case "ArrowLeft":
      return pieces[at - 1]?.key;
    case "ArrowRight":
      return pieces[at + 1]?.key;
    case "Home":
      return pieces[0]?.key;
    case "End":
      return pieces.at(-1)?.key;
    case "ArrowUp":
      return closest(lanes.slice(0, row).findLast((lane) => lane.pieces.length > 0), here);
    case "ArrowDown":
      return closest(lanes.slice(row + 1).find((lane) => lane.pieces.length > 0), here);
    default:
      return undefined;
  }
}

function closest(lane: Lane | undefined, here: Piece): string | undefined {
  const middle = here.x + here.width / 2;
  const away = ({ x, width }: Piece) => Math.max(x - middle, middle - x - width, 0);
  return lane?.pieces.reduce((best, piece) => (away(piece) < away(best) ? piece : best)).key;
}

/** Which tint a person has: the same wherever they stand, and few enough to be told apart. */
export const TINTS = 5;

export function tintsOf(roster: Roster): Map<string, number> {
  const people = [...new Set([...roster.layers.flatMap((layer) => layer.shifts), ...roster.final].map((shift) => shift.person))].sort();
  return new Map(people.map((person, i) => [person, i % TINTS]));
}

/** What fits into a piece: the name, its first word, or its letters. A percent is about seven pixels at the narrowest. */
export function labelOf(name: string, width: number): string {
  const words = name.trim().split(/\s+/);
  const fits = (text: string) => text.length + 1 <= width;
  if (fits(name)) return name;
  if (words[0] && fits(words[0])) return words[0];
  const letters = words.map((word) => [...word][0]).join("");
  return letters.slice(0, width < 1.4 ? 0 : width < 2.8 ? 1 : 2);
}
