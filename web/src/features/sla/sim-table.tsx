import { clockName } from "@/lib/clocks";
import { useNow } from "@/lib/now";
import { useZone } from "@/lib/zone";
import { Table } from "@/ui/table";
import { lengthWords } from "./length";
import type { Simulation } from "./types";
import { calledWords, momentWords, triggerWords } from "./words";

export interface SimRow {
  at: string;
  mark: string;
  what: string;
  more: string;
}

/** Everything that falls due, is warned of and is called, in order of time. */
export function simRows({ timers, pages }: Pick<Simulation, "timers" | "pages">): SimRow[] {
  const due = timers.flatMap((timer): SimRow[] => {
    const name = clockName(timer.metric, timer.phase);
    const target = `${lengthWords(timer.target)}${timer.calendar && timer.calendar !== "24x7" ? ` of ${timer.calendar}` : ""}`;
    const warnings = timer.warnings.flatMap((warning): SimRow[] => (warning.at ? [{ at: warning.at, mark: "◔", what: name, more: `${warning.percent} % of the time has passed` }] : []));
    const end: SimRow[] = timer.state === "met" && timer.stopped_at ? [{ at: timer.stopped_at, mark: "✓", what: name, more: "met" }] : timer.due_at ? [{ at: timer.due_at, mark: "▲", what: name, more: `due: ${target}` }] : [];
    return [...(timer.state === "met" ? [] : warnings), ...end];
  });
  const calls = pages.map((page): SimRow => ({ at: page.at, mark: "☎", what: calledWords(page), more: `${page.again ? "again" : `level ${page.level}`}: ${triggerWords(page.trigger).toLowerCase()}` }));
  return [...due, ...calls].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

export function SimTable({ data }: { data: Simulation }) {
  const zone = useZone();
  const now = useNow(60_000);
  return (
    <Table
      label="Step by step"
      rows={simRows(data)}
      rowKey={(row) => row.at + row.what + row.more}
      empty={<p className="sla-none muted">Nothing falls due, and nobody is called.</p>}
      columns={[
        { id: "at", head: "When", cell: (row) => momentWords(row.at, zone, now) },
        {
          id: "what",
          head: "What",
          cell: (row) => (
            <>
              <span aria-hidden="true">{row.mark} </span>
              {row.what}
            </>
          ),
        },
        { id: "more", head: "", cell: (row) => <span className="muted">{row.more}</span> },
      ]}
    />
  );
}
