import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Ticket } from "@/api/models";
import { useCan } from "@/api/session";
import { formatCode, formatCount, formatPlural } from "@/lib/format";
import { SeverityChip } from "@/ui/badge";
import { Button } from "@/ui/button";
import { JsonTree } from "@/ui/json-tree";
import { Loaded } from "@/ui/loaded";
import { Revisions } from "@/ui/revisions";
import { EmptyState } from "@/ui/states";
import { Time } from "@/ui/time";
import { byOrigin, splitBlocked } from "./origins";
import { type TicketFinding, useTicketFindings } from "./queries";
import { SplitDialog } from "./split-dialog";

/** What the detectors said, with the originals; under the ticket that each belongs to. */
export function FindingsTab({ ticket }: { ticket: Ticket }) {
  const findings = useTicketFindings(ticket.number);
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const pick = (id: string) => setPicked((old) => (old.has(id) ? new Set([...old].filter((one) => one !== id)) : new Set([...old, id])));
  return (
    <Loaded query={findings} label="Loading findings" lines={3}>
      {({ pages }) => {
        const items = pages.flatMap((page) => page.items);
        if (items.length === 0) return <EmptyState title="No findings">This ticket was opened by hand.</EmptyState>;
        const chosen = items.filter((one) => picked.has(one.id) && one.ticket === ticket.number);
        return (
          <>
            {ticket.permissions.split && <Splitting ticket={ticket} chosen={chosen} clear={() => setPicked(new Set())} />}
            {byOrigin(items).map(({ origin, items: some }) => (
              <section key={origin} aria-label={`Findings of ${origin}`}>
                {ticket.merged.length > 0 && <Origin ticket={ticket} origin={origin} />}
                {some.map((finding) => (
                  <One key={finding.id} finding={finding} picked={picked.has(finding.id)} onPick={ticket.permissions.split && origin === ticket.number ? pick : undefined} />
                ))}
              </section>
            ))}
            {findings.hasNextPage && (
              <Button onClick={() => void findings.fetchNextPage()} busy={findings.isFetchingNextPage}>
                Show more findings, {formatCount(items.length)} of {formatCount(ticket.finding_count)} shown
              </Button>
            )}
          </>
        );
      }}
    </Loaded>
  );
}

function Origin({ ticket, origin }: { ticket: Ticket; origin: string }) {
  if (origin === ticket.number) return <h3 className="finding-origin">Its own</h3>;
  return (
    <h3 className="finding-origin">
      From{" "}
      <Link to="/tickets/$number" params={{ number: origin }}>
        {origin}
      </Link>{" "}
      <span className="muted">{ticket.merged.find((one) => one.number === origin)?.title}</span>
    </h3>
  );
}

function Splitting({ ticket, chosen, clear }: { ticket: Ticket; chosen: readonly TicketFinding[]; clear: () => void }) {
  const [open, setOpen] = useState(false);
  return (
    <div className="finding-split">
      <span className="muted" role="status">
        {chosen.length === 0 ? "Tick findings that are another matter" : `${formatPlural(chosen.length, { one: "finding", other: "findings" })} ticked`}
      </span>
      <Button blocked={splitBlocked(ticket, chosen.length)} onClick={() => setOpen(true)}>
        Split into a new ticket…
      </Button>
      {open && <SplitDialog ticket={ticket} findings={chosen} onDone={clear} onClose={() => setOpen(false)} />}
    </div>
  );
}

interface OneProps {
  finding: TicketFinding;
  picked: boolean;
  /** Undefined where it can't be split off. */
  onPick: ((id: string) => void) | undefined;
}

function One({ finding, picked, onPick }: OneProps) {
  const [open, setOpen] = useState(false);
  const words = [finding.product, formatCode(finding.status).toLowerCase(), finding.seen_count > 1 ? `came ${formatCount(finding.seen_count)} times` : ""];
  return (
    <div className="finding-row">
      {onPick && <input type="checkbox" className="finding-pick" aria-label={`Tick ${finding.title}`} checked={picked} onChange={() => onPick(finding.id)} />}
      <details className="finding" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <SeverityChip severity={finding.severity} />
          <strong className="finding-title">{finding.title}</strong>
          <span className="muted">
            {words.filter(Boolean).join(" · ")} · <Time at={finding.last_received_at} />
          </span>
        </summary>
        {open && <Inside finding={finding} />}
      </details>
    </div>
  );
}

function Inside({ finding }: { finding: TicketFinding }) {
  const can = useCan();
  return (
    <div className="finding-parts">
      <section aria-label="Original">
        <h3>Original</h3>
        <JsonTree value={finding.raw} label="Original finding" />
      </section>
      <section aria-label="Revisions">
        <h3 className="finding-part-head">
          Revisions
          {can("finding.read") && (
            <Link to="/findings/$id" params={{ id: finding.id }}>
              Open the finding
            </Link>
          )}
        </h3>
        <Revisions revisions={finding.revisions} />
      </section>
    </div>
  );
}
