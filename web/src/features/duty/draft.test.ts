import { describe, expect, it } from "vitest";
import { Problem } from "@/lib/problem";
import { addRotation, blankPlan, changeRotation, draftOf, isChanged, mistakesBelow, mistakesOf, movedAt, moveRotation, planOf, removeRotation, triable, unready } from "./draft";
import { rotation } from "./fixtures";

const plan = { name: "First line", team: "t1", zone: "Europe/Amsterdam", primary: true, rotations: [rotation(), rotation({ id: "r2", name: "Night", kind: "daily", handoff: { time: "20:00" } })] };

describe("a draft of a schedule", () => {
  it("is the schedule and becomes it again", () => {
    const draft = draftOf(plan);
    expect(planOf(draft)).toEqual({ ...plan, rotations: [plan.rotations[0], { ...plan.rotations[1], handoff: { weekday: "", time: "20:00" } }] });
    expect(isChanged(draft, draftOf(plan))).toBe(false);
  });

  it("keeps its rotations by their keys while they move", () => {
    const draft = draftOf(plan);
    const key = draft.rotations[0]?.key ?? "";
    expect(moveRotation(draft, key, 1).rotations.map((one) => one.id)).toEqual(["r2", "r1"]);
    expect(moveRotation(draft, key, -1).rotations.map((one) => one.id)).toEqual(["r1", "r2"]);
    expect(removeRotation(draft, key).rotations.map((one) => one.id)).toEqual(["r2"]);
    const changed = changeRotation(draft, key, { start: "2026-12-07" });
    expect(changed.rotations[0]?.start).toBe("2026-12-07");
    expect(isChanged(changed, draft)).toBe(true);
  });

  it("leaves out the weekday where turns do not change by the week", () => {
    const draft = draftOf(plan);
    const daily = changeRotation(draft, draft.rotations[0]?.key ?? "", { kind: "daily" });
    expect(planOf(daily).rotations[0]?.handoff).toEqual({ weekday: "", time: "09:00" });
  });

  it("begins with weeks from the Monday before, without an id, which the server makes", () => {
    const blank = draftOf(blankPlan("t1", "UTC", "2026-11-25"));
    expect(blank.rotations[0]).toMatchObject({ start: "2026-11-23", kind: "weekly", participants: [] });
    expect(planOf(addRotation(blank, "2026-11-25")).rotations.map((one) => "id" in one)).toEqual([false, false]);
  });
});

describe("what a draft lacks", () => {
  const draft = draftOf(plan);
  const key = draft.rotations[1]?.key ?? "";
  it.each([
    [{ ...draft, name: " " }, "Give the schedule a name"],
    [{ ...draft, team: "" }, "Choose the team"],
    [{ ...draft, rotations: [] }, "Add a rotation"],
    [changeRotation(draft, key, { participants: [] }), "Night needs somebody"],
    [changeRotation(draft, key, { start: "2026-02-30" }), "Night needs a date on which it starts"],
    [changeRotation(draft, key, { windows: [{ days: [], from: "08:00", to: "16:00" }] }), "A window of Night is on no day"],
    [draft, undefined],
  ])("%# is said", (some, why) => {
    expect(unready(some)).toBe(why);
  });

  it("does not keep it from being drawn when it is only a name or a team", () => {
    expect(triable({ ...draft, name: "", team: "" }, "t9")).toMatchObject({ name: "-", team: "t9" });
    expect(triable(changeRotation(draft, key, { participants: [] }), "t9")).toBeUndefined();
  });
});

it("moves within a list and stays inside it", () => {
  expect(movedAt(["a", "b", "c"], 0, 1)).toEqual(["b", "a", "c"]);
  expect(movedAt(["a", "b", "c"], 2, 1)).toEqual(["a", "b", "c"]);
  expect(movedAt(["a", "b", "c"], 1, -5)).toEqual(["b", "a", "c"]);
  expect(movedAt(["a"], 4, 1)).toEqual(["a"]);
});

it("finds what the server says of a field", () => {
  const problem = new Problem(422, { errors: [{ location: "body.rotations[1].windows[0].from", message: "24:00 can only be an end." }] });
  expect(mistakesOf(problem)("rotations[1].windows[0].from")).toBe("24:00 can only be an end.");
  expect(mistakesOf(problem)("rotations[0].windows[0].from")).toBeUndefined();
  expect(mistakesBelow(problem, "rotations[1].windows")).toBe("24:00 can only be an end.");
});
