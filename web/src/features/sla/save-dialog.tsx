import { useState } from "react";
import type { Problem } from "@/lib/problem";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { TextArea } from "@/ui/field";
import { Form } from "@/ui/form";
import { type Change, changeWords } from "./diff";
import { DifferenceList } from "./difference-list";
import type { DocNames } from "./words";

interface SaveProps {
  changes: readonly Change[];
  names: DocNames;
  problem: Problem | undefined;
  busy: boolean;
  onSave: (reason: string) => void;
  onClose: () => void;
}

/** Before targets hold: what changes, for which tickets, and why. */
export function SaveDialog(props: SaveProps) {
  return (
    <Dialog open wide onClose={props.onClose} title="Save the targets" description={`${changeWords(props.changes)}. It holds for tickets that open from now on; running clocks keep their version until they are re-based.`}>
      <SaveForm {...props} />
    </Dialog>
  );
}

function SaveForm({ changes, names, problem, busy, onSave, onClose }: SaveProps) {
  const [reason, setReason] = useState("");
  return (
    <Form
      onSubmit={() => onSave(reason.trim())}
      error={problem}
      shown={["reason"]}
      footer={
        <>
          <Button onClick={onClose}>Go on editing</Button>
          <Button type="submit" tone="primary" busy={busy} blocked={reason.trim() === "" && "Say why first"}>
            Save
          </Button>
        </>
      }
    >
      <DifferenceList changes={changes} names={names} label="What changes" />
      <TextArea label="Why" rows={2} maxLength={4000} value={reason} error={problem?.field("reason")} onChange={(event) => setReason(event.target.value)} />
    </Form>
  );
}
