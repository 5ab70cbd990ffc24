import { Link } from "@tanstack/react-router";
import type { TicketRow } from "@/api/models";
import { formatCode, formatCount } from "@/lib/format";
import { Badge, SeverityChip } from "@/ui/badge";
import type { GridColumn } from "@/ui/grid";
import { Time } from "@/ui/time";

/** The columns of the queue. A narrow list loses the ones with the highest `drop` first. */
export const columns: GridColumn<TicketRow>[] = [
  { id: "number", head: "Ticket", width: 92, sort: "number", cell: (t) => <TicketLink number={t.number} /> },
  { id: "severity", head: "Severity", width: 96, sort: "severity", cell: (t) => <SeverityChip severity={t.severity} /> },
  { id: "title", head: "Title", min: 230, cell: (t) => <Title ticket={t} /> },
  { id: "phase", head: "Phase", width: 104, drop: 1, cell: (t) => formatCode(t.phase) },
  { id: "owner", head: "Owner", width: 132, drop: 2, cell: (t) => <Owner ticket={t} /> },
  { id: "account", head: "Account", width: 122, drop: 4, cell: (t) => t.account },
  { id: "source", head: "Source", width: 96, drop: 5, cell: (t) => <span title={t.source}>{t.source}</span> },
  { id: "team", head: "Team", width: 140, drop: 6, cell: (t) => <span title={t.team_name}>{t.team_name}</span> },
  { id: "findings", head: "Findings", width: 72, drop: 7, end: true, cell: (t) => formatCount(t.finding_count) },
  { id: "age", head: "Age", width: 70, drop: 3, end: true, sort: "opened_at", cell: (t) => <Time at={t.opened_at} show="age" /> },
];

function TicketLink({ number }: { number: string }) {
  return (
    <Link to="/tickets/$number" params={{ number }} tabIndex={-1} preload={false}>
      {number}
    </Link>
  );
}

function Title({ ticket }: { ticket: TicketRow }) {
  return (
    <span title={ticket.title}>
      {ticket.demo && (
        <>
          <Badge>demo</Badge>{" "}
        </>
      )}
      {ticket.title}
    </span>
  );
}

/** Nobody owns it: somebody is accountable all the same, one hover away. */
export function Owner({ ticket }: { ticket: TicketRow }) {
  if (ticket.owner_name) return <span title={ticket.owner_name}>{ticket.owner_name}</span>;
  return (
    <span className="muted" title={`Accountable: ${ticket.accountable_name}`}>
      unowned
    </span>
  );
}
