import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { $api } from "@/api/client";
import { useHandoverStore, withdrawOffer } from "@/api/handovers";
import type { OpenOffer, Ticket } from "@/api/models";
import { MIN_BREAK_GLASS, MIN_DECLINE } from "@/lib/handover";
import { fieldError } from "@/lib/problem";
import { Button, type ButtonTone } from "@/ui/button";
import { ConfirmDialog, Dialog } from "@/ui/dialog";
import { TextArea } from "@/ui/field";
import { Form, Why } from "@/ui/form";
import { notify } from "@/ui/toast";
import { useTicketStore } from "./queries";

interface DialogProps {
  ticket: Ticket;
  onClose: () => void;
}

/** Takes a ticket over at once. The API asks for a fresh proof by itself. */
export function BreakGlassDialog({ ticket, onClose }: DialogProps) {
  const store = useTicketStore();
  const take = $api.useMutation("post", "/tickets/{id}/break-glass", {
    onSuccess: (fresh) => {
      store(fresh);
      notify(`${fresh.number} is yours; it is to be reviewed`);
      onClose();
    },
  });
  return (
    <ReasonDialog
      title={`Break glass: take ${ticket.number} over`}
      least={MIN_BREAK_GLASS}
      label="Why can it not wait for somebody to accept it?"
      deed="Take it over at once"
      tone="danger"
      busy={take.isPending}
      error={take.error}
      onClose={onClose}
      onReason={(reason) => take.mutate({ params: { path: { id: ticket.number } }, body: { reason } })}
    >
      <ul className="plan">
        <li>You are the owner at once; {ticket.owner_name || ticket.accountable_name || "whoever is responsible"} is not asked.</li>
        {ticket.handover && <li>The open offer to {ticket.handover.to_name} ends.</li>}
        <li>{ticket.owner_name || "Whoever was responsible"}, the team’s lead and the record are told, with your reason.</li>
        <li>The lead gets a task to review it within three days.</li>
        <li>You prove freshly who you are, with your second factor.</li>
      </ul>
    </ReasonDialog>
  );
}

/** Gives a ticket back to the intake of one's own team. */
export function ReturnDialog({ ticket, onClose }: DialogProps) {
  const store = useTicketStore();
  const back = $api.useMutation("post", "/tickets/{id}/return", {
    onSuccess: (fresh) => {
      store(fresh);
      notify(`${fresh.number} is back in the intake of ${fresh.team_name}`);
      onClose();
    },
  });
  return (
    <ReasonDialog
      title={`Return ${ticket.number} to intake`}
      least={MIN_DECLINE}
      label="Why does nobody go on with it now?"
      deed="Return to intake"
      busy={back.isPending}
      error={back.error}
      onClose={onClose}
      onReason={(reason) => back.mutate({ params: { path: { id: ticket.number } }, body: { reason } })}
    >
      <p>
        {ticket.owner_name} owns it no more. You, who lead {ticket.team_name || "the team"}, answer for it until somebody takes it. Its clocks run on.
      </p>
    </ReasonDialog>
  );
}

interface ReasonProps {
  title: string;
  /** How many characters the reason needs. */
  least: number;
  label: string;
  deed: string;
  tone?: ButtonTone;
  busy: boolean;
  error: unknown;
  onClose: () => void;
  onReason: (reason: string) => void;
  children: ReactNode;
}

/** Says what will happen and takes a reason that is long enough to be one. */
function ReasonDialog({ title, least, label, deed, tone = "primary", busy, error, onClose, onReason, children }: ReasonProps) {
  const [reason, setReason] = useState("");
  const left = least - [...reason.trim()].length;
  const blocked = left > 0 && `The reason needs ${left} more ${left === 1 ? "character" : "characters"}`;
  return (
    <Dialog open onClose={onClose} title={title}>
      <Form
        onSubmit={() => !blocked && onReason(reason.trim())}
        error={error}
        shown={["reason"]}
        footer={
          <>
            <Why>{blocked}</Why>
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" tone={tone} busy={busy} blocked={blocked}>
              {deed}
            </Button>
          </>
        }
      >
        {children}
        <TextArea label={label} rows={3} value={reason} onChange={(event) => setReason(event.target.value)} error={fieldError(error, "reason")} />
      </Form>
    </Dialog>
  );
}

/** Lets the clocks run again, or takes back the wish to pause them. */
export function ResumeDialog({ ticket, wish, onClose }: DialogProps & { wish: boolean }) {
  const store = useTicketStore();
  const resume = $api.useMutation("post", "/tickets/{id}/resume", {
    onSuccess: (fresh) => {
      store(fresh);
      notify(wish ? "The wish to pause is taken back" : `The clocks of ${fresh.number} run again`);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={wish ? `Take back the wish to pause ${ticket.number}` : `Resume the clocks of ${ticket.number}`}
      description={wish ? "The clocks run on as they do." : "What is left of each target is as it was when they were paused."}
      confirm={wish ? "Take it back" : "Resume"}
      reason="Why?"
      busy={resume.isPending}
      error={resume.error}
      onConfirm={(text) => resume.mutate({ params: { path: { id: ticket.number } }, body: { text } })}
    />
  );
}

/** Takes an open offer back. */
export function WithdrawDialog({ offer, onClose }: { offer: OpenOffer; onClose: () => void }) {
  const store = useHandoverStore();
  const withdraw = useMutation({
    mutationFn: (reason: string) => withdrawOffer(offer.id, reason),
    onSuccess: (handover) => {
      store(handover);
      notify(`The offer to ${offer.to_name} is taken back`);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Withdraw the offer to ${offer.to_name}`}
      description="Who is responsible does not change by that."
      confirm="Withdraw the offer"
      reason="Why?"
      busy={withdraw.isPending}
      error={withdraw.error}
      onConfirm={(reason) => withdraw.mutate(reason)}
    />
  );
}
