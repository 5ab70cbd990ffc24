import { useState } from "react";
import { $api } from "@/api/client";
import { useCan } from "@/api/session";
import { fieldError } from "@/lib/problem";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { TextArea } from "@/ui/field";
import { Form } from "@/ui/form";
import { MomentField } from "@/ui/moment-field";
import type { Choice, Storm } from "./types";
import { useDecide, useEstimate } from "./use-storms";
import { choices, consequences, heldWords, severityWords } from "./words";

interface DecideProps {
  storm: Storm;
  choice: Choice;
  onClose: () => void;
}

/** Before a choice about a storm: what it holds, what the choice brings about, and why it is made. */
export function DecideDialog(props: DecideProps) {
  const { storm, choice } = props;
  const words = choices.find((one) => one.id === choice);
  return (
    <Dialog open wide onClose={props.onClose} title={words?.title ?? ""} description={[heldWords(storm), severityWords(storm.by_severity)].filter(Boolean).join(": ")}>
      <DecideForm {...props} />
    </Dialog>
  );
}

const HOUR = 3_600_000;
const ends = [
  { label: "4 hours", ms: 4 * HOUR },
  { label: "1 day", ms: 24 * HOUR },
  { label: "1 week", ms: 168 * HOUR },
  { label: "30 days", ms: 720 * HOUR },
];

function DecideForm({ storm, choice, onClose }: DecideProps) {
  const can = useCan();
  const [reason, setReason] = useState("");
  const [expires, setExpires] = useState("");
  const { decide, busy, error } = useDecide(storm, onClose);
  const estimate = useEstimate(storm, choice === "open" && can("policy.edit"));
  const words = choices.find((one) => one.id === choice);
  const why = reason.trim() === "" ? "Say why first" : choice === "suppress" && expires === "" && "Say when it ends";
  return (
    <Form
      onSubmit={() => !why && decide({ choice, reason: reason.trim(), expires })}
      error={error}
      shown={["reason", "expires_at"]}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone={choice === "suppress" ? "danger" : "primary"} busy={busy} blocked={why}>
            {words?.confirm}
          </Button>
        </>
      }
    >
      <ul className="storm-consequences" aria-label="What this brings about">
        {consequences(choice, storm, estimate.data ?? undefined).map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
        {choice === "group" && <WhoAnswers number={storm.number} />}
      </ul>
      {choice === "suppress" && <MomentField label="Ends" value={expires} onChange={setExpires} quick={ends} error={fieldError(error, "expires_at")} />}
      <TextArea label="Why" rows={2} maxLength={4000} value={reason} error={fieldError(error, "reason")} onChange={(event) => setReason(event.target.value)} />
    </Form>
  );
}

/** Who answers for the storm's own ticket. */
function WhoAnswers({ number }: { number: string }) {
  const ticket = $api.useQuery("get", "/tickets/{id}", { params: { path: { id: number } } });
  if (!ticket.data) return null;
  const { team_name: team, owner_name: owner, accountable_name: accountable } = ticket.data;
  return (
    <li>
      {number} is with {team}; {owner ? `${owner} owns it` : `nobody owns it yet, ${accountable} is accountable`}.
    </li>
  );
}
