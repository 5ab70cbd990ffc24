import { useParams } from "@tanstack/react-router";
import { useRef, useState } from "react";
import type { Ticket } from "@/api/models";
import { useNow } from "@/lib/now";
import { Loaded } from "@/ui/loaded";
import { Stepper } from "@/ui/stepper";
import { CloseDialog } from "./close-dialog";
import { type ComposerHandle } from "./composer";
import { ConflictNotice } from "./conflict-notice";
import { DutyDialogs } from "./duty-dialogs";
import { ContextColumn } from "./context-column";
import { FactsColumn } from "./facts-column";
import { Newest } from "./newest";
import { phaseClocks, phaseSteps } from "./phase-clocks";
import { PhaseDialog } from "./phase-dialog";
import { MergeDialog } from "./merge-dialog";
import { ownLog, useLog, useTicket } from "./queries";
import { askedPause, askedUntil } from "./pauses";
import { ReopenDialog } from "./reopen-dialog";
import { PauseAsked, StillOnIt } from "./still-on-it";
import { TicketHeader } from "./ticket-header";
import { TicketTabs } from "./ticket-tabs";
import { TimelinePanel } from "./timeline-panel";
import { UnmergeDialog } from "./unmerge-dialog";
import { useMergedLive } from "./use-merging";
import { useDutyActions } from "./use-duty-actions";
import { type Overlay, useTicketActions } from "./use-ticket-actions";
import { useTicketCommands } from "./use-ticket-commands";
import "./ticket.css";
import "./clocks.css";

/** One ticket: what happened, who is responsible, what is known, what can be done. */
export function TicketPage() {
  const { number } = useParams({ from: "/shell/tickets/$number" });
  const query = useTicket(number);
  return (
    <>
      <title>{`${[number, query.data?.title].filter(Boolean).join(" ")} · Tocsin`}</title>
      <Loaded query={query} label={`Loading ${number}`} lines={9}>
        {(ticket) => <Screen key={ticket.id} ticket={ticket} />}
      </Loaded>
    </>
  );
}

function Screen({ ticket }: { ticket: Ticket }) {
  const now = useNow();
  const log = useLog(ticket.number);
  const commands = useTicketCommands(ticket);
  const [overlay, setOverlay] = useState<Overlay>();
  const [tagsAsked, setTagsAsked] = useState(0);
  const [other, setOther] = useState<string>(); // the ticket that a dialog is also about
  const composer = useRef<ComposerHandle>(null);
  const actions = useTicketActions({
    ticket,
    commands,
    open: setOverlay,
    write: (significant) => composer.current?.write(significant),
    editTags: () => setTagsAsked(tagsAsked + 1),
  });
  const entries = log.data?.entries ?? [];
  const own = log.data ? ownLog(ticket.number, log.data).entries : [];
  const asked = askedPause(own);
  const duty = useDutyActions({ ticket, asked, commands, open: setOverlay });
  useMergedLive(ticket);
  const close = () => {
    setOverlay(undefined);
    setOther(undefined);
  };
  const about = (what: Overlay) => (number: string) => {
    setOther(number);
    setOverlay(what);
  };
  return (
    <article className="ticket" aria-label={`Ticket ${ticket.number}`}>
      <TicketHeader ticket={ticket} actions={actions} duty={duty} commands={commands} editing={overlay === "title"} severityOpen={overlay === "severity"} setOverlay={setOverlay} />
      {commands.conflict && <ConflictNotice conflict={commands.conflict} onDone={commands.forget} onReload={close} />}
      <StillOnIt action={duty.stillOn} until={askedUntil(own)} busy={commands.ack.busy} />
      {asked && ticket.phase !== "closed" && <PauseAsked asked={asked} approve={duty.approve} takeBack={duty.takeBack} busy={duty.approving} />}
      <Stepper label="Phases" steps={phaseSteps(phaseClocks(ticket.phase_visits, now.getTime()), ticket.timers, now.getTime())} />
      <div className="ticket-columns">
        <FactsColumn ticket={ticket} />
        <TimelinePanel ticket={ticket} log={log} composer={composer} canWrite={!actions.note.hidden} />
        <ContextColumn ticket={ticket} onMerge={actions.merge.hidden || actions.merge.blocked ? undefined : about("merge")} onUnmerge={about("unmerge")} />
      </div>
      <TicketTabs ticket={ticket} actions={actions} commands={commands} tagsAsked={tagsAsked} />
      <Newest entries={entries} />
      {overlay === "phase" && <PhaseDialog ticket={ticket} onClose={close} />}
      {overlay === "merge" && <MergeDialog ticket={ticket} other={other} onClose={close} />}
      {overlay === "unmerge" && <UnmergeDialog number={other ?? ticket.number} was={ticket.merged.find((one) => one.number === other)} onClose={close} />}
      {overlay === "close" && <CloseDialog ticket={ticket} onClose={close} />}
      <DutyDialogs ticket={ticket} overlay={overlay} onClose={close} />
      {overlay === "reopen" && <ReopenDialog ticket={ticket} onClose={close} />}
    </article>
  );
}
