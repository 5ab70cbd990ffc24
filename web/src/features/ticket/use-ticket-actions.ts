import type { Ticket } from "@/api/models";
import { useCan, useMe } from "@/api/session";
import { type Action, useActions } from "@/lib/actions";
import { formatCode } from "@/lib/format";
import { severities } from "@/lib/words";
import { notify, notifyError } from "@/ui/toast";
import { suggestedPhase } from "./move-rules";
import type { TicketCommands } from "./use-ticket-commands";

export type Overlay = "phase" | "close" | "reopen" | "title" | "severity" | "merge" | "unmerge" | "offer" | "withdraw" | "return" | "pause" | "resume" | "unpause" | "break-glass";

interface Input {
  ticket: Ticket;
  commands: TicketCommands;
  open: (overlay: Overlay) => void;
  /** Puts the cursor into the composer. */
  write: (significant: boolean) => void;
  editTags: () => void;
}

/** Everything that can be done on a ticket's page, as data: buttons, menu, palette, keys and help sheet. */
export function useTicketActions({ ticket, commands, open, write, editTags }: Input) {
  const can = useCan();
  const { user } = useMe();
  const works = can("ticket.work");
  const moves = works || can("ticket.force");
  const closed = ticket.phase === "closed";
  const mine = ticket.owner === user.id;
  const may = ticket.permissions;
  const others = ticket.owner !== null && !mine ? (ticket.owner_name || "another person") : undefined;
  const next = suggestedPhase(ticket);
  const action = (id: string, label: string, rest: Pick<Action, "run"> & Partial<Action>): Action => ({ id: `ticket.${id}`, label, group: "Ticket", ...rest });
  const needsOwner = ticket.owner === null ? "Take it first" : others && `It belongs to ${others}; only the owner or a lead may do this`;

  const ack = action("ack", "Acknowledge", { keys: "a", hidden: !works || closed || ticket.acknowledged_at !== null, blocked: !may.ack && "You can’t acknowledge this ticket", run: commands.ack.run });
  const take = action("take", "Take", {
    keys: "t",
    hidden: !works || closed || mine,
    blocked: !may.take && (others ? `Already taken by ${others}, who stays responsible until somebody takes it over from them` : "You can’t take this ticket"),
    run: commands.take.run,
  });
  const phase = action("phase", next && mine ? `Move to ${formatCode(next)}…` : "Move phase…", {
    keys: "p",
    hidden: !moves || closed,
    blocked: (!may.phase || ticket.allowed_phases.length === 0) && (needsOwner || "No phase can follow now"),
    run: () => open("phase"),
  });
  const note = action("note", "Write a note", { keys: "n", hidden: !works, run: () => write(false) });
  const significant = action("note-significant", "Write a significant note", { keys: "shift+n", hidden: !works, run: () => write(true) });
  const close = action("close", "Close…", { keys: "c", hidden: !moves || closed, blocked: !may.close && (needsOwner || "You can’t close this ticket"), run: () => open("close") });
  const reopen = action("reopen", "Reopen…", { keys: "r", hidden: !moves || !closed || ticket.merged_into !== undefined, blocked: !may.reopen && "You can’t reopen this ticket", run: () => open("reopen") });
  const merge = action("merge", "Merge…", { keys: "m", hidden: !moves || ticket.merged_into !== undefined, blocked: !may.merge && `It belongs to ${others ?? "another person"}; only the owner or a lead may merge it`, run: () => open("merge") });
  const unmerge = action("unmerge", "Unmerge…", { hidden: !moves || ticket.merged_into === undefined, blocked: !may.unmerge && `Only the owner of one of the two, or a lead, may take it out of ${ticket.merged_into?.number ?? "the other"}`, run: () => open("unmerge") });
  const noEdit = !may.edit && "You can’t change this ticket";
  const title = action("title", "Edit title", { keys: "e", hidden: !works, blocked: noEdit, run: () => open("title") });
  const tags = action("tags", "Edit tags", { hidden: !works, blocked: noEdit, run: editTags });
  const severity = action("severity", "Change severity", { keys: "s", keyOnly: true, hidden: !works, blocked: noEdit, run: () => open("severity") });
  const setSeverity = severities
    .filter((value) => value !== ticket.severity)
    .map((value) =>
      action(`severity.${value}`, `Set severity to ${value}`, { hidden: !works, blocked: noEdit, run: () => void commands.save({ severity: value }, { severity: ticket.severity }) }),
    );
  const copy = action("copy-link", "Copy link", { keys: "y", run: () => copyLink(ticket.number) });

  useActions([ack, take, phase, note, significant, close, reopen, merge, unmerge, title, severity, tags, ...setSeverity, copy]);
  return { ack, take, phase, note, significant, close, reopen, merge, unmerge, title, tags, severity, setSeverity, copy, primary: primaryOf({ ack, take, phase, reopen }, mine) };
}

export type TicketActions = ReturnType<typeof useTicketActions>;

/** What most likely comes next: somebody takes it, the owner moves it on, a closed one comes back. */
function primaryOf({ ack, take, phase, reopen }: Record<"ack" | "take" | "phase" | "reopen", Action>, mine: boolean): Action | undefined {
  const order = mine ? [phase, reopen] : [take, ack, reopen];
  return order.find((action) => !action.hidden && !action.blocked);
}

function copyLink(number: string): void {
  const link = `${window.location.origin}/tickets/${number}`;
  if (!navigator.clipboard) return notify(`Select and copy it: ${link}`);
  navigator.clipboard.writeText(link).then(
    () => notify("The link is copied"),
    (error: unknown) => notifyError("The link could not be copied", error),
  );
}
