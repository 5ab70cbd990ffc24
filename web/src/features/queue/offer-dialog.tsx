import { useState } from "react";
import { offerTicket, recipientOf, useReached, useRecipients } from "@/api/handovers";
import type { TicketRow } from "@/api/models";
import { useCan, useMe } from "@/api/session";
import { useTicketsChanged } from "@/api/tickets";
import { formatPlural } from "@/lib/format";
import { needsRisks } from "@/lib/handover";
import { toProblem } from "@/lib/problem";
import { SeverityChip } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { TextArea } from "@/ui/field";
import { Form, Why } from "@/ui/form";
import { RecipientField } from "@/ui/recipient-field";
import { notify } from "@/ui/toast";
import { type Drafts, fillEmpty, planBlocked, planOf, type PlanRow, type RowDraft } from "./offer-plan";

/** What became of each offer, under its row. */
type Results = Readonly<Record<string, { text: string; ok: boolean }>>;

const noText: RowDraft = { next_step: "", risks: "" };

/** Offers one ticket or several to somebody; each says for itself what comes next. Whoever has them stays responsible. */
export default function OfferDialog({ tickets, onClose }: { tickets: readonly TicketRow[]; onClose: () => void }) {
  const { user } = useMe();
  const can = useCan();
  const changed = useTicketsChanged();
  const [single] = tickets.length === 1 ? tickets : [];
  const { recipients, error } = useRecipients(single?.owner ?? null);
  const [to, setTo] = useState("");
  const reached = useReached(to);
  const [drafts, setDrafts] = useState<Drafts>({});
  const [results, setResults] = useState<Results>({});
  const [busy, setBusy] = useState(false);
  const plan = planOf(tickets, to, drafts, { id: user.id, leads: can("ticket.force") });
  const waiting = plan.filter((row) => !results[row.ticket.number]?.ok);
  const finished = waiting.every((row) => row.impossible);
  const blocked = !finished && planBlocked(waiting);
  const write = (number: string, more: Partial<RowDraft>) => setDrafts((old) => ({ ...old, [number]: { ...(old[number] ?? noText), ...more } }));

  const send = async () => {
    if (blocked) return;
    setBusy(true);
    const failed = await offerAll(waiting, (number, result) => setResults((old) => ({ ...old, [number]: result })));
    setBusy(false);
    changed();
    if (failed > 0) return;
    notify(single ? `${single.number} is offered; it stays yours until somebody has accepted` : `${formatPlural(waiting.filter((row) => !row.impossible).length, { one: "ticket is", other: "tickets are" })} offered`);
    if (plan.every((row) => !row.impossible)) onClose();
  };
  return (
    <Dialog open onClose={onClose} wide title={single ? `Hand over ${single.number}` : `Hand over ${tickets.length} tickets`} description={single ? single.title : "Each is accepted by itself, after its briefing has been read. Until then it stays with whoever has it."}>
      <Form
        onSubmit={() => void send()}
        error={error}
        footer={
          <>
            <Why>{blocked}</Why>
            <Button onClick={onClose}>{finished ? "Close" : "Cancel"}</Button>
            {!finished && (
              <Button type="submit" tone="primary" busy={busy} blocked={blocked}>
                {single ? "Offer" : `Offer ${formatPlural(waiting.filter((row) => !row.impossible).length, { one: "ticket", other: "tickets" })}`}
              </Button>
            )}
          </>
        }
      >
        <RecipientField label="To" recipients={recipients} value={to} reached={reached} onChange={setTo} />
        {!single && <ForAll onFill={(field, text) => setDrafts((old) => fillEmpty(old, tickets.map((one) => one.number), field, text))} />}
        <ul className="offer-rows">
          {plan.map((row) => (
            <Row key={row.ticket.number} row={row} alone={single !== undefined} result={results[row.ticket.number]} onWrite={write} />
          ))}
        </ul>
      </Form>
    </Dialog>
  );
}

/** Makes the offers one after the other; how many were refused. One refusal does not stop the others. */
async function offerAll(rows: readonly PlanRow[], tell: (number: string, result: { text: string; ok: boolean }) => void): Promise<number> {
  let failed = 0;
  for (const { ticket, draft, impossible } of rows) {
    if (impossible) continue;
    try {
      const made = await offerTicket(ticket.number, draft);
      tell(ticket.number, { ok: true, text: `Offered to ${recipientOf(made)} as ${made.number}` });
    } catch (error) {
      failed += 1;
      const problem = toProblem(error);
      tell(ticket.number, { ok: false, text: [problem.message, ...problem.otherFields.map((field) => field.message)].filter(Boolean).join(" ") });
    }
  }
  return failed;
}

function ForAll({ onFill }: { onFill: (field: keyof RowDraft, text: string) => void }) {
  const [text, setText] = useState("");
  const empty = text.trim() === "" && "Write something first";
  return (
    <div className="offer-all">
      <TextArea label="The same for all" optional rows={2} value={text} onChange={(event) => setText(event.target.value)} />
      <Button blocked={empty} onClick={() => onFill("next_step", text.trim())}>
        Use as next step where there is none
      </Button>
      <Button blocked={empty} onClick={() => onFill("risks", text.trim())}>
        Use as risks where there are none
      </Button>
    </div>
  );
}

interface RowProps {
  row: PlanRow;
  alone: boolean;
  result: { text: string; ok: boolean } | undefined;
  onWrite: (number: string, more: Partial<RowDraft>) => void;
}

function Row({ row: { ticket, draft, impossible }, alone, result, onWrite }: RowProps) {
  const { number } = ticket;
  const risky = needsRisks(ticket.severity);
  return (
    <li className="offer-row">
      {!alone && (
        <div className="offer-row-head">
          <strong>{number}</strong> <SeverityChip severity={ticket.severity} /> <span className="truncate">{ticket.title}</span>
        </div>
      )}
      <div role="status">{result && <p className={result.ok ? "offer-done" : "field-error"}>{`${result.ok ? "✓" : "▲"} ${result.text}`}</p>}</div>
      {impossible && !result && <p className="muted">{impossible}.</p>}
      {!impossible && !result?.ok && (
        <div className="offer-texts">
          <TextArea label={alone ? "Next step" : `Next step of ${number}`} rows={alone ? 4 : 2} value={draft.next_step} onChange={(event) => onWrite(number, { next_step: event.target.value })} />
          <TextArea label={alone ? "Risks" : `Risks of ${number}`} optional={!risky} rows={alone ? 3 : 2} value={draft.risks} onChange={(event) => onWrite(number, { risks: event.target.value })} />
        </div>
      )}
    </li>
  );
}
