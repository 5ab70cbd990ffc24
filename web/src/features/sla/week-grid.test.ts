import { expect, it } from "vitest";
import { weekRows } from "./week-grid";

it("draws what runs over midnight on both days, and joins what meets", () => {
  const rows = weekRows({ mon: ["22:00-06:00"], tue: ["06:00-09:00", "13:00-17:00"], sun: ["20:00-02:00", "nonsense"] });
  expect(rows[0]?.spans).toEqual([{ from: 0, to: 120 }, { from: 1320, to: 1440 }]);
  expect(rows[1]?.spans).toEqual([{ from: 0, to: 540 }, { from: 780, to: 1020 }]);
  expect(rows[2]).toEqual({ day: "wed", spans: [], words: "closed" });
});
