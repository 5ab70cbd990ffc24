import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Ticket } from "@/api/models";
import { shortName } from "@/lib/arn";
import { formatCode, formatCount, formatPlural } from "@/lib/format";
import { Badge, SeverityChip } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Indicator } from "@/ui/indicator";
import { Loaded } from "@/ui/loaded";
import { Panel } from "@/ui/panel";
import { Time } from "@/ui/time";
import { MergedHere } from "./merge-state";
import { type RelatedTicket, useRelated } from "./queries";

/** Merging with a ticket that shares something; undefined where nobody may. */
type OnMerge = ((number: string) => void) | undefined;

/** What else is known: indicators, assets, earlier tickets. */
export function ContextColumn({ ticket, onMerge, onUnmerge }: { ticket: Ticket; onMerge: OnMerge; onUnmerge: (number: string) => void }) {
  return (
    <div className="ticket-column">
      <MergedHere ticket={ticket} onUnmerge={onUnmerge} />
      <Indicators ticket={ticket} />
      {ticket.assets.length > 0 && <Assets ticket={ticket} />}
      <SeenBefore number={ticket.number} onMerge={onMerge} />
      <Links ticket={ticket} />
    </div>
  );
}

const FIRST = 8;

function Indicators({ ticket }: { ticket: Ticket }) {
  const [all, setAll] = useState(false);
  const shown = all ? ticket.indicators : ticket.indicators.slice(0, FIRST);
  return (
    <Panel title="Indicators" aside={formatCount(ticket.indicators.length)}>
      {ticket.indicators.length === 0 && <p className="muted">None in its findings.</p>}
      <ul className="rows">
        {shown.map((one) => (
          <li key={`${one.type} ${one.value}`}>
            <div className="row-line">
              <Indicator type={one.type} value={one.value} />
              {one.verdict && one.verdict !== "unknown" && <Badge tone={one.verdict === "malicious" ? "critical" : "medium"}>{one.verdict}</Badge>}
            </div>
            <div className="muted">
              {[one.type, one.role].filter(Boolean).join(" · ")}
              {one.seen_in > 0 && (
                <>
                  {" · "}
                  <Link to="/queue" search={{ q: `ioc:"${one.value.replaceAll('"', "")}"` }}>
                    in {formatPlural(one.seen_in, { one: "other ticket", other: "other tickets" })}
                  </Link>
                </>
              )}
            </div>
          </li>
        ))}
      </ul>
      {ticket.indicators.length > FIRST && (
        <Button tone="quiet" onClick={() => setAll(!all)} aria-expanded={all}>
          {all ? "Show fewer" : `Show all ${formatCount(ticket.indicators.length)}`}
        </Button>
      )}
    </Panel>
  );
}

function Assets({ ticket }: { ticket: Ticket }) {
  return (
    <Panel title="Assets" aside={formatCount(ticket.assets.length)}>
      <ul className="rows">
        {ticket.assets.map((asset) => (
          <li key={asset.id}>
            <div className="row-line">
              <code title={asset.key}>{asset.name || shortName(asset.key)}</code>
              {asset.criticality && <Badge>{asset.criticality}</Badge>}
            </div>
            <div className="muted">{[formatCode(asset.kind), asset.account, asset.region, asset.owner].filter(Boolean).join(" · ")}</div>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function SeenBefore({ number, onMerge }: { number: string; onMerge: OnMerge }) {
  const related = useRelated(number);
  return (
    <Panel title="Seen before" aside={related.data && formatCount(related.data.items.length)}>
      <Loaded query={related} label="Looking for earlier tickets" lines={2}>
        {({ items }) => (items.length === 0 ? <p className="muted">No earlier ticket shares an indicator or the resource.</p> : <RelatedList items={items} onMerge={onMerge} />)}
      </Loaded>
    </Panel>
  );
}

function RelatedList({ items, onMerge }: { items: readonly RelatedTicket[]; onMerge: OnMerge }) {
  return (
    <ul className="rows">
      {items.map((one) => (
        <li key={one.number}>
          <div className="row-line">
            <Link to="/tickets/$number" params={{ number: one.number }}>
              {one.number}
            </Link>
            <SeverityChip severity={one.severity} />
            {onMerge && (
              <Button tone="quiet" onClick={() => onMerge(one.number)} aria-label={`Merge with ${one.number}`}>
                Merge
              </Button>
            )}
          </div>
          <div className="row-title">{one.title}</div>
          <div className="muted">
            {one.reasons.map(shortReason).join(" · ")} · {formatCode(one.phase).toLowerCase()} · <Time at={one.opened_at} />
          </div>
        </li>
      ))}
    </ul>
  );
}

/** "same resource arn:aws:…:instance/i-1" without what every name of that account begins with. */
function shortReason(reason: string): string {
  return reason.replace(/arn:\S+/, shortName);
}

function Links({ ticket }: { ticket: Ticket }) {
  // What is merged stands above, with the way back.
  const links = ticket.links.filter((link) => link.kind !== "merged_here" && link.kind !== "merged_into");
  if (links.length === 0) return null;
  return (
    <Panel title="Links">
      <ul className="rows">
        {links.map((link) => (
          <li key={`${link.kind} ${link.number}`}>
            <span className="muted">{formatCode(link.kind)}</span>{" "}
            <Link to="/tickets/$number" params={{ number: link.number }}>
              {link.number}
            </Link>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
