import type { Ticket } from "@/api/models";
import type { Action } from "@/lib/actions";
import { formatCode, formatPlural } from "@/lib/format";
import { Badge, SeverityChip } from "@/ui/badge";
import { ActionButton } from "@/ui/button";
import { Menu, MenuAction, MenuSeparator } from "@/ui/menu";
import { Time } from "@/ui/time";
import { Deadline } from "./deadline";
import { MergeState } from "./merge-state";
import { Responsible } from "./responsible";
import { TitleEdit } from "./title-edit";
import type { Overlay, TicketActions } from "./use-ticket-actions";
import type { DutyActions } from "./use-duty-actions";
import type { TicketCommands } from "./use-ticket-commands";

interface HeaderProps {
  ticket: Ticket;
  actions: TicketActions;
  duty: DutyActions;
  commands: TicketCommands;
  editing: boolean;
  severityOpen: boolean;
  setOverlay: (overlay: Overlay | undefined) => void;
}

/** Who, what, how bad, how long; and what can be done about it. */
export function TicketHeader({ ticket, actions, duty, commands, editing, severityOpen, setOverlay }: HeaderProps) {
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
      <Commands actions={actions} duty={duty} commands={commands} />
      <div className="ticket-meta">
        <Severity ticket={ticket} actions={actions} open={severityOpen} setOpen={(open) => setOverlay(open ? "severity" : undefined)} />
        <Responsible ticket={ticket} withdraw={duty.withdraw} />
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
      <Deadline ticket={ticket} />
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
function More({ actions, duty }: { actions: TicketActions; duty: DutyActions }) {
  const { note, significant, title, tags, copy, ack, take, phase, close, reopen, merge, unmerge } = actions;
  const { offer, withdraw, giveBack, pause, resume, approve, takeBack, breakGlass, stillOn } = duty;
  return (
    <Menu label="More">
      <MenuAction action={note} />
      <MenuAction action={significant} />
      <MenuSeparator />
      <MenuAction action={title} />
      <MenuAction action={tags} />
      <MenuAction action={copy} />
      <MenuSeparator />
      {[ack, take, stillOn, phase, close, reopen, merge, unmerge].map((action) => (
        <MenuAction key={action.id} action={action} />
      ))}
      <MenuSeparator />
      {[offer, withdraw, giveBack, pause, resume, approve, takeBack, breakGlass].map((action) => (
        <MenuAction key={action.id} action={action} />
      ))}
    </Menu>
  );
}

function Commands({ actions, duty, commands }: { actions: TicketActions; duty: DutyActions; commands: TicketCommands }) {
  const { ack, take, phase, close, reopen, unmerge, primary } = actions;
  const busy: Record<string, boolean> = { [ack.id]: commands.ack.busy, [take.id]: commands.take.busy };
  const plain = [...shownDuty(duty), close, phase, ack, take, reopen, unmerge].filter((action) => action !== primary);
  // Managers lead without working tickets: for them, too, there is more than to look.
  const reads = actions.note.hidden && duty.offer.hidden && duty.breakGlass.hidden;
  return (
    <div className="ticket-commands">
      {reads ? <ActionButton action={actions.copy} /> : <More actions={actions} duty={duty} />}
      {plain.map((action) => (
        <ActionButton key={action.id} action={action} busy={busy[action.id] ?? false} />
      ))}
      {primary && <ActionButton action={primary} tone="primary" busy={busy[primary.id] ?? false} />}
    </div>
  );
}

/** Of these only what can be done now stands beside the menu. */
function shownDuty({ offer, resume }: DutyActions): Action[] {
  return [offer, resume].filter((action) => !action.blocked);
}
