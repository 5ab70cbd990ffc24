import { Link, useLocation, useSearch } from "@tanstack/react-router";
import { type RefObject, useEffect, useMemo, useState } from "react";
import type { Ticket } from "@/api/models";
import { formatCode, formatCount } from "@/lib/format";
import { formatDate } from "@/lib/time";
import { useZone } from "@/lib/zone";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Loaded, type LoadedQuery } from "@/ui/loaded";
import { Panel } from "@/ui/panel";
import { LinkedText } from "@/ui/external-link";
import { Time } from "@/ui/time";
import { Timeline, TimelineDay, type TimelineEntry } from "@/ui/timeline";
import { ChainState } from "./chain-state";
import { Composer, type ComposerHandle } from "./composer";
import { EntryDetails } from "./entry-details";
import { kindFacts } from "./kind-words";
import { actorKind, actorName, byDay, deedOf, editsOf, isShown, type Show, shows, withoutTwins, wordsOf } from "./log-words";
import { type LogEntry, MAX_ENTRIES, ownLog, type WholeLog } from "./queries";

const PAGE = 100;
const labels: Record<Show, string> = { all: "All", significant: "Significant", notes: "Notes", sla: "SLA", handover: "Handover", system: "System" };

interface PanelProps {
  ticket: Ticket;
  log: LoadedQuery<WholeLog>;
  composer: RefObject<ComposerHandle | null>;
  canWrite: boolean;
}

/** Everything that happened, newest first, from the journal itself; with what happened to the tickets merged into it. */
export function TimelinePanel({ ticket, log, composer, canWrite }: PanelProps) {
  const own = useMemo(() => log.data && ownLog(ticket.number, log.data), [log.data, ticket.number]);
  return (
    <Panel title="Timeline" className="ticket-timeline" aside={own && <ChainState number={ticket.number} log={own} />}>
      {canWrite && <Composer ticket={ticket} ref={composer} />}
      <Loaded query={log} label="Loading the timeline" lines={8}>
        {(whole) => <Entries number={ticket.number} log={withoutTwins(ticket.number, whole)} />}
      </Loaded>
    </Panel>
  );
}

function Entries({ number, log }: { number: string; log: WholeLog }) {
  const show = useShow();
  const zone = useZone();
  const [limit, setLimit] = useState(PAGE);
  const { hash } = useLocation();
  const linked = (entry: LogEntry) => idOf(entry, number) === hash;
  const chosen = log.entries.filter((entry) => isShown(entry, show) || linked(entry)).reverse();
  const wanted = Math.max(limit, chosen.findIndex(linked) + 1);
  const days = byDay(chosen.slice(0, wanted), (at) => formatDate(new Date(at), zone));
  useScrollTo(hash, log.entries.length > 0);
  return (
    <>
      <Filters log={log} show={show} />
      {days.map(({ day, entries }) => (
        <section key={day}>
          <TimelineDay>{day}</TimelineDay>
          <Timeline label={`What happened on ${day}`} entries={entries.map((entry) => toTimeline(entry, number, linked(entry)))} />
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
function useScrollTo(hash: string, loaded: boolean): void {
  useEffect(() => {
    if (loaded && /^e-/.test(hash)) document.getElementById(hash)?.scrollIntoView({ block: "center" });
  }, [hash, loaded]);
}

function toTimeline(entry: LogEntry, number: string, linked: boolean): TimelineEntry {
  const foreign = entry.ticket !== number;
  return {
    id: idOf(entry, number),
    at: entry.at,
    actorKind: actorKind(entry.actor),
    actor: actorName(entry),
    text: (
      <>
        <span className="entry-text">{deedOf(entry)}</span>
        {foreign && (
          <>
            {" "}
            <Badge>in {entry.ticket}</Badge>
          </>
        )}
      </>
    ),
    significant: entry.significant,
    marked: linked,
    detail: (
      <>
        <Said entry={entry} />
        <Moments entry={entry} />
        <EntryDetails number={entry.ticket} entry={entry} id={idOf(entry, number)} />
      </>
    ),
  };
}

/** Until when, by when, how late. */
function Moments({ entry }: { entry: LogEntry }) {
  const facts = kindFacts(entry);
  if (facts.length === 0) return null;
  return (
    <div className="entry-text">
      {facts.map(({ label, at, text }, i) => (
        <span key={label}>
          {i > 0 && " · "}
          {label} {at ? <Time at={at} show="date" /> : text}
        </span>
      ))}
    </div>
  );
}

/** Where an entry stands on the page of a ticket; entries of merged tickets carry their number. */
function idOf(entry: Pick<LogEntry, "ticket" | "seq">, number: string): string {
  return entry.ticket === number ? `e-${entry.seq}` : `e-${entry.ticket}-${entry.seq}`;
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
