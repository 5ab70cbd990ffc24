import { useState } from "react";
import { formatCount, formatPlural } from "@/lib/format";
import type { Problem } from "@/lib/problem";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Checkbox, TextArea } from "@/ui/field";
import { Form } from "@/ui/form";
import { deltaWords } from "./compare-bars";
import { changeWords, type RuleChange } from "./diff";
import { DifferenceList } from "./difference-list";
import type { Preview } from "./types";
import type { Names } from "./words";

interface SaveProps {
  changes: readonly RuleChange[];
  names: Names;
  inForce: Preview | undefined;
  tried: Preview | undefined;
  days: number;
  problem: Problem | undefined;
  busy: boolean;
  onSave: (reason: string, confirm: boolean) => void;
  onClose: () => void;
}

/** Before rules hold: what changes, what it would have done, and why. */
export function SaveDialog(props: SaveProps) {
  return (
    <Dialog open wide onClose={props.onClose} title="Save the rules" description={`${changeWords(props.changes)}; in force at once, for what comes in from now on.`}>
      <SaveForm {...props} />
    </Dialog>
  );
}

function SaveForm({ changes, names, inForce, tried, days, problem, busy, onSave, onClose }: SaveProps) {
  const [reason, setReason] = useState("");
  const [meant, setMeant] = useState(false);
  const broad = broadOf(problem);
  return (
    <Form
      onSubmit={() => onSave(reason.trim(), meant)}
      error={broad ? undefined : problem}
      shown={["reason"]}
      footer={
        <>
          <Button onClick={onClose}>Go on editing</Button>
          <Button type="submit" tone={broad ? "danger" : "primary"} busy={busy} blocked={(reason.trim() === "" && "Say why first") || (broad && !meant && "Confirm first that it is meant")}>
            {broad ? "Save all the same" : "Save"}
          </Button>
        </>
      }
    >
      <DifferenceList changes={changes} names={names} label="What changes" />
      {inForce && tried && tried.of > 0 && (
        <p>
          With the findings of the last {formatPlural(days, { one: "day", other: "days" })}: {formatCount(inForce.tickets)} →{" "}
          <strong>{formatPlural(tried.tickets, { one: "ticket", other: "tickets" })}</strong> <span className="muted">({deltaWords(inForce.tickets, tried.tickets)})</span>
        </p>
      )}
      <TextArea label="Why" rows={2} maxLength={4000} value={reason} error={problem?.field("reason")} onChange={(event) => setReason(event.target.value)} />
      <div role="alert">
        {broad && (
          <div className="save-broad">
            <p>
              <strong>▲ “{broad.rule}” silences {share(broad)}.</strong> {words(broad)} Nobody would be told of them until it ends.
            </p>
            <Checkbox label={`I mean it: silence them with “${broad.rule}”`} checked={meant} onChange={(event) => setMeant(event.target.checked)} />
          </div>
        )}
      </div>
    </Form>
  );
}

export interface Broad {
  rule: string;
  matched: number;
  of: number;
}

/** What a refusal says of a rule that silences too much. */
export function broadOf(problem: Problem | undefined): Broad | undefined {
  if (problem?.slug !== "matches-everything") return undefined;
  const { rule, matched, of } = problem.body;
  return { rule: typeof rule === "string" ? rule : "A rule", matched: Number(matched) || 0, of: Number(of) || 0 };
}

function share({ matched, of }: Broad): string {
  return of === 0 || matched >= of ? "everything" : "more than half of what comes in";
}

function words({ matched, of }: Broad): string {
  return of === 0 ? "Nothing has come in yet to try it on." : `It matches ${formatCount(matched)} of the last ${formatCount(of)} findings.`;
}
