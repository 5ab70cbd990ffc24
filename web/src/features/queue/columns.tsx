import { Link } from "@tanstack/react-router";
import { useOfferedName } from "@/api/handovers";
import type { TicketRow } from "@/api/models";
import { clockName, clockPurpose } from "@/lib/clocks";
import { formatCode, formatCount, formatList } from "@/lib/format";
import { formatBoth } from "@/lib/time";
import { Badge, SeverityChip } from "@/ui/badge";
import { RowClock } from "@/ui/clock";
import type { GridColumn } from "@/ui/grid";
import { Time } from "@/ui/time";

/** The columns of the queue. A narrow list loses the ones with the highest `drop` first. Cells are few elements: there are many rows. */
export const columns: GridColumn<TicketRow>[] = [
  { id: "number", head: "Ticket", width: 92, sort: "number", cell: (t) => <TicketLink number={t.number} /> },
  { id: "severity", head: "Severity", width: 96, sort: "severity", cell: (t) => <SeverityChip severity={t.severity} /> },
  { id: "sla", head: "SLA", width: 128, drop: 1, sort: "due_at", rises: true, hint: clockHint, cell: (t) => <RowClock due={t.due_at} metric={t.due_metric} pausedUntil={t.paused_until} /> },
  { id: "title", head: "Title", min: 230, hint: (t) => t.title, cell: (t) => <Title ticket={t} /> },
  { id: "phase", head: "Phase", width: 104, drop: 2, cell: (t) => formatCode(t.phase) },
  { id: "owner", head: "Owner", width: 132, drop: 3, hint: ownerHint, cell: (t) => <Owner ticket={t} short /> },
  { id: "account", head: "Account", width: 122, drop: 5, cell: (t) => t.account },
  { id: "source", head: "Source", width: 96, drop: 6, hint: (t) => t.source, cell: (t) => t.source },
  { id: "team", head: "Team", width: 140, drop: 7, hint: (t) => t.team_name, cell: (t) => t.team_name },
  { id: "findings", head: "Findings", width: 72, drop: 8, end: true, cell: (t) => formatCount(t.finding_count) },
  { id: "age", head: "Age", width: 70, drop: 4, end: true, sort: "opened_at", cell: (t) => <Time at={t.opened_at} show="age" /> },
];

/** Those that somebody can add. */
const more: GridColumn<TicketRow>[] = [
  { id: "accountable", head: "Accountable", width: 132, hint: (t) => t.accountable_name, cell: (t) => t.accountable_name },
  { id: "type", head: "Type", width: 110, cell: (t) => formatCode(t.type) },
  { id: "region", head: "Region", width: 100, cell: (t) => t.region },
  { id: "resource", head: "Resource", width: 240, hint: (t) => t.resource, cell: (t) => t.resource },
  { id: "tags", head: "Tags", width: 140, hint: (t) => t.tags.join(", "), cell: (t) => t.tags.join(", ") },
  { id: "resolution", head: "Resolution", width: 130, cell: (t) => (t.resolution ? formatCode(t.resolution) : "") },
  { id: "updated", head: "Changed", width: 80, end: true, sort: "updated_at", cell: (t) => <Time at={t.updated_at} show="age" /> },
  { id: "due", head: "Due", width: 80, end: true, sort: "due_at", cell: (t) => t.due_at && <Time at={t.due_at} /> },
  { id: "closed", head: "Closed", width: 80, end: true, sort: "closed_at", cell: (t) => t.closed_at && <Time at={t.closed_at} show="age" /> },
];

export const everyColumn: readonly GridColumn<TicketRow>[] = [...columns, ...more];

/** A column somebody has chosen, with a width or without: "title", "account:140". */
export interface Chosen {
  id: string;
  width?: number;
}

const MIN_WIDTH = 40;
const MAX_WIDTH = 900;

export function parseColumns(spec: readonly string[]): Chosen[] {
  const seen = new Set<string>();
  return spec.flatMap((text) => {
    const [id = "", width] = text.split(":");
    if (seen.has(id) || !everyColumn.some((column) => column.id === id)) return []; // of a newer server, or a typing mistake
    seen.add(id);
    const px = Number(width);
    return [px >= MIN_WIDTH && px <= MAX_WIDTH ? { id, width: px } : { id }];
  });
}

export function writeColumns(chosen: readonly Chosen[]): string[] {
  return chosen.map(({ id, width }) => (width ? `${id}:${width}` : id));
}

/** The columns to draw: the usual ones when nobody has chosen. */
export function columnsOf(spec: readonly string[]): GridColumn<TicketRow>[] {
  const chosen = parseColumns(spec);
  if (chosen.length === 0) return columns;
  return chosen.flatMap(({ id, width }) => {
    const column = everyColumn.find((each) => each.id === id);
    return column ? [{ ...column, drop: 0, ...(width && { width }) }] : [];
  });
}

function TicketLink({ number }: { number: string }) {
  return (
    <Link to="/tickets/$number" params={{ number }} tabIndex={-1} preload={false}>
      {number}
    </Link>
  );
}

function Title({ ticket }: { ticket: TicketRow }) {
  if (!ticket.demo) return <>{ticket.title}</>;
  return (
    <>
      <Badge>demo</Badge> {ticket.title}
    </>
  );
}

/** What the nearest clock is about, until when in UTC, and which have passed already. */
export function clockHint(ticket: TicketRow): string {
  const due = ticket.due_at && `${clockName(ticket.due_metric)}: due ${formatBoth(new Date(ticket.due_at), "UTC")}`;
  const paused = ticket.paused_until && `Paused until ${formatBoth(new Date(ticket.paused_until), "UTC")}`;
  const passed = ticket.breached.length > 0 && `The time ${formatList(ticket.breached.map((metric) => clockPurpose(metric)))} has passed`;
  return [due, paused, passed].filter(Boolean).join(". ");
}

/** Nobody owns it: somebody is accountable all the same, one hover away. */
function ownerHint(ticket: TicketRow): string {
  const owner = ticket.owner_name || `Accountable: ${ticket.accountable_name}`;
  return ticket.offered_to ? `${owner}. It is offered, and not yet accepted` : owner;
}

/** Where there is little room first names do while somebody is offered the ticket. */
export function Owner({ ticket, short = false }: { ticket: TicketRow; short?: boolean }) {
  const cut = short && ticket.offered_to !== null;
  const owner = ticket.owner_name ? (
    cut ? (
      firstWord(ticket.owner_name)
    ) : (
      ticket.owner_name
    )
  ) : (
    <span className="muted" title={`Accountable: ${ticket.accountable_name}`}>
      unowned
    </span>
  );
  if (!ticket.offered_to) return owner;
  return (
    <>
      {owner} <Offered ticket={ticket.id} short={cut} />
    </>
  );
}

/** The owner stays responsible; to whom it is offered stands behind. */
function Offered({ ticket, short }: { ticket: string; short: boolean }) {
  const name = useOfferedName(ticket);
  return (
    <span className="muted" title={`Offered${name && ` to ${name}`}, not yet accepted`}>
      → {(short ? firstWord(name) : name) || "offered"}?
    </span>
  );
}

function firstWord(name: string): string {
  return name.split(" ")[0] ?? name;
}
