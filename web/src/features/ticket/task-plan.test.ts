import { expect, it } from "vitest";
import type { Task } from "./queries";
import { byPhase, groupWords } from "./task-plan";

const task = (id: string, more: Partial<Task> = {}) => ({ id, phase: "analysis", state: "open", made_at: `2026-11-24T12:0${id}:00Z`, ...more }) as Task;

it("puts tasks under their phases, the open ones first and then the oldest", () => {
  const groups = byPhase([task("3"), task("1", { state: "done" }), task("2"), task("4", { phase: "detect", state: "waived" }), task("5", { state: "waived" })]);
  expect(groups.map(({ phase, tasks }) => [phase, tasks.map(({ id }) => id).join("")])).toEqual([
    ["detect", "4"],
    ["analysis", "2315"],
  ]);
  expect(groups.map(({ tasks }) => groupWords(tasks))).toEqual(["1 task, none open", "2 open"]);
  expect(byPhase([])).toEqual([]);
});
