import { Link, useSearch } from "@tanstack/react-router";
import { type Box, type HandoverRow, recipientOf, useHandovers } from "@/api/handovers";
import { useMe } from "@/api/session";
import { autoWords, categoryWords, decidedWords } from "@/lib/handover";
import { Badge, SeverityChip } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/panel";
import { EmptyState } from "@/ui/states";
import { ViewTabs } from "@/ui/tabs";
import { Countdown, Time } from "@/ui/time";
import "./handovers.css";

const boxes: { box: Box; label: string }[] = [
  { box: "inbox", label: "To me" },
  { box: "outbox", label: "From me" },
  { box: "all", label: "All" },
];

/** Offers of tickets: those made to me, those that I made, and what became of them. */
export function HandoversPage() {
  const search = useSearch({ from: "/shell/handovers" });
  const box = boxes.find((one) => one.box === search.box)?.box ?? "inbox";
  const state = search.state === "decided" ? "decided" : "offered";
  return (
    <Page title="Handovers" intro="An offer moves nothing: whoever has a ticket stays responsible until somebody has read its briefing and accepted.">
      <div className="handover-filters">
        <ViewTabs label="Whose offers">
          {boxes.map((one) => (
            <Link key={one.box} to="/handovers" search={(old) => ({ ...old, box: one.box === "inbox" ? undefined : one.box })} className="tab" aria-current={one.box === box ? "page" : undefined} activeProps={{}} activeOptions={{ exact: true }}>
              {one.label}
            </Link>
          ))}
        </ViewTabs>
        <ViewTabs label="Open or decided">
          {(["offered", "decided"] as const).map((one) => (
            <Link key={one} to="/handovers" search={(old) => ({ ...old, state: one === "offered" ? undefined : one })} className="tab" aria-current={one === state ? "page" : undefined} activeProps={{}} activeOptions={{ exact: true }}>
              {one === "offered" ? "Open" : "Decided"}
            </Link>
          ))}
        </ViewTabs>
      </div>
      <List box={box} state={state} />
    </Page>
  );
}

function List({ box, state }: { box: Box; state: "offered" | "decided" }) {
  const query = useHandovers(box, state);
  return (
    <Loaded query={query} label="Loading offers" lines={6}>
      {({ pages }) => {
        const items = pages.flatMap((page) => page.items);
        if (items.length === 0) return <Nothing box={box} state={state} />;
        return (
          <>
            <ul className="handovers" aria-label="Offers">
              {(state === "offered" ? byDeadline(items) : items).map((one) => (
                <Card key={one.id} handover={one} />
              ))}
            </ul>
            {query.hasNextPage && (
              <Button onClick={() => void query.fetchNextPage()} busy={query.isFetchingNextPage}>
                Show more
              </Button>
            )}
          </>
        );
      }}
    </Loaded>
  );
}

/** What ends first stands first. */
function byDeadline(items: readonly HandoverRow[]): HandoverRow[] {
  return [...items].sort((a, b) => a.expires_at.localeCompare(b.expires_at));
}

function Nothing({ box, state }: { box: Box; state: "offered" | "decided" }) {
  if (state === "decided") return <EmptyState title="Nothing was decided yet">Offers that were accepted, declined or taken back stand here.</EmptyState>;
  if (box === "inbox") return <EmptyState title="Nobody offers you a ticket">What is offered to you or to a team of yours stands here as soon as it is.</EmptyState>;
  return <EmptyState title="No offer is open">A ticket is offered from its page or from the queue, with the key h.</EmptyState>;
}

function Card({ handover }: { handover: HandoverRow }) {
  const { user } = useMe();
  const auto = autoWords(handover.auto);
  const from = handover.from === user.id ? "you" : handover.from_name || "nobody";
  return (
    <li className="handover-card">
      <Link to="/handovers/$id" params={{ id: handover.number }} className="handover-link">
        <span className="handover-line">
          <SeverityChip severity={handover.severity} />
          <strong>{handover.ticket_number}</strong>
          <span className="handover-when">{handover.state === "offered" ? <Countdown until={handover.expires_at} /> : <Time at={handover.decided_at} />}</span>
        </span>
        <span className="handover-title">{handover.ticket_title}</span>
        <span className="muted">
          From {from} to {handover.to_user === user.id ? "you" : recipientOf(handover)}, <Time at={handover.made_at} />
          {auto && `, ${auto}`}
        </span>
        {handover.state === "offered" ? <span className="handover-step">{handover.next_step}</span> : <Ended handover={handover} />}
      </Link>
    </li>
  );
}

function Ended({ handover }: { handover: HandoverRow }) {
  return (
    <span>
      <Badge tone={handover.state === "accepted" ? "ok" : handover.state === "expired" ? "high" : "info"}>{handover.state}</Badge> {decidedWords(handover.state, handover.decided_by_name)}
      {handover.category && handover.state === "declined" && `: ${categoryWords(handover.category).toLowerCase()}`}
    </span>
  );
}
