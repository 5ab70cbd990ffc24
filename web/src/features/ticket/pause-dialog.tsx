import { useState } from "react";
import { $api } from "@/api/client";
import type { Ticket } from "@/api/models";
import { durationWords, parseDuration } from "@/lib/duration";
import { useNow } from "@/lib/now";
import { fieldError, toProblem } from "@/lib/problem";
import { Button } from "@/ui/button";
import { type Choice, Choices } from "@/ui/choices";
import { Dialog } from "@/ui/dialog";
import { TextArea } from "@/ui/field";
import { Form, Why } from "@/ui/form";
import { Loaded } from "@/ui/loaded";
import { MomentField } from "@/ui/moment-field";
import { EmptyState } from "@/ui/states";
import { notify } from "@/ui/toast";
import { endBlocked } from "./pauses";
import { useExplained, useTargets, useTicketStore } from "./queries";
import { useTicketsChanged } from "@/api/tickets";

interface Reason {
  id: string;
  title: string;
  max: string;
  roles: string[];
}

const HOUR = 3_600_000;
const quick = [
  { label: "4 hours", ms: 4 * HOUR },
  { label: "1 day", ms: 24 * HOUR },
  { label: "3 days", ms: 72 * HOUR },
];

/** Stops the clocks that may wait, with a reason of the ticket's own policy and an end. */
export function PauseDialog({ ticket, onClose }: { ticket: Ticket; onClose: () => void }) {
  const explained = useExplained(ticket.number);
  const targets = useTargets(explained.data?.version);
  const policy = targets.data?.policies.find((one) => one.id === explained.data?.policy);
  const query = { ...targets, data: targets.data && (policy?.pause_reasons ?? []), error: explained.error ?? targets.error, isPending: explained.isPending || targets.isPending };
  return (
    <Dialog open onClose={onClose} title={`Pause the clocks of ${ticket.number}`} description="The clocks for acknowledging, for an open offer and for the age of the ticket run on. At its end, and as soon as something happens, the pause ends by itself.">
      <Loaded query={query} label="Loading the reasons" lines={4}>
        {(reasons) => (reasons.length === 0 ? <EmptyState title="No reason to pause">The policy {policy?.name} names none.</EmptyState> : <PauseForm ticket={ticket} reasons={reasons} onClose={onClose} />)}
      </Loaded>
    </Dialog>
  );
}

function PauseForm({ ticket, reasons, onClose }: { ticket: Ticket; reasons: readonly Reason[]; onClose: () => void }) {
  const store = useTicketStore();
  const changed = useTicketsChanged();
  const now = useNow(60_000).getTime();
  const [reason, setReason] = useState(reasons.length === 1 ? reasons[0]?.id : undefined);
  const [text, setText] = useState("");
  const [until, setUntil] = useState("");
  const pause = $api.useMutation("post", "/tickets/{id}/pause", {
    onSuccess: (fresh) => {
      store(fresh);
      notify(`The clocks of ${fresh.number} are paused`);
      onClose();
    },
    onError: (error) => {
      // The wish is kept: for whoever asked that is no failure.
      if (!needsSecond(error)) return;
      changed();
      notify(`Asked. The clocks of ${ticket.number} run until a lead agrees`);
      onClose();
    },
  });
  const max = parseDuration(reasons.find((one) => one.id === reason)?.max ?? "");
  const blocked = !reason ? "Choose what is waited for" : text.trim() === "" ? "Say what is waited for" : endBlocked(until, now, max);
  const submit = () => {
    if (!blocked && reason) pause.mutate({ params: { path: { id: ticket.number } }, body: { reason, text: text.trim(), until } });
  };
  return (
    <Form
      onSubmit={submit}
      error={needsSecond(pause.error) ? undefined : pause.error}
      shown={["reason", "text", "until"]}
      footer={
        <>
          <Why>{blocked}</Why>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" busy={pause.isPending} blocked={blocked}>
            {ticket.severity === "critical" ? "Ask to pause" : "Pause"}
          </Button>
        </>
      }
    >
      {ticket.severity === "critical" && <p className="ticket-warning">This ticket is critical: two people pause it. You ask, and the clocks run on until a lead who is not you agrees.</p>}
      <Choices label="What is waited for" choices={reasons.map(choiceOf)} value={reason} onChange={setReason} error={fieldError(pause.error, "reason")} />
      <TextArea label="In words" rows={2} value={text} onChange={(event) => setText(event.target.value)} error={fieldError(pause.error, "text")} help="Whom did you ask, for what, and when?" />
      <MomentField label="Until" value={until} onChange={setUntil} quick={quick.filter((step) => max === undefined || step.ms < max)} error={fieldError(pause.error, "until")} />
    </Form>
  );
}

function choiceOf({ id, title, max, roles }: Reason): Choice<string> {
  const who = roles.length === 1 && roles[0] === "lead" ? "leads only" : "";
  return { value: id, label: title || id, note: [max && `at most ${durationWords(max)}`, who].filter(Boolean).join(", ") };
}

function needsSecond(error: unknown): boolean {
  return Boolean(error) && toProblem(error).slug === "pause-needs-second-person";
}
