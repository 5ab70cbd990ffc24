import { useState } from "react";
import type { Handover } from "@/api/handovers";
import { type DeclineCategory, declineCategories, MIN_DECLINE } from "@/lib/handover";
import { fieldError } from "@/lib/problem";
import { Button } from "@/ui/button";
import { Choices } from "@/ui/choices";
import { Dialog } from "@/ui/dialog";
import { TextArea } from "@/ui/field";
import { Form, Why } from "@/ui/form";
import type { useBriefing } from "./use-briefing";

interface DeclineProps {
  handover: Handover;
  decline: ReturnType<typeof useBriefing>["decline"];
  onClose: () => void;
}

/** Refuses an offer: why, in a category and in words. Who is responsible stays so. */
export function DeclineDialog({ handover, decline, onClose }: DeclineProps) {
  const [category, setCategory] = useState<DeclineCategory>();
  const [reason, setReason] = useState("");
  const short = MIN_DECLINE - [...reason.trim()].length;
  const blocked = !category ? "Choose why" : short > 0 && `Say a little more: ${short} ${short === 1 ? "character" : "characters"} to go`;
  const submit = () => {
    if (blocked || !category) return;
    decline.mutate({ params: { path: { id: handover.number } }, body: { category, reason: reason.trim() } }, { onSuccess: onClose });
  };
  return (
    <Dialog open onClose={onClose} title={`Decline ${handover.ticket_number}`} description={`${handover.from_name || "Whoever is accountable"} stays responsible and is told why.`}>
      <Form
        onSubmit={submit}
        error={decline.error}
        shown={["category", "reason"]}
        footer={
          <>
            <Why>{blocked}</Why>
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" tone="primary" busy={decline.isPending} blocked={blocked}>
              Decline
            </Button>
          </>
        }
      >
        <Choices label="Why" choices={declineCategories} value={category} onChange={setCategory} error={fieldError(decline.error, "category")} />
        <TextArea label="In words" rows={3} value={reason} onChange={(event) => setReason(event.target.value)} error={fieldError(decline.error, "reason")} />
      </Form>
    </Dialog>
  );
}
