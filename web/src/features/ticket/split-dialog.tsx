import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { mergeTickets, splitTicket } from "@/api/merge";
import type { Ticket } from "@/api/models";
import { useMe } from "@/api/session";
import { formatPlural } from "@/lib/format";
import { fieldError } from "@/lib/problem";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { TextArea, TextField } from "@/ui/field";
import { Form, Why } from "@/ui/form";
import { notify, notifyError } from "@/ui/toast";
import { useMerging } from "./use-merging";

interface SplitProps {
  ticket: Ticket;
  findings: readonly { id: string; title: string }[];
  onDone: () => void;
  onClose: () => void;
}

/** Moves findings to a new ticket. The way back is merging it here again. */
export function SplitDialog({ ticket, findings, onDone, onClose }: SplitProps) {
  const { user } = useMe();
  const { changed, show } = useMerging();
  const [title, setTitle] = useState(findings[0]?.title ?? "");
  const [reason, setReason] = useState("");
  const undo = (made: string) =>
    void mergeTickets(ticket.number, [made], "Undone right after it was split").then(
      () => {
        changed();
        show(ticket.number);
        notify(`${made} is merged into ${ticket.number}`);
      },
      (error: unknown) => notifyError("Undo", error),
    );
  const split = useMutation({
    mutationFn: () => splitTicket(ticket.number, findings.map((one) => one.id), title.trim(), reason.trim()),
    onSuccess: (made) => {
      changed();
      onDone();
      show(made.number);
      notify(`${made.number} is split from ${ticket.number}`, () => undo(made.number));
    },
  });
  const foreign = ticket.owner !== null && ticket.owner !== user.id;
  const blocked = foreign && reason.trim() === "" && "It belongs to another person: say why";
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Split ${formatPlural(findings.length, { one: "finding", other: "findings" })} from ${ticket.number}`}
      description={`They go to a new ticket of the same team, ${ticket.owner === user.id ? "which is yours" : "which nobody owns yet"}, linked to this one. Merging it back undoes this.`}
    >
      <Form
        onSubmit={() => !blocked && split.mutate()}
        error={split.error}
        shown={["title", "reason"]}
        footer={
          <>
            <Why>{blocked}</Why>
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" tone="primary" busy={split.isPending} blocked={blocked}>
              Split into a new ticket
            </Button>
          </>
        }
      >
        <TextField label="Title" value={title} maxLength={500} onChange={(event) => setTitle(event.target.value)} error={fieldError(split.error, "title")} />
        <TextArea label="Reason" optional={!foreign} rows={2} value={reason} onChange={(event) => setReason(event.target.value)} error={fieldError(split.error, "reason")} />
      </Form>
    </Dialog>
  );
}
