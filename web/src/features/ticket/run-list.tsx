import { formatPlural } from "@/lib/format";
import { formatDuration } from "@/lib/time";
import { Dot } from "@/ui/badge";
import { Time } from "@/ui/time";
import { deliveryWords, stopWords, targetsWords, triggerWords } from "./ladder-words";
import type { RunView } from "./queries";

/** The ladders that were climbed: who was called when, over what, and what became of it. */
export function RunList({ runs }: { runs: readonly RunView[] }) {
  if (runs.length === 0) return <p className="muted">Nobody had to be called.</p>;
  return (
    <ul className="rows">
      {runs.map((run) => (
        <li key={run.id}>
          <strong>Because {triggerWords(run.trigger)}</strong>{" "}
          <span className="muted">
            since <Time at={run.began_at} show="date" />
          </span>
          <div className="muted">
            {run.state === "stopped" ? `Ended: ${stopWords(run.stopped_by)}` : "Goes on"}
            {run.stopped_at && (
              <>
                , <Time at={run.stopped_at} show="date" />
              </>
            )}
            {run.state === "running" && run.next_at && (
              <>
                ; the next level <Time at={run.next_at} />
              </>
            )}
          </div>
          <ol className="run-pages">
            {run.pages.map((page) => (
              <Page key={`${page.at} ${page.level}`} page={page} />
            ))}
          </ol>
        </li>
      ))}
    </ul>
  );
}

function Page({ page }: { page: RunView["pages"][number] }) {
  const nameOf = (id: string) => page.people.find((one) => one.id === id)?.name || "somebody";
  const targets = targetsWords(page.targets);
  return (
    <li>
      <Time at={page.at} show="date" /> {page.level > 0 ? `Level ${page.level}` : "The last resort"}
      {targets && `, ${targets}`}: {page.people.length > 0 ? page.people.map((one) => one.name || "somebody").join(", ") : <strong>nobody was there</strong>}
      {page.late_seconds > 60 && <span className="timer-over"> ▲ {formatDuration(page.late_seconds * 1000)} late</span>}
      {page.delivered.length > 0 && (
        <ul className="run-delivered" aria-label={formatPlural(page.delivered.length, { one: "message", other: "messages" })}>
          {page.delivered.map((one, i) => {
            const { words, tone, mark } = deliveryWords(one.state);
            return (
              <li key={`${i} ${one.channel}`}>
                <Dot tone={tone}>
                  <span aria-hidden="true">{mark}</span> {one.channel ? `${one.channel} to ` : ""}
                  {nameOf(one.person)}: {one.channel === "" && one.state === "failed" ? "no way to reach them is set up" : words} <Time at={one.at} />
                </Dot>
              </li>
            );
          })}
        </ul>
      )}
    </li>
  );
}
