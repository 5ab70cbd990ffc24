import { Link } from "@tanstack/react-router";
import type { Ticket } from "@/api/models";
import type { Action } from "@/lib/actions";
import { Badge } from "@/ui/badge";
import { ActionButton } from "@/ui/button";
import { Countdown } from "@/ui/time";

/** Who owns it, who answers for it and why that is another, and to whom it is offered. */
export function Responsible({ ticket, withdraw }: { ticket: Ticket; withdraw: Action }) {
  const why = whyAccountable(ticket);
  return (
    <>
      <span>
        <span className="muted">Owner</span> {ticket.owner ? <strong>{ticket.owner_name}</strong> : <strong className="ticket-unowned">nobody yet</strong>} <span className="muted">{ticket.team_name}</span>
      </span>
      {ticket.owner !== ticket.accountable && (
        <span>
          <span className="muted">Accountable</span> <strong>{ticket.accountable_name}</strong> {why && <span className="muted">{why}</span>}
        </span>
      )}
      {ticket.handover && (
        <span className="ticket-offer">
          <Badge tone="medium">offered</Badge> to{" "}
          <Link to="/handovers/$id" params={{ id: ticket.handover.number }}>
            {ticket.handover.to_name || "somebody"}
          </Link>
          {/* Otherwise it stands a few words on, as what falls due next. */}
          {ticket.due_metric !== "handover" && (
            <>
              , <Countdown until={ticket.handover.expires_at} />
            </>
          )}
          {!withdraw.hidden && !withdraw.blocked && <ActionButton action={withdraw} tone="quiet" />}
        </span>
      )}
    </>
  );
}

/** Why another than the owner answers. */
export function whyAccountable(ticket: Pick<Ticket, "orphaned" | "owner" | "owner_name" | "team_name">): string {
  if (ticket.orphaned) return `as ${ticket.owner_name || "the owner"} has left, until somebody accepts it`;
  return ticket.owner === null ? `on duty for ${ticket.team_name || "the team"}, or its lead` : "";
}
