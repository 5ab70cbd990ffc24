import { keepPreviousData, useQueries, useQueryClient } from "@tanstack/react-query";
import { $api } from "@/api/client";
import type { Stretch } from "@/lib/axis";
import type { Schedule, Shift } from "./types";

const MOST = 200;
const iso = (ms: number) => new Date(ms).toISOString();

export function useOnCall() {
  return $api.useQuery("get", "/oncall", { params: { query: { limit: MOST } } });
}

export function useSchedules() {
  return $api.useQuery("get", "/schedules", { params: { query: { limit: MOST } } });
}

export function useRoster(id: string, { from, to }: Stretch) {
  return $api.useQuery("get", "/schedules/{id}/shifts", { params: { path: { id }, query: { from: iso(from), to: iso(to) } } }, { placeholderData: keepPreviousData });
}

export function useOverrides(id: string) {
  return $api.useQuery("get", "/schedules/{id}/overrides", { params: { path: { id }, query: { limit: MOST } } });
}

export interface MyShift extends Shift {
  schedule: string;
  scheduleName: string;
}

const AHEAD = 28 * 24 * 3600 * 1000;
const HOUR = 3600 * 1000;

/** The shifts of one person on all schedules, of the next four weeks, the first one first. */
export function useShiftsOf(person: string, schedules: readonly Pick<Schedule, "id" | "name">[], now: Date) {
  const from = Math.floor(now.getTime() / HOUR) * HOUR; // asked again each hour, not each second
  const query = { from: iso(from), to: iso(from + AHEAD) };
  return useQueries({
    queries: schedules.map(({ id }) => $api.queryOptions("get", "/schedules/{id}/shifts", { params: { path: { id }, query } })),
    combine: (answers) => ({
      isPending: answers.some((answer) => answer.isPending),
      error: answers.find((answer) => answer.error)?.error,
      shifts: answers
        .flatMap((answer, i) => (answer.data?.final ?? []).map((shift): MyShift => ({ ...shift, schedule: schedules[i]?.id ?? "", scheduleName: schedules[i]?.name ?? "" })))
        .filter((shift) => shift.person === person && Date.parse(shift.to) > now.getTime())
        .sort((a, b) => Date.parse(a.from) - Date.parse(b.from)),
    }),
  });
}

/** Asks everything about duty again, without waiting for the live connection. */
export function useDutyChanged(): () => void {
  const client = useQueryClient();
  return () => void client.invalidateQueries({ predicate: ({ queryKey }) => /^\/(schedules|oncall)/.test(String(queryKey[1])) });
}
