import { $api } from "@/api/client";
import type { Ticket } from "@/api/models";
import { useCan, useMe } from "@/api/session";
import { type Action, useActions } from "@/lib/actions";
import { whyNotOffer } from "@/lib/handover";
import { notify, notifyError } from "@/ui/toast";
import type { AskedPause } from "./pauses";
import { useTicketStore } from "./queries";
import type { Overlay } from "./use-ticket-actions";
import type { TicketCommands } from "./use-ticket-commands";

interface Input {
  ticket: Ticket;
  asked: AskedPause | undefined;
  commands: TicketCommands;
  open: (overlay: Overlay) => void;
}

/** What can be done about who is responsible and about the clocks, as data. */
export function useDutyActions({ ticket, asked, commands, open }: Input) {
  const can = useCan();
  const { user } = useMe();
  const store = useTicketStore();
  const approval = $api.useMutation("post", "/tickets/{id}/pause/approve", {
    onSuccess: (fresh) => {
      store(fresh);
      notify(`The clocks of ${fresh.number} are paused`);
    },
    onError: (error) => notifyError("The pause was not agreed to", error),
  });
  const may = ticket.permissions;
  const leads = can("ticket.force");
  const mine = ticket.owner === user.id;
  const closed = ticket.phase === "closed";
  const action = (id: string, label: string, rest: Pick<Action, "run"> & Partial<Action>): Action => ({ id: `ticket.${id}`, label, group: "Ticket", ...rest });

  const offer = action("offer", "Hand over…", { keys: "h", hidden: closed || !(can("ticket.work") || leads), blocked: whyNotOffer(ticket, user.id, leads) || (!may.offer && "You can’t offer this ticket"), run: () => open("offer") });
  const withdraw = action("withdraw", "Withdraw the offer…", { hidden: !ticket.handover, blocked: !mine && !leads && "Only who made the offer, the owner or a lead may withdraw it", run: () => open("withdraw") });
  const giveBack = action("return", "Return to intake…", { hidden: !may.return, run: () => open("return") });
  const pause = action("pause", "Pause the clocks…", { keys: "w", hidden: closed || ticket.paused_until !== null || asked !== undefined || !(can("ticket.work") || leads), blocked: !may.pause && "Only the owner or a lead may pause its clocks", run: () => open("pause") });
  const resume = action("resume", "Resume the clocks…", { keys: "w", hidden: closed || ticket.paused_until === null, blocked: !may.resume && "Only the owner or a lead may let its clocks run again", run: () => open("resume") });
  const approve = action("approve-pause", "Agree to the pause", { hidden: closed || !asked || !leads, blocked: asked?.by === user.id && "You asked for it: somebody else must agree", run: () => approval.mutate({ params: { path: { id: ticket.number } } }) });
  const takeBack = action("unpause", "Take back the wish to pause…", { hidden: closed || !asked, blocked: asked?.by !== user.id && !mine && !leads && "Only who asked, the owner or a lead may take it back", run: () => open("unpause") });
  const breakGlass = action("break-glass", "Break glass…", { hidden: !may.break_glass, run: () => open("break-glass") });
  const stillOn = action("still-on", "Still on it", { keys: "a", hidden: !ticket.asked || !mine, run: commands.ack.run });
  useActions([offer, withdraw, giveBack, pause, resume, approve, takeBack, breakGlass, stillOn]);
  return { offer, withdraw, giveBack, pause, resume, approve, takeBack, breakGlass, stillOn, approving: approval.isPending };
}

export type DutyActions = ReturnType<typeof useDutyActions>;
