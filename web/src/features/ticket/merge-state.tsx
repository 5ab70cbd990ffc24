import { Link } from "@tanstack/react-router";
import type { Ticket } from "@/api/models";
import { useMe } from "@/api/session";
import { formatCode, formatCount, formatPlural } from "@/lib/format";
import { Badge, SeverityChip } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Panel } from "@/ui/panel";

const HERE = "merged-here";

/** In the header: where this ticket is shown, or how many it shows. */
export function MergeState({ ticket }: { ticket: Ticket }) {
  const into = ticket.merged_into;
  return (
    <>
      {into && (
        <span>
          <Badge tone="medium">merged</Badge> into{" "}
          <Link to="/tickets/$number" params={{ number: into.number }} title={into.title}>
            {into.number}
          </Link>
        </span>
      )}
      {ticket.merged.length > 0 && <a href={`#${HERE}`}>{formatPlural(ticket.merged.length, { one: "ticket", other: "tickets" })} merged here</a>}
    </>
  );
}

/** The tickets that this one shows, each with the way back. */
export function MergedHere({ ticket, onUnmerge }: { ticket: Ticket; onUnmerge: (number: string) => void }) {
  const { user } = useMe();
  if (ticket.merged.length === 0) return null;
  return (
    <div id={HERE}>
      <Panel title="Merged here" aside={formatCount(ticket.merged.length)}>
        <ul className="rows">
          {ticket.merged.map((one) => (
            <li key={one.number}>
              <div className="row-line">
                <Link to="/tickets/$number" params={{ number: one.number }}>
                  {one.number}
                </Link>
                <SeverityChip severity={one.severity} />
                {(ticket.permissions.merge || one.owner === user.id) && (
                  <Button tone="quiet" onClick={() => onUnmerge(one.number)} aria-label={`Unmerge ${one.number}`}>
                    Unmerge
                  </Button>
                )}
              </div>
              <div className="row-title">{one.title}</div>
              <div className="muted">
                {[one.into === ticket.number ? "" : `by way of ${one.into}`, formatPlural(one.finding_count, { one: "finding", other: "findings" }), `was in ${formatCode(one.phase)}`, one.owner_name].filter(Boolean).join(" · ")}
              </div>
            </li>
          ))}
        </ul>
      </Panel>
    </div>
  );
}
