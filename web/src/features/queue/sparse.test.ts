import { describe, expect, it } from "vitest";
import { type Answer, endOf, known, lengthOf, patched, put, rowAt, type Sparse, start, trim, turned, wantOf } from "./sparse";

const PAGE = 10;

/** A server with rows 0 to n - 1 and pages of ten. */
function server(n: number, exact = true) {
  const answer = (rows: number[], next: string): Answer<string> => ({ items: rows.map((i) => `r${i}`), next_cursor: next, count: { value: exact ? n : 20, exact } });
  return (side: "front" | "tail", cursor: string): Answer<string> => {
    const from = cursor === "" ? 0 : Number(cursor);
    const places = Array.from({ length: Math.min(PAGE, n - from) }, (_, i) => (side === "front" ? from + i : n - 1 - from - i));
    return answer(places, from + PAGE < n ? String(from + PAGE) : "");
  };
}

const idOf = (row: string) => row;

/** Loads until the rows from first to last need nothing more; how many pages that took. */
function settle(s: Sparse<string>, ask: ReturnType<typeof server>, first: number, last: number): [Sparse<string>, number] {
  let asked = 0;
  for (let want = wantOf(s, first, last); want && asked < 1000; want = wantOf(s, first, last), asked += 1) {
    s = trim(put(s, want, ask(want.side, want.cursor), idOf), first, last);
  }
  return [s, asked];
}

function toEnd(s: Sparse<string>, ask: ReturnType<typeof server>): Sparse<string> {
  const want = endOf(s);
  return want ? put(s, want, ask(want.side, want.cursor), idOf) : s;
}

describe("a list of which only a part is in memory", () => {
  it("stands for all its rows from the first page on", () => {
    const s = start(server(1000)("front", ""));
    expect(lengthOf(s)).toBe(1000);
    expect(rowAt(s, 3)).toBe("r3");
    expect(rowAt(s, 500)).toBeUndefined();
  });

  it("shows the right row at every place somebody goes to, and keeps little", () => {
    const ask = server(1000);
    let s = start(ask("front", ""));
    for (const first of [0, 40, 700, 350, 0, 960, 500]) {
      [s] = settle(s, ask, first, first + 30);
      for (let i = first; i <= first + 30; i += 1) expect(rowAt(s, i)).toBe(`r${i}`);
      expect([...known(s)].length).toBeLessThanOrEqual(30 * PAGE);
    }
  });

  it("reaches the end from the end, and what lies before it too", () => {
    const ask = server(1000);
    let s = start(ask("front", ""));
    s = toEnd(s, ask);
    expect(endOf(s)).toBeUndefined();
    expect(rowAt(s, 999)).toBe("r999");
    const [next, asked] = settle(s, ask, 950, 980);
    expect(asked).toBeLessThan(15);
    expect(rowAt(next, 950)).toBe("r950");
  });

  it("is whole where both ways meet", () => {
    const ask = server(95);
    let s = start(ask("front", ""));
    s = toEnd(s, ask);
    for (const first of [70, 50, 30, 10]) [s] = settle(s, ask, first, first + 20);
    [s] = settle(s, ask, 0, 94);
    expect(lengthOf(s)).toBe(95);
    expect([...known(s)].map(([, row]) => row)).toEqual(Array.from({ length: 95 }, (_, i) => `r${i}`));
  });

  it("goes to the end though nobody counted", () => {
    const ask = server(345, false);
    let s = start(ask("front", ""));
    s = toEnd(s, ask);
    expect(rowAt(s, lengthOf(s) - 1)).toBe("r344");
    [s] = settle(s, ask, lengthOf(s) - 60, lengthOf(s) - 1);
    expect(rowAt(s, lengthOf(s) - 60)).toBe("r285");
  });

  it("has an end though nobody counted", () => {
    const ask = server(45, false);
    let s = start(ask("front", ""));
    expect(lengthOf(s)).toBeGreaterThan(45);
    [s] = settle(s, ask, 0, 60);
    expect(lengthOf(s)).toBe(45);
    expect(wantOf(s, 0, 44)).toBeUndefined();
  });

  it("gets rows again that it has let go", () => {
    const ask = server(1000);
    let s = start(ask("front", ""));
    [s] = settle(s, ask, 300, 330);
    expect(rowAt(s, 60)).toBeUndefined();
    expect(rowAt(s, 5)).toBe("r5");
    [s] = settle(s, ask, 50, 70);
    expect(rowAt(s, 60)).toBe("r60");
  });

  it("changes rows where they stand, and is the same when none changes", () => {
    const s = start(server(20)("front", ""));
    expect(patched(s, (rows) => rows)).toBe(s);
    expect(rowAt(patched(s, (rows) => rows.map((row) => row.toUpperCase())), 0)).toBe("R0");
  });

  it("knows the other way round", () => {
    expect(turned("-severity")).toBe("severity");
    expect(turned("number")).toBe("-number");
  });
});
