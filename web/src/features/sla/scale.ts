/** A scale on which each step to the right is longer: minutes and weeks stand on one line. */
export interface Scale {
  /** Milliseconds from the beginning to the right edge. */
  length: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function scaleOf(offsets: readonly number[]): Scale {
  return { length: Math.max(15 * MINUTE, ...offsets) * 1.15 };
}

/** Where an offset from the beginning stands, in percent of the width. */
export function xOf(offset: number, { length }: Scale): number {
  const at = Math.log2(1 + Math.max(0, Math.min(offset, length)) / MINUTE) / Math.log2(1 + length / MINUTE);
  return Math.round(at * 1e6) / 1e4;
}

const marks: [ms: number, label: string][] = [
  [0, "0"],
  [5 * MINUTE, "5 m"],
  [15 * MINUTE, "15 m"],
  [HOUR, "1 h"],
  [4 * HOUR, "4 h"],
  [DAY, "1 d"],
  [3 * DAY, "3 d"],
  [7 * DAY, "1 w"],
  [30 * DAY, "30 d"],
  [90 * DAY, "90 d"],
  [365 * DAY, "1 y"],
];

/** The lines of the scale, with what stands at them. */
export function scaleMarks(scale: Scale): { x: number; label: string }[] {
  return marks.filter(([ms]) => ms <= scale.length).map(([ms, label]) => ({ x: xOf(ms, scale), label }));
}
