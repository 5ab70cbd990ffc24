import type { Ticket } from "@/api/models";
import { formatCode, formatPlural } from "@/lib/format";
import { Badge, SeverityChip } from "@/ui/badge";
import { ActionButton } from "@/ui/button";
import { Menu, MenuAction, MenuSeparator } from "@/ui/menu";
import { Countdown, Time } from "@/ui/time";
import { MergeState } from "./merge-state";
import { TitleEdit } from "./title-edit";
import type { Overlay, TicketActions } from "./use-ticket-actions";
import type { TicketCommands } from "./use-ticket-commands";

interface HeaderProps {
  ticket: Ticket;
  actions: TicketActions;
  commands: TicketCommands;
  editing: boolean;
  severityOpen: boolean;
  setOverlay: (overlay: Overlay | undefined) => void;
}

/** Who, what, how bad, how long; and what can be done about it. */
export function TicketHeader({ ticket, actions, commands, editing, severityOpen, setOverlay }: HeaderProps) {
  return (
    <header className="ticket-head">
      {editing ? (
        <TitleEdit ticket={ticket} commands={commands} onClose={() => setOverlay(undefined)} />
      ) : (
        <div className="ticket-title">
          <h1>
            <span className="ticket-number">{ticket.number}</span> {ticket.title}
          </h1>
          <span className="ticket-title-edit">
            <ActionButton action={actions.title} tone="quiet" />
          </span>
        </div>
      )}
      <Commands actions={actions} commands={commands} />
      <div className="ticket-meta">
        <Severity ticket={ticket} actions={actions} open={severityOpen} setOpen={(open) => setOverlay(open ? "severity" : undefined)} />
        <Responsible ticket={ticket} />
        <State ticket={ticket} />
        <MergeState ticket={ticket} />
        <Where ticket={ticket} />
        {ticket.demo && <Badge>demo</Badge>}
      </div>
    </header>
  );
}

function Severity({ ticket, actions, open, setOpen }: { ticket: Ticket; actions: TicketActions; open: boolean; setOpen: (open: boolean) => void }) {
  if (actions.severity.hidden || actions.severity.blocked) return <SeverityChip severity={ticket.severity} />;
  return (
    <Menu label={<SeverityChip severity={ticket.severity} />} name={`Severity ${ticket.severity}, change`} keys="s" tone="quiet" align="start" open={open} onOpenChange={setOpen}>
      {actions.setSeverity.map((action) => (
        <MenuAction key={action.id} action={action} />
      ))}
    </Menu>
  );
}

function Responsible({ ticket }: { ticket: Ticket }) {
  const together = ticket.owner === ticket.accountable;
  return (
    <>
      <span>
        <span className="muted">Owner</span> {ticket.owner ? <strong>{ticket.owner_name}</strong> : <strong className="ticket-unowned">nobody yet</strong>}{" "}
        <span className="muted">{ticket.team_name}</span>
      </span>
      {!together && (
        <span>
          <span className="muted">Accountable</span> <strong>{ticket.accountable_name}</strong>
        </span>
      )}
      {ticket.offered_to && <Badge tone="medium">offered</Badge>}
    </>
  );
}

function State({ ticket }: { ticket: Ticket }) {
  if (ticket.phase === "closed") {
    return (
      <span>
        <Badge tone="ok">closed</Badge> {ticket.resolution && formatCode(ticket.resolution)} <Time at={ticket.closed_at} />
      </span>
    );
  }
  return (
    <>
      <span>
        <span className="muted">Open</span> <Time at={ticket.opened_at} show="age" />
      </span>
      {ticket.acknowledged_at === null && <span className="ticket-unowned">not acknowledged</span>}
      {ticket.due_at && <Countdown until={ticket.due_at} />}
    </>
  );
}

function Where({ ticket }: { ticket: Ticket }) {
  const place = [ticket.account, ticket.region].filter(Boolean).join(" · ");
  const findings = ticket.finding_count > 0 ? formatPlural(ticket.finding_count, { one: "finding", other: "findings" }) : "";
  const words = [place, [findings, ticket.source].filter(Boolean).join(" from ")].filter(Boolean);
  return <span className="muted">{words.join(" · ")}</span>;
}

/** Everything that can be done, the rare things included; a reader who may only look gets a plain button. */
function More({ actions }: { actions: TicketActions }) {
  const { note, significant, title, tags, copy, ack, take, phase, close, reopen, merge, unmerge } = actions;
  return (
    <Menu label="More">
      <MenuAction action={note} />
      <MenuAction action={significant} />
      <MenuSeparator />
      <MenuAction action={title} />
      <MenuAction action={tags} />
      <MenuAction action={copy} />
      <MenuSeparator />
      {[ack, take, phase, close, reopen, merge, unmerge].map((action) => (
        <MenuAction key={action.id} action={action} />
      ))}
    </Menu>
  );
}

function Commands({ actions, commands }: { actions: TicketActions; commands: TicketCommands }) {
  const { ack, take, phase, close, reopen, unmerge, primary } = actions;
  const busy: Record<string, boolean> = { [ack.id]: commands.ack.busy, [take.id]: commands.take.busy };
  const plain = [close, phase, ack, take, reopen, unmerge].filter((action) => action !== primary);
  return (
    <div className="ticket-commands">
      {actions.note.hidden ? <ActionButton action={actions.copy} /> : <More actions={actions} />}
      {plain.map((action) => (
        <ActionButton key={action.id} action={action} busy={busy[action.id] ?? false} />
      ))}
      {primary && <ActionButton action={primary} tone="primary" busy={busy[primary.id] ?? false} />}
    </div>
  );
}
