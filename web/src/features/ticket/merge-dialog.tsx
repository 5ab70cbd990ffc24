import { useMutation } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { $api } from "@/api/client";
import { mergeTickets } from "@/api/merge";
import type { Ticket } from "@/api/models";
import { useMe } from "@/api/session";
import { shortName } from "@/lib/arn";
import { Button } from "@/ui/button";
import { type Choice, Choices } from "@/ui/choices";
import { Dialog } from "@/ui/dialog";
import { TextArea, TextField } from "@/ui/field";
import { Form, Why } from "@/ui/form";
import { mergePlan, rowNote, searchFor } from "./merge-plan";
import { useRelated, useTicket } from "./queries";
import { useMerging } from "./use-merging";

interface MergeProps {
  ticket: Ticket;
  /** The other ticket, when it was chosen beside it. */
  other: string | undefined;
  onClose: () => void;
}

type Way = "here" | "there";

/** Merges this ticket with another: which, which of the two stays, and what then happens. */
export function MergeDialog({ ticket, other, onClose }: MergeProps) {
  const [chosen, setChosen] = useState(other ?? "");
  const [way, setWay] = useState<Way>(ticket.phase === "closed" ? "there" : "here");
  const [reason, setReason] = useState("");
  const { user } = useMe();
  const { merged } = useMerging();
  const found = useTicket(chosen, chosen !== "");
  const partner = chosen === "" ? undefined : found.data;
  const [goes, stays] = way === "here" ? [partner, ticket] : [ticket, partner];
  const plan = goes && stays ? mergePlan(goes, stays, user.id) : undefined;
  const merge = useMutation({
    mutationFn: () => mergeTickets(stays?.number ?? "", [goes?.number ?? ""], reason.trim()),
    onSuccess: () => {
      onClose();
      merged(goes?.number ?? "", stays?.number ?? "");
    },
  });
  const blocked = !partner ? "Choose the other ticket" : (plan?.blocked ?? (plan?.needsReason && reason.trim() === "" && "One of them belongs to another person: say why"));
  return (
    <Dialog open onClose={onClose} title={`Merge ${ticket.number} with another ticket`} description={ticket.title} wide>
      <Form
        onSubmit={() => !blocked && merge.mutate()}
        error={merge.error}
        shown={["reason"]}
        footer={
          <>
            <Why>{blocked}</Why>
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" tone="primary" busy={merge.isPending} blocked={blocked}>
              {goes && stays ? `Merge ${goes.number} into ${stays.number}` : "Merge"}
            </Button>
          </>
        }
      >
        <Other ticket={ticket} chosen={chosen} onChoose={setChosen} />
        {partner && (
          <Choices
            label="Which one stays"
            value={way}
            onChange={setWay}
            choices={[
              { value: "here", label: `${ticket.number} stays`, note: `${partner.number} is merged into it` },
              { value: "there", label: `${partner.number} stays`, note: `${ticket.number} is merged into it` },
            ]}
          />
        )}
        {plan && !plan.blocked && (
          <section className="dialog-checks" aria-label="What happens">
            <h3>What happens</h3>
            <ul className="plan">
              {plan.lines.map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          </section>
        )}
        <TextArea label="Reason" optional={!plan?.needsReason} rows={2} value={reason} onChange={(event) => setReason(event.target.value)} />
      </Form>
    </Dialog>
  );
}

interface OtherProps {
  ticket: Ticket;
  chosen: string;
  onChoose: (number: string) => void;
}

const FOUND = 6;

/** The other ticket: one that shares something, each with its reasons, or any by number or words. */
function Other({ ticket, chosen, onChoose }: OtherProps) {
  const [text, setText] = useState("");
  const wanted = useDeferredValue(text.trim());
  const related = useRelated(ticket.number);
  const search = $api.useQuery("get", "/tickets", { params: { query: { q: searchFor(wanted), limit: FOUND } } }, { enabled: wanted !== "", retry: false });
  const rows = wanted === "" ? relatedChoices(related.data?.items ?? []) : (search.data?.items ?? []).map((row) => ({ value: row.number, label: row.number, note: rowNote(row) }));
  const choices = rows.filter((row) => row.value !== ticket.number).slice(0, FOUND);
  if (chosen !== "" && !choices.some((one) => one.value === chosen)) choices.unshift({ value: chosen, label: chosen, note: "chosen" });
  return (
    <>
      <TextField label="Find by number or words" optional autoComplete="off" value={text} onChange={(event) => setText(event.target.value)} placeholder="INC-42" />
      {choices.length > 0 ? (
        <Choices label={wanted === "" ? "Tickets that share something" : "Tickets found"} value={chosen === "" ? undefined : chosen} onChange={onChoose} choices={choices} />
      ) : (
        <p className="muted" role="status">
          {wanted === "" ? "No other ticket shares an indicator or the resource." : search.isFetching ? "Looking…" : "Nothing matches."}
        </p>
      )}
    </>
  );
}

interface RelatedItem {
  number: string;
  title: string;
  reasons: string[];
}

function relatedChoices(items: readonly RelatedItem[]): Choice<string>[] {
  return items.map((one) => ({ value: one.number, label: one.number, note: [one.title, ...one.reasons.map((reason) => reason.replace(/arn:\S+/, shortName))].join(" · ") }));
}
