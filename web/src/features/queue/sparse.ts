/**
 * A list of which only what is near the screen is in memory. It grows from its start, page by page by the
 * server's cursors, and, once somebody goes to the end, from there too. A page that is far away loses its
 * rows and keeps its cursor and its size, so that its place stays and its rows can be had again.
 */
export interface Sparse<Row> {
  front: readonly Piece<Row>[];
  /** Cursor of what follows the front; undefined when nothing does. */
  more: string | undefined;
  /** Pages from the end, the last of the list first; their rows stand in the order of the list. */
  tail: readonly Piece<Row>[];
  /** Cursor of what comes before the tail: "" while there is none; undefined when the front does the rest. */
  moreTail: string | undefined;
  /** How many rows there are; not exact, there are at least as many. */
  count: { value: number; exact: boolean };
}

export interface Piece<Row> {
  cursor: string;
  size: number;
  rows?: readonly Row[];
}

export interface Answer<Row> {
  items: readonly Row[];
  next_cursor: string;
  count: { value: number; exact: boolean };
}

/** What to ask for next. */
export type Want = { side: "front" | "tail"; cursor: string; at: number };

const AHEAD = 60; // rows from the edge of what is known
/** Pages that keep their rows on each side of the screen; the first ones always do. */
const NEAR = 8;
const FIRST = 2;
/** How many rows are taken to be there where nobody knows how many are. */
const GUESS = 200;
/** The same between the start and the end, once somebody has gone there; it seldom changes, since rows move with it. */
const GAP = 20_000;

export function start<Row>(page: Answer<Row>): Sparse<Row> {
  return { front: [{ cursor: "", size: page.items.length, rows: page.items }], more: page.next_cursor || undefined, tail: [], moreTail: page.next_cursor === "" ? undefined : "", count: page.count };
}

const sum = (pieces: readonly Piece<unknown>[]) => pieces.reduce((n, piece) => n + piece.size, 0);

/** How many rows the list is drawn with. */
export function lengthOf(s: Sparse<unknown>): number {
  const known = sum(s.front) + sum(s.tail);
  if (s.more === undefined) return sum(s.front);
  if (s.count.exact || s.tail.length > 0) return Math.max(s.count.value, known + 1);
  return known + GUESS;
}

/** The row at a place; undefined while it is not there. */
export function rowAt<Row>(s: Sparse<Row>, index: number): Row | undefined {
  const found = find(s, index);
  return found && found.piece.rows?.[found.inside];
}

function find<Row>(s: Sparse<Row>, index: number): { side: "front" | "tail"; piece: Piece<Row>; at: number; inside: number } | undefined {
  let from = 0;
  for (const [at, piece] of s.front.entries()) {
    if (index < from + piece.size) return { side: "front", piece, at, inside: index - from };
    from += piece.size;
  }
  let to = lengthOf(s);
  for (const [at, piece] of s.tail.entries()) {
    to -= piece.size;
    if (index >= to) return { side: "tail", piece, at, inside: index - to };
  }
  return undefined;
}

/** Every row in memory with its place, in order. */
export function* known<Row>(s: Sparse<Row>): Generator<[number, Row]> {
  let from = 0;
  for (const piece of s.front) {
    for (const [i, row] of (piece.rows ?? []).entries()) yield [from + i, row];
    from += piece.size;
  }
  let to = lengthOf(s);
  const tail: [number, readonly Row[]][] = [];
  for (const piece of s.tail) {
    to -= piece.size;
    tail.unshift([to, piece.rows ?? []]);
  }
  for (const [at, rows] of tail) for (const [i, row] of rows.entries()) yield [at + i, row];
}

/** A page on the screen that has lost its rows. */
function lostIn(s: Sparse<unknown>, first: number, last: number): Want | undefined {
  const seen = (from: number, piece: Piece<unknown>) => !piece.rows && piece.size > 0 && from <= last && from + piece.size > first;
  let from = 0;
  for (const [at, piece] of s.front.entries()) {
    if (seen(from, piece)) return { side: "front", cursor: piece.cursor, at };
    from += piece.size;
  }
  let to = lengthOf(s);
  for (const [at, piece] of s.tail.entries()) {
    to -= piece.size;
    if (seen(to, piece)) return { side: "tail", cursor: piece.cursor, at };
  }
  return undefined;
}

/** What has to be loaded so that the rows from first to last can be shown. */
export function wantOf(s: Sparse<unknown>, first: number, last: number): Want | undefined {
  const lost = lostIn(s, first, last);
  if (lost || s.more === undefined) return lost;
  const [from, to] = [sum(s.front), lengthOf(s) - sum(s.tail)];
  const front: Want = { side: "front", cursor: s.more, at: s.front.length };
  const tail: Want | undefined = s.moreTail === undefined ? undefined : { side: "tail", cursor: s.moreTail, at: s.tail.length };
  const inGap = last >= from && first < to;
  const mayStart = s.tail.length > 0 || s.count.exact;
  if (inGap && tail && mayStart && to - last < first - from) return tail;
  if (inGap || (last >= from - AHEAD && first < from)) return front;
  if (tail && s.tail.length > 0 && first <= to + AHEAD && first >= to) return tail;
  return undefined;
}

