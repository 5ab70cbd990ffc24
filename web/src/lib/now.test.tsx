import { act, render } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { clockFace } from "./clocks";
import { useTicking } from "./now";

beforeEach(() => vi.useFakeTimers({ now: Date.UTC(2026, 10, 24, 12, 0) }));
afterEach(() => vi.useRealTimers());

it("draws a clock again only when its words change, and all clocks by one timer", () => {
  const due = new Date(Date.now() + 42 * 60_000).toISOString();
  let drawn = 0;
  const Clock = () => {
    drawn += 1;
    return <>{useTicking((now) => clockFace({ due_at: due, paused_until: null }, now, "UTC"))}</>;
  };
  const timers = vi.spyOn(globalThis, "setInterval");
  const { container, unmount } = render(Array.from({ length: 30 }, (_, i) => <Clock key={i} />));
  expect(timers).toHaveBeenCalledTimes(1);
  expect(drawn).toBe(30);
  act(() => vi.advanceTimersByTime(1000)); // from 42 minutes to just under them
  expect(container.textContent).toContain("◔ 41 m");
  expect(drawn).toBe(60);
  act(() => vi.advanceTimersByTime(58_000));
  expect(drawn).toBe(60);
  unmount();
  expect(vi.getTimerCount()).toBe(0);
});
