import type { Ticket } from "@/api/models";
import { OfferDialog } from "./offer-dialog";
import { PauseDialog } from "./pause-dialog";
import { BreakGlassDialog, ResumeDialog, ReturnDialog, WithdrawDialog } from "./reason-dialogs";
import type { Overlay } from "./use-ticket-actions";

/** The windows about who is responsible and about the clocks. */
export function DutyDialogs({ ticket, overlay, onClose }: { ticket: Ticket; overlay: Overlay | undefined; onClose: () => void }) {
  switch (overlay) {
    case "offer":
      return <OfferDialog ticket={ticket} onClose={onClose} />;
    case "withdraw":
      return ticket.handover && <WithdrawDialog offer={ticket.handover} onClose={onClose} />;
    case "return":
      return <ReturnDialog ticket={ticket} onClose={onClose} />;
    case "pause":
      return <PauseDialog ticket={ticket} onClose={onClose} />;
    case "resume":
    case "unpause":
      return <ResumeDialog ticket={ticket} wish={overlay === "unpause"} onClose={onClose} />;
    case "break-glass":
      return <BreakGlassDialog ticket={ticket} onClose={onClose} />;
    default:
      return null;
  }
}