/** What to ask for when somebody goes to the end; undefined when that is there. */
export function endOf(s: Sparse<unknown>): Want | undefined {
  return s.more !== undefined && s.tail.length === 0 && s.moreTail === "" ? { side: "tail", cursor: "", at: 0 } : undefined;
}

/** The list with a page that was asked for. */
export function put<Row>(s: Sparse<Row>, want: Want, page: Answer<Row>, idOf: (row: Row) => string): Sparse<Row> {
  const rows = want.side === "tail" ? [...page.items].reverse() : page.items;
  const piece: Piece<Row> = { cursor: want.cursor, size: rows.length, rows };
  const pieces = want.side === "front" ? s.front : s.tail;
  if (want.at < pieces.length) {
    const next = pieces.map((old, i) => (i === want.at ? piece : old));
    return want.side === "front" ? { ...s, front: next } : { ...s, tail: next };
  }
  if (want.at > pieces.length) return s; // the list began anew meanwhile
  return want.side === "front" ? putFront(s, piece, page.next_cursor, idOf) : putTail(s, piece, page.next_cursor, idOf);
}

function putFront<Row>(s: Sparse<Row>, piece: Piece<Row>, next: string, idOf: (row: Row) => string): Sparse<Row> {
  const grown = { ...s, front: [...s.front, piece], more: next || undefined };
  // Where the two meet, the front goes on by itself.
  return meets(piece, s.tail.at(-1), idOf) || sum(grown.front) + sum(s.tail) >= lengthOf(s) ? { ...grown, tail: [], moreTail: undefined } : grown;
}

function putTail<Row>(s: Sparse<Row>, piece: Piece<Row>, next: string, idOf: (row: Row) => string): Sparse<Row> {
  if (meets(s.front.at(-1), piece, idOf) || next === "") return { ...s, moreTail: undefined };
  const tail = [...s.tail, piece];
  const has = sum(s.front) + sum(tail);
  const room = s.count.exact || (s.tail.length > 0 && s.count.value > has);
  return { ...s, tail, moreTail: next, count: room ? s.count : { value: Math.max(s.count.value, has + GAP), exact: false } };
}

function meets<Row>(front: Piece<Row> | undefined, tail: Piece<Row> | undefined, idOf: (row: Row) => string): boolean {
  const ids = new Set((front?.rows ?? []).map(idOf));
  return (tail?.rows ?? []).some((row) => ids.has(idOf(row)));
}

/** Forgets the rows of pages far from the screen; the same list when there are none. */
export function trim<Row>(s: Sparse<Row>, first: number, last: number, keep?: (row: Row) => boolean): Sparse<Row> {
  const page = Math.max(1, s.front[0]?.size ?? 1);
  [first, last] = [Math.min(first, lengthOf(s)), Math.min(last, lengthOf(s))];
  const far = (from: number, size: number) => from + size < first - NEAR * page || from > last + NEAR * page;
  let from = 0;
  const front = s.front.map((piece, i) => {
    const at = from;
    from += piece.size;
    return i >= FIRST && far(at, piece.size) ? emptied(piece, keep) : piece;
  });
  let to = lengthOf(s);
  const tail = s.tail.map((piece) => {
    to -= piece.size;
    return far(to, piece.size) ? emptied(piece, keep) : piece;
  });
  const same = front.every((piece, i) => piece === s.front[i]) && tail.every((piece, i) => piece === s.tail[i]);
  return same ? s : { ...s, front, tail };
}

function emptied<Row>(piece: Piece<Row>, keep?: (row: Row) => boolean): Piece<Row> {
  if (!piece.rows || (keep && piece.rows.some(keep))) return piece;
  return { cursor: piece.cursor, size: piece.size };
}

/** The list with rows changed where they stand; the same list when none changes. */
export function patched<Row>(s: Sparse<Row>, change: (rows: readonly Row[]) => readonly Row[]): Sparse<Row> {
  const each = (piece: Piece<Row>) => {
    const rows = piece.rows && change(piece.rows);
    return rows === piece.rows ? piece : { ...piece, ...(rows && { rows }) };
  };
  const [front, tail] = [s.front.map(each), s.tail.map(each)];
  const same = front.every((piece, i) => piece === s.front[i]) && tail.every((piece, i) => piece === s.tail[i]);
  return same ? s : { ...s, front, tail };
}

/** The sort that goes the other way. */
export function turned(sort: string): string {
  return sort.startsWith("-") ? sort.slice(1) : `-${sort}`;
}
