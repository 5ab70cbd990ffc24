import { Link } from "@tanstack/react-router";
import type { Ticket } from "@/api/models";
import type { Action } from "@/lib/actions";
import { formatCode, formatCount } from "@/lib/format";
import { SeverityChip } from "@/ui/badge";
import { ActionButton, Button } from "@/ui/button";
import { type Fact, Facts } from "@/ui/facts";
import { ErrorState, Skeleton } from "@/ui/states";
import { Time } from "@/ui/time";
import { Owner } from "./columns";

interface PreviewProps {
  number: string;
  ticket: Ticket | undefined;
  /** Why there is none. */
  error: unknown;
  take: Action;
  ack: Action;
  open: Action;
  onClose: () => void;
}

/** The facts needed to decide who takes it, beside the list. */
export function Preview({ number, ticket, error, take, ack, open, onClose }: PreviewProps) {
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
      {ticket && <Content ticket={ticket} />}
      {!ticket && (error ? <ErrorState error={error} /> : <Skeleton lines={6} label={`Loading ${number}`} />)}
      {ticket && (
        <div className="preview-actions">
          <ActionButton action={take} tone="primary" />
          <ActionButton action={ack} />
          <ActionButton action={open} />
        </div>
      )}
    </aside>
  );
}

function Content({ ticket }: { ticket: Ticket }) {
  const facts: Fact[] = [
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
    ["Techniques", ticket.techniques.join(", ")],
    ["Indicators", ticket.indicators.length > 0 && formatCount(ticket.indicators.length)],
    ["Resolution", ticket.resolution && formatCode(ticket.resolution)],
  ];
  return (
    <>
      <h2>{ticket.title}</h2>
      {ticket.description && <p className="preview-text">{ticket.description}</p>}
      <Facts facts={facts} />
    </>
  );
}
