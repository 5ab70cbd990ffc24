import { formatPlural } from "@/lib/format";
import { type Phase, phases } from "@/lib/words";
import type { Task } from "./queries";

export const MIN_WAIVE = 10;

export interface TaskGroup {
  phase: Phase;
  tasks: Task[];
}

const rank: Record<Task["state"], number> = { open: 0, done: 1, waived: 2 };

/** Tasks under the phase they belong to, in the order of phases, the open ones first. */
export function byPhase(tasks: readonly Task[]): TaskGroup[] {
  return phases
    .map((phase) => ({ phase, tasks: tasks.filter((task) => task.phase === phase).sort((a, b) => rank[a.state] - rank[b.state] || a.made_at.localeCompare(b.made_at)) }))
    .filter((group) => group.tasks.length > 0);
}

/** "1 open" or, with none open, "3 done". */
export function groupWords(tasks: readonly Task[]): string {
  const open = tasks.filter((task) => task.state === "open").length;
  return open > 0 ? `${open} open` : formatPlural(tasks.length, { one: "task, none open", other: "tasks, none open" });
}
