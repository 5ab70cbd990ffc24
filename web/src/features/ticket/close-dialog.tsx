import { useState } from "react";
import { $api } from "@/api/client";
import type { Ticket } from "@/api/models";
import { formatCode } from "@/lib/format";
import { fieldError } from "@/lib/problem";
import type { Resolution } from "@/lib/words";
import { Button } from "@/ui/button";
import { Choices } from "@/ui/choices";
import { Dialog } from "@/ui/dialog";
import { TextArea } from "@/ui/field";
import { Form, Why } from "@/ui/form";
import { notify } from "@/ui/toast";
import { resolutionChoices } from "./move-rules";
import { useTicketStore } from "./queries";
import { IfConflict } from "./what-changed";

/** Ends a ticket: how it ended and why. What can't be claimed yet stays in sight with its reason. */
export function CloseDialog({ ticket, onClose }: { ticket: Ticket; onClose: () => void }) {
  const store = useTicketStore();
  const [before] = useState(ticket);
  const [resolution, setResolution] = useState<Resolution>();
  const [reason, setReason] = useState("");
  const end = $api.useMutation("post", "/tickets/{id}/close", {
    onSuccess: (fresh) => {
      store(fresh);
      notify(`${fresh.number} is closed as ${formatCode(fresh.resolution).toLowerCase()}`);
      onClose();
    },
  });
  const choices = resolutionChoices(ticket.phase).map(({ value, label, meaning, blocked }) => ({ value, label, note: meaning, ...(blocked ? { blocked } : {}) }));
  const blocked = !resolution ? "Choose how it ended" : reason.trim() === "" && "A reason is needed";
  const submit = () => {
    if (!blocked && resolution) end.mutate({ params: { path: { id: ticket.number } }, body: { resolution, reason: reason.trim() } });
  };
  return (
    <Dialog open onClose={onClose} title={`Close ${ticket.number}`} description={ticket.title} wide>
      <Form
        onSubmit={submit}
        error={end.error}
        shown={["reason", "resolution"]}
        footer={
          <>
            <Why>{blocked}</Why>
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" tone="primary" busy={end.isPending} blocked={blocked}>
              Close ticket
            </Button>
          </>
        }
      >
        <Choices label="How it ended" choices={choices} value={resolution} onChange={setResolution} error={fieldError(end.error, "resolution")} />
        <TextArea label="Reason" rows={3} value={reason} onChange={(event) => setReason(event.target.value)} error={fieldError(end.error, "reason")} help="It stays in the log, for whoever sees the same finding again." />
        <IfConflict error={end.error} before={before} />
      </Form>
    </Dialog>
  );
}
