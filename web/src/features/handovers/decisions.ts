import type { Delta } from "@/api/handovers";
import type { Problem } from "@/lib/problem";

/** Who was first, when an offer was decided by somebody else. */
export interface Lost {
  state: string;
  by: string;
  at: string | null;
}

const text = (value: unknown) => (typeof value === "string" ? value : "");

/** What an answer says that came too late; undefined for any other. */
export function lostIn(problem: Problem): Lost | undefined {
  if (problem.status !== 409 || problem.slug !== "handover-already-decided") return undefined;
  const { state, decided_by_name, decided_at } = problem.body;
  return { state: text(state), by: text(decided_by_name), at: text(decided_at) || null };
}

/** What changed since the offer was made, where the answer says so; undefined for any other. */
export function changedIn(problem: Problem): Delta | undefined {
  if (problem.status !== 409 || problem.slug !== "changed-since") return undefined;
  const { delta_seq, changed } = problem.body;
  if (typeof delta_seq !== "number") return undefined;
  return { seq: delta_seq, changed: Array.isArray(changed) ? changed.filter(isChange) : [] };
}

function isChange(value: unknown): value is Delta["changed"][number] {
  return typeof value === "object" && value !== null && "summary" in value && "at" in value;
}
