import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { offerTicket, recipientOf, useHandoverStore, useReached, useRecipients } from "@/api/handovers";
import type { Ticket } from "@/api/models";
import { emptyDraft, needsRisks, offerBlocked, type OfferDraft } from "@/lib/handover";
import { fieldError } from "@/lib/problem";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { TextArea } from "@/ui/field";
import { Form, Why } from "@/ui/form";
import { RecipientField } from "@/ui/recipient-field";
import { notify } from "@/ui/toast";

/** Offers a ticket with its briefing, which the server writes; the next step and the risks come from a person. */
export function OfferDialog({ ticket, onClose }: { ticket: Ticket; onClose: () => void }) {
  const store = useHandoverStore();
  const { recipients, error } = useRecipients(ticket.owner);
  const [draft, setDraft] = useState<OfferDraft>(emptyDraft);
  const offer = useMutation({
    mutationFn: () => offerTicket(ticket.number, draft),
    onSuccess: (made) => {
      store(made);
      notify(`${ticket.number} is offered to ${recipientOf(made)}; ${ticket.owner_name || "whoever is accountable"} stays responsible until it is accepted`);
      onClose();
    },
  });
  const reached = useReached(draft.to);
  const set = (more: Partial<OfferDraft>) => setDraft((old) => ({ ...old, ...more }));
  const blocked = offerBlocked(draft, ticket.severity);
  const problem = offer.error ?? error;
  return (
    <Dialog open onClose={onClose} wide title={`Hand over ${ticket.number}`} description={`${ticket.title}. Until somebody has read the briefing and accepted, ${ticket.owner_name || ticket.accountable_name} stays responsible.`}>
      <Form
        onSubmit={() => !blocked && offer.mutate()}
        error={problem}
        shown={["to_user", "to_team", "next_step", "risks"]}
        footer={
          <>
            <Why>{blocked}</Why>
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" tone="primary" busy={offer.isPending} blocked={blocked}>
              Offer
            </Button>
          </>
        }
      >
        <RecipientField label="To" recipients={recipients} value={draft.to} reached={reached} onChange={(to) => set({ to })} error={fieldError(problem, "to_user") ?? fieldError(problem, "to_team")} />
        <TextArea label="Next step" rows={4} value={draft.next_step} onChange={(event) => set({ next_step: event.target.value })} error={fieldError(problem, "next_step")} help="What has to be done next, by whom outside, and by when." />
        <TextArea label="Risks" optional={!needsRisks(ticket.severity)} rows={3} value={draft.risks} onChange={(event) => set({ risks: event.target.value })} error={fieldError(problem, "risks")} help="What can go wrong, and what must not be done." />
      </Form>
    </Dialog>
  );
}
