import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { type Handover, recipientOf, useHandover } from "@/api/handovers";
import { type Action, useActions } from "@/lib/actions";
import { acceptBlocked, autoWords, decidedWords, nextUnread, readWords } from "@/lib/handover";
import { SeverityChip } from "@/ui/badge";
import { ActionButton } from "@/ui/button";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/panel";
import { Progress } from "@/ui/states";
import { Countdown, Time } from "@/ui/time";
import { BriefingSections } from "./briefing-sections";
import type { Lost } from "./decisions";
import { DeclineDialog } from "./decline-dialog";
import { DeltaPanel } from "./delta-panel";
import { useBriefing } from "./use-briefing";
import { useReading } from "./use-reading";
import { WithdrawDialog } from "./withdraw-dialog";
import "./handovers.css";

/** One offer: its briefing, which is read section by section, and the decision. */
export function BriefingPage() {
  const { id } = useParams({ from: "/shell/handovers/$id" });
  const query = useHandover(id);
  return (
    <Loaded query={query} label={`Loading ${id}`} lines={9}>
      {(handover) => (
        <Page title={`${handover.number} ${handover.ticket_number}`} narrow lead={<Link to="/handovers">All handovers</Link>}>
          <Reader key={handover.id} handover={handover} />
        </Page>
      )}
    </Loaded>
  );
}

function Reader({ handover }: { handover: Handover }) {
  const briefing = useBriefing(handover);
  const reading = useReading(handover, briefing.open);
  const [dialog, setDialog] = useState<"decline" | "withdraw">();
  const { checklist, permissions } = handover;
  const action = (id: string, label: string, rest: Pick<Action, "run"> & Partial<Action>): Action => ({ id: `handover.${id}`, label, group: "Handover", ...rest });
  const next = action("next", "Read the next section", { keys: "n", hidden: !permissions.accept || nextUnread(checklist) === undefined, run: reading.next });
  const accept = action("accept", briefing.delta ? "Confirm and accept" : "Accept", { hidden: !permissions.accept, blocked: acceptBlocked(checklist), run: briefing.press });
  const decline = action("decline", "Decline…", { hidden: !permissions.decline, run: () => setDialog("decline") });
  const withdraw = action("withdraw", "Withdraw the offer…", { hidden: !permissions.withdraw, run: () => setDialog("withdraw") });
  useActions([
    action("down", "Next section", { keys: "j,ArrowDown", keyOnly: true, run: () => reading.step(1) }),
    action("up", "Previous section", { keys: "k,ArrowUp", keyOnly: true, run: () => reading.step(-1) }),
    next,
    accept,
    decline,
    withdraw,
  ]);
  return (
    <div className="briefing">
      <Head handover={handover} />
      {briefing.lost && <TooLate lost={briefing.lost} />}
      <BriefingSections handover={handover} open={reading.open} onToggle={reading.toggle} opening={briefing.opening} failed={briefing.openFailed} />
      {briefing.delta && <DeltaPanel delta={briefing.delta} ticket={handover.ticket_number} />}
      {briefing.refused && (
        <p className="form-error" role="alert">
          {briefing.refused.message}
        </p>
      )}
      {(!accept.hidden || !withdraw.hidden || !decline.hidden) && (
        <div className="briefing-foot">
          {!accept.hidden && (
            <div className="briefing-progress" role="status">
              <Progress label={readWords(checklist)} done={checklist.filter((one) => one.opened_at).length} total={checklist.length} />
            </div>
          )}
          <div className="briefing-buttons">
            <ActionButton action={withdraw} />
            <ActionButton action={decline} />
            <ActionButton action={next} tone="primary" />
            <ActionButton action={accept} tone={accept.blocked ? "plain" : "primary"} busy={briefing.accepting} />
          </div>
        </div>
      )}
      {handover.state !== "offered" && <Decided handover={handover} />}
      {dialog === "decline" && <DeclineDialog handover={handover} decline={briefing.decline} onClose={() => setDialog(undefined)} />}
      {dialog === "withdraw" && <WithdrawDialog handover={handover} onClose={() => setDialog(undefined)} />}
    </div>
  );
}

function TooLate({ lost }: { lost: Lost }) {
  return (
    <p className="conflict" role="alert">
      <strong>Somebody was faster.</strong> {decidedWords(lost.state, lost.by)}
      {lost.at && (
        <>
          , <Time at={lost.at} />
        </>
      )}
      .
    </p>
  );
}

/** How it ended, in the place where somebody who was reading would have decided. */
function Decided({ handover }: { handover: Handover }) {
  return (
    <div className="briefing-foot">
      <p className="briefing-decided" role="status">
        <strong>{decidedWords(handover.state, handover.decided_by_name)}</strong>, <Time at={handover.decided_at} />. {handover.reason && `“${handover.reason}”`}
      </p>
      <div className="briefing-buttons">
        <Link to="/tickets/$number" params={{ number: handover.ticket_number }} className="btn btn-primary">
          Open {handover.ticket_number}
        </Link>
      </div>
    </div>
  );
}

/** What is offered, by whom, to whom, until when. */
function Head({ handover }: { handover: Handover }) {
  const auto = autoWords(handover.auto);
  return (
    <header className="briefing-head">
      <h2>
        <Link to="/tickets/$number" params={{ number: handover.ticket_number }}>
          {handover.ticket_number}
        </Link>{" "}
        {handover.ticket_title}
      </h2>
      <p>
        <SeverityChip severity={handover.severity} /> {handover.from_name ? `${handover.from_name} is responsible and offers it` : "It has no owner and is offered"} to <strong>{recipientOf(handover)}</strong>, <Time at={handover.made_at} />
        {auto && `, ${auto}`}. {handover.state === "offered" && <Countdown until={handover.expires_at} />}
      </p>
    </header>
  );
}
