import { api } from "./client";

/** What people write filters over. */
export type QueryOn = "tickets" | "findings" | "rules";

/** What can stand at a place of a filter that is being typed, for `QueryInput`. */
export function suggestOn(on: QueryOn) {
  return async (q: string, pos: number, signal: AbortSignal) => (await api.GET("/query/complete", { params: { query: { on, q, pos } }, signal })).data?.items ?? [];
}
