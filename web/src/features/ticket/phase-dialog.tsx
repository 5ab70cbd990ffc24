import { useState } from "react";
import { $api } from "@/api/client";
import type { Ticket } from "@/api/models";
import { formatCode, formatList } from "@/lib/format";
import { fieldError } from "@/lib/problem";
import type { Phase } from "@/lib/words";
import { Button } from "@/ui/button";
import { Choices } from "@/ui/choices";
import { Dialog } from "@/ui/dialog";
import { Checkbox, TextArea } from "@/ui/field";
import { Form, Why } from "@/ui/form";
import { notify } from "@/ui/toast";
import { CheckList } from "./check-list";
import { holding, leaveBlocked } from "./exit-checks";
import { MIN_SKIP_REASON, moveBlocked, moveKind, skippedBetween, suggestedPhase } from "./move-rules";
import { useTicketStore } from "./queries";
import { IfConflict } from "./what-changed";

/** Moves a ticket to another phase, with what that leaves undone in plain sight. */
export function PhaseDialog({ ticket, onClose }: { ticket: Ticket; onClose: () => void }) {
  const checks = ticket.exit_checks;
  const store = useTicketStore();
  const [before] = useState(ticket);
  const [to, setTo] = useState<Phase>(suggestedPhase(ticket) ?? ticket.phase);
  const [reason, setReason] = useState("");
  const [waive, setWaive] = useState(false);
  const move = $api.useMutation("post", "/tickets/{id}/phase", {
    onSuccess: (fresh) => {
      store(fresh);
      notify(`${fresh.number} is in ${formatCode(fresh.phase)}`);
      onClose();
    },
  });
  const kind = moveKind(ticket.phase, to);
  const held = kind === "back" ? [] : holding(checks);
  const waived = waive && held.length > 0;
  const gonePhase = !ticket.allowed_phases.includes(to) && "Somebody has moved the ticket meanwhile; choose again";
  const blocked = gonePhase || leaveBlocked(held, waive, reason) || moveBlocked(ticket.phase, to, reason, waived);
  const submit = () => {
    if (!blocked) move.mutate({ params: { path: { id: ticket.number } }, body: { to, reason: reason.trim(), waive: waived } });
  };
  return (
    <Dialog open onClose={onClose} title={`Move ${ticket.number} on from ${formatCode(ticket.phase)}`}>
      <Form
        onSubmit={submit}
        error={move.error}
        shown={["reason"]}
        footer={
          <>
            <Why>{blocked}</Why>
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" tone="primary" busy={move.isPending} blocked={blocked}>
              Move to {formatCode(to)}
            </Button>
          </>
        }
      >
        <Choices
          label="To"
          value={to}
          onChange={setTo}
          choices={ticket.allowed_phases.map((phase) => ({ value: phase, label: formatCode(phase), note: noteOf(ticket.phase, phase) }))}
        />
        {kind !== "back" && checks.length > 0 && (
          <section className="dialog-checks" aria-label="Exit checks">
            <h3>Before leaving {formatCode(ticket.phase)}</h3>
            <CheckList checks={checks} />
            {held.length > 0 && <Checkbox label="Waive what is required and not met; the reason is kept with the move" checked={waive} onChange={(event) => setWaive(event.target.checked)} />}
          </section>
        )}
        <TextArea
          label="Reason"
          optional={kind === "next" && !waived}
          rows={3}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          help={kind === "skip" ? `At least ${MIN_SKIP_REASON} characters, because phases are left out.` : waived ? `At least ${MIN_SKIP_REASON} characters, because what the rules ask for is waived.` : undefined}
          error={fieldError(move.error, "reason")}
        />
        <IfConflict error={move.error} before={before} />
      </Form>
    </Dialog>
  );
}

function noteOf(from: Phase, to: Phase): string {
  switch (moveKind(from, to)) {
    case "next":
      return "next";
    case "back":
      return "back; its clock goes on";
    case "skip":
      return `leaves out ${formatList(skippedBetween(from, to).map(formatCode))}`;
  }
}
