import { Link } from "@tanstack/react-router";
import { shortName } from "@/lib/arn";
import { formatCode, formatCount } from "@/lib/format";
import { Badge, SeverityChip } from "@/ui/badge";
import type { GridColumn } from "@/ui/grid";
import { Time } from "@/ui/time";
import { classWords, type FindingRow, outcomeWords } from "./words";

/** The columns of the list. A narrow list loses the ones with the highest `drop` first. */
export const columns: GridColumn<FindingRow>[] = [
  { id: "severity", head: "Severity", width: 96, cell: (f) => <SeverityChip severity={f.severity} /> },
  { id: "title", head: "Title", min: 340, cell: (f) => <Title finding={f} /> },
  { id: "class", head: "Class", width: 136, drop: 3, cell: (f) => classWords(f) },
  { id: "status", head: "Status", width: 92, drop: 5, cell: (f) => formatCode(f.status) },
  { id: "outcome", head: "Outcome", width: 156, drop: 2, cell: (f) => outcomeWords(f) },
  { id: "ticket", head: "Ticket", width: 88, cell: (f) => f.ticket && <TicketLink number={f.ticket} /> },
  { id: "resource", head: "Resource", width: 170, drop: 4, cell: (f) => <span title={f.resource}>{shortName(f.resource)}</span> },
  { id: "account", head: "Account", width: 118, drop: 6, cell: (f) => f.account },
  { id: "seen", head: "Seen", width: 56, drop: 7, end: true, cell: (f) => formatCount(f.seen_count) },
  { id: "last", head: "Last", width: 60, drop: 1, end: true, cell: (f) => <Time at={f.last_received_at} show="age" /> },
];

function TicketLink({ number }: { number: string }) {
  return (
    <Link to="/tickets/$number" params={{ number }} tabIndex={-1} preload={false}>
      {number}
    </Link>
  );
}

function Title({ finding }: { finding: FindingRow }) {
  return (
    <span title={finding.title}>
      {finding.demo && (
        <>
          <Badge>demo</Badge>{" "}
        </>
      )}
      <Link to="/findings/$id" params={{ id: finding.id }} className="findings-title" tabIndex={-1} preload={false}>
        {finding.title}
      </Link>
    </span>
  );
}
