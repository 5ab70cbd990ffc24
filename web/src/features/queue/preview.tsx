import { Link } from "@tanstack/react-router";
import type { Ticket, TicketRow } from "@/api/models";
import type { Action } from "@/lib/actions";
import { formatCode, formatCount } from "@/lib/format";
import { SeverityChip } from "@/ui/badge";
import { RowClock } from "@/ui/clock";
import { ActionButton, Button } from "@/ui/button";
import { type Fact, Facts } from "@/ui/facts";
import { ErrorState, Skeleton } from "@/ui/states";
import { Time } from "@/ui/time";
import { clockHint, Owner } from "./columns";

interface PreviewProps {
  number: string;
  /** What the list knows; shown at once. */
  ticket: TicketRow | undefined;
  /** The ticket itself, a moment later. */
  whole: Ticket | undefined;
  /** Why there is none. */
  error: unknown;
  take: Action;
  ack: Action;
  offer: Action;
  open: Action;
  onClose: () => void;
}

/** The facts needed to decide who takes it, beside the list. */
export function Preview({ number, ticket, whole, error, take, ack, offer, open, onClose }: PreviewProps) {
  return (
    <aside className="preview" aria-label={`Preview of ${number}`}>
      <div className="preview-head">
        <Link to="/tickets/$number" params={{ number }}>
          {number}
        </Link>
        {ticket && <SeverityChip severity={ticket.severity} />}
        <Button tone="quiet" className="preview-close" onClick={onClose} keys="o">
          Close
        </Button>
      </div>
      {ticket && (
        <>
          <h2>{ticket.title}</h2>
          <div className="preview-actions">
            <ActionButton action={take} tone="primary" />
            <ActionButton action={ack} />
            {!offer.blocked && <ActionButton action={offer} />}
            <ActionButton action={open} />
          </div>
          <Facts facts={[...factsOf(ticket), ...(whole ? moreFactsOf(whole) : [])]} />
          {whole?.description && <p className="preview-text">{whole.description}</p>}
        </>
      )}
      {!ticket && (error ? <ErrorState error={error} /> : <Skeleton lines={6} label={`Loading ${number}`} />)}
    </aside>
  );
}

function factsOf(ticket: TicketRow): Fact[] {
  return [
    ["SLA", clockHint(ticket) && <Sla key="sla" ticket={ticket} />],
    ["Phase", formatCode(ticket.phase)],
    ["Owner", <Owner key="owner" ticket={ticket} />],
    ["Accountable", ticket.accountable_name],
    ["Team", ticket.team_name],
    ["Opened", <Time key="opened" at={ticket.opened_at} />],
    ["Acknowledged", ticket.acknowledged_at ? <Time key="ack" at={ticket.acknowledged_at} /> : <span className="muted">not yet</span>],
    ["Account", [ticket.account, ticket.region].filter(Boolean).join(" · ")],
    ["Resource", ticket.resource && <code>{ticket.resource}</code>],
    ["Source", ticket.source],
    ["Findings", formatCount(ticket.finding_count)],
    ["Resolution", ticket.resolution && formatCode(ticket.resolution)],
  ];
}

function Sla({ ticket }: { ticket: TicketRow }) {
  return (
    <>
      <RowClock due={ticket.due_at} metric={ticket.due_metric} pausedUntil={ticket.paused_until} /> <span className="muted">{clockHint(ticket)}</span>
    </>
  );
}

function moreFactsOf(whole: Ticket): Fact[] {
  return [
    ["Techniques", whole.techniques.join(", ")],
    ["Indicators", whole.indicators.length > 0 && formatCount(whole.indicators.length)],
  ];
}
