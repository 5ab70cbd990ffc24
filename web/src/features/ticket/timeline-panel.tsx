import { Link, useLocation, useSearch } from "@tanstack/react-router";
import { type RefObject, useEffect, useState } from "react";
import type { Ticket } from "@/api/models";
import { formatCode, formatCount } from "@/lib/format";
import { formatDate } from "@/lib/time";
import { useZone } from "@/lib/zone";
import { Button } from "@/ui/button";
import { Loaded, type LoadedQuery } from "@/ui/loaded";
import { Panel } from "@/ui/panel";
import { LinkedText } from "@/ui/external-link";
import { Timeline, TimelineDay, type TimelineEntry } from "@/ui/timeline";
import { ChainState } from "./chain-state";
import { Composer, type ComposerHandle } from "./composer";
import { EntryDetails } from "./entry-details";
import { actorKind, actorName, byDay, deedOf, editsOf, isShown, type Show, shows, wordsOf } from "./log-words";
import { type LogEntry, MAX_ENTRIES, type WholeLog } from "./queries";

const PAGE = 100;
const labels: Record<Show, string> = { all: "All", significant: "Significant", notes: "Notes", system: "System" };

interface PanelProps {
  ticket: Ticket;
  log: LoadedQuery<WholeLog>;
  composer: RefObject<ComposerHandle | null>;
  canWrite: boolean;
}

/** Everything that happened, newest first, from the journal itself. */
export function TimelinePanel({ ticket, log, composer, canWrite }: PanelProps) {
  return (
    <Panel title="Timeline" className="ticket-timeline" aside={log.data && <ChainState number={ticket.number} log={log.data} />}>
      {canWrite && <Composer ticket={ticket} ref={composer} />}
      <Loaded query={log} label="Loading the timeline" lines={8}>
        {(whole) => <Entries number={ticket.number} log={whole} />}
      </Loaded>
    </Panel>
  );
}

function Entries({ number, log }: { number: string; log: WholeLog }) {
  const show = useShow();
  const zone = useZone();
  const [limit, setLimit] = useState(PAGE);
  const { hash } = useLocation();
  const linked = Number(/^e-(\d+)$/.exec(hash)?.[1] ?? 0);
  const chosen = log.entries.filter((entry) => isShown(entry, show) || entry.seq === linked).reverse();
  const wanted = Math.max(limit, chosen.findIndex((entry) => entry.seq === linked) + 1);
  const days = byDay(chosen.slice(0, wanted), (at) => formatDate(new Date(at), zone));
  useScrollTo(linked, log.entries.length > 0);
  return (
    <>
      <Filters log={log} show={show} />
      {days.map(({ day, entries }) => (
        <section key={day}>
          <TimelineDay>{day}</TimelineDay>
          <Timeline label={`What happened on ${day}`} entries={entries.map((entry) => toTimeline(entry, number, linked))} />
        </section>
      ))}
      {chosen.length === 0 && <p className="muted">Nothing of this kind has happened yet.</p>}
      {chosen.length > wanted && <Button onClick={() => setLimit(wanted + PAGE)}>Show {formatCount(Math.min(PAGE, chosen.length - wanted))} older</Button>}
      {!log.complete && <p className="muted">Only the first {formatCount(MAX_ENTRIES)} entries are shown. The command tocsin ticket log shows all.</p>}
    </>
  );
}

function Filters({ log, show }: { log: WholeLog; show: Show }) {
  return (
    <nav className="tabs" aria-label="Timeline filter">
      {shows.map((one) => (
        <Link key={one} from="/tickets/$number" search={(old) => ({ ...old, show: one === "all" ? undefined : one })} className="tab" aria-current={one === show ? "page" : undefined} activeProps={{}} activeOptions={{ exact: true }} replace>
          {labels[one]}
          <span className="tab-count">{formatCount(log.entries.filter((entry) => isShown(entry, one)).length)}</span>
        </Link>
      ))}
    </nav>
  );
}

function useShow(): Show {
  const { show } = useSearch({ from: "/shell/tickets/$number" });
  return shows.find((one) => one === show) ?? "all";
}

/** A link to an entry is followed once the entry is there, which the browser alone can't wait for. */
function useScrollTo(seq: number, loaded: boolean): void {
  useEffect(() => {
    if (loaded && seq > 0) document.getElementById(`e-${seq}`)?.scrollIntoView({ block: "center" });
  }, [seq, loaded]);
}

function toTimeline(entry: LogEntry, number: string, linked: number): TimelineEntry {
  return {
    id: `e-${entry.seq}`,
    at: entry.at,
    actorKind: actorKind(entry.actor),
    actor: actorName(entry),
    text: <span className="entry-text">{deedOf(entry)}</span>,
    significant: entry.significant,
    marked: entry.seq === linked,
    detail: (
      <>
        <Said entry={entry} />
        <EntryDetails number={number} entry={entry} />
      </>
    ),
  };
}

/** What a person wrote or changed, unless it was erased. */
function Said({ entry }: { entry: LogEntry }) {
  const words = wordsOf(entry);
  const edits = editsOf(entry);
  if (entry.erased) return <div className="muted">The text was erased; that there was one stays proven.</div>;
  return (
    <>
      {words && (
        <div className="entry-words">
          <LinkedText text={words} />
        </div>
      )}
      {edits.map((edit) => (
        <div key={edit.field} className="entry-text">
          {formatCode(edit.field)}: <s>{edit.from || "none"}</s> → {edit.to || "none"}
        </div>
      ))}
    </>
  );
}
