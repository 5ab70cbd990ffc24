import { addDays, isDate, weekdayOf } from "@/lib/days";
import type { Problem } from "@/lib/problem";
import type { Plan, Rotation, Schedule, Window } from "./types";

/** A rotation being edited; its key stays while its place changes. */
export type DraftRotation = Required<Omit<Rotation, "id">> & { key: string; id: string };
export type Draft = Omit<Plan, "rotations"> & { rotations: DraftRotation[] };

let lastKey = 0;
const newKey = () => `k${(lastKey += 1)}`;

export function draftOf(plan: Schedule | Plan): Draft {
  const { name, team, zone, primary = false } = plan;
  return { name, team, zone, primary, rotations: plan.rotations.map(draftRotation) };
}

function draftRotation(rotation: Rotation): DraftRotation {
  const { id = "", name = "", zone = "", windows = [], ...rest } = rotation;
  return { ...rest, handoff: { weekday: rotation.handoff.weekday ?? "", time: rotation.handoff.time }, id, name, zone, windows, key: newKey() };
}

/** A schedule that somebody can begin with: one week each, from the Monday before. */
export function blankPlan(team: string, zone: string, today: string): Plan {
  return { name: "", team, zone, primary: true, rotations: [blankRotation(today, 1)] };
}

function blankRotation(today: string, place: number): Rotation {
  return { name: `Rotation ${place}`, kind: "weekly", every: 1, handoff: { weekday: "mon", time: "09:00" }, start: addDays(today, -weekdayOf(today)), zone: "", participants: [], windows: [] };
}

export function addRotation(draft: Draft, today: string): Draft {
  return { ...draft, rotations: [...draft.rotations, draftRotation(blankRotation(today, draft.rotations.length + 1))] };
}

export function changeRotation(draft: Draft, key: string, patch: Partial<DraftRotation>): Draft {
  return { ...draft, rotations: draft.rotations.map((one) => (one.key === key ? { ...one, ...patch } : one)) };
}

export function moveRotation(draft: Draft, key: string, by: number): Draft {
  const at = draft.rotations.findIndex((one) => one.key === key);
  return { ...draft, rotations: movedAt(draft.rotations, at, by) };
}

export function removeRotation(draft: Draft, key: string): Draft {
  return { ...draft, rotations: draft.rotations.filter((one) => one.key !== key) };
}

/** The list with one of it moved; what would leave it stays at its end. */
export function movedAt<T>(list: readonly T[], at: number, by: number): T[] {
  const one = list[at];
  if (one === undefined) return [...list];
  const rest = list.filter((_, i) => i !== at);
  const to = Math.min(rest.length, Math.max(0, at + by));
  return [...rest.slice(0, to), one, ...rest.slice(to)];
}

export const blankWindow: Window = { days: ["mon", "tue", "wed", "thu", "fri"], from: "08:00", to: "18:00" };

/** What the API takes: without keys, and without a weekday where none counts. */
export function planOf(draft: Draft): Plan {
  const rotations = draft.rotations.map((rotation): Rotation => {
    const { id, kind, every, start, participants, windows } = rotation;
    const handoff = kind === "weekly" ? rotation.handoff : { weekday: "" as const, time: rotation.handoff.time };
    return { kind, every, start, participants, windows, ...(id ? { id } : {}), name: rotation.name.trim(), zone: rotation.zone.trim(), handoff };
  });
  return { ...draft, name: draft.name.trim(), zone: draft.zone.trim(), rotations };
}

export function isChanged(draft: Draft, from: Draft): boolean {
  return JSON.stringify(planOf(draft)) !== JSON.stringify(planOf(from));
}

/** Why a draft cannot be drawn or saved yet; the server looks again. */
export function unready(draft: Draft): string | undefined {
  if (draft.name.trim() === "") return "Give the schedule a name";
  if (draft.team === "") return "Choose the team";
  if (draft.rotations.length === 0) return "Add a rotation";
  return draft.rotations.map(missing).find((why) => why !== undefined);
}

function missing(rotation: DraftRotation, index: number): string | undefined {
  const what = rotation.name.trim() || `Rotation ${index + 1}`;
  if (rotation.participants.length === 0) return `${what} needs somebody`;
  if (!isDate(rotation.start)) return `${what} needs a date on which it starts`;
  if (rotation.windows.some((window) => window.days.length === 0)) return `A window of ${what} is on no day`;
  return undefined;
}

/** What can be tried while it is still filled in: a name and a team change nothing that is drawn. */
export function triable(draft: Draft, anyTeam: string): Plan | undefined {
  const filled = { ...draft, name: draft.name.trim() || "-", team: draft.team || anyTeam };
  return unready(filled) ? undefined : planOf(filled);
}

/** What the server says of one field: mistakes("rotations[0].start"). */
export function mistakesOf(problem: Problem | undefined): (field: string) => string | undefined {
  return (field) => problem?.fields.find(({ location }) => location === `body.${field}`)?.message;
}

/** The mistakes below a field that no field of the form shows by itself. */
export function mistakesBelow(problem: Problem | undefined, field: string): string | undefined {
  return problem?.fields.find(({ location }) => location?.startsWith(`body.${field}`))?.message;
}
