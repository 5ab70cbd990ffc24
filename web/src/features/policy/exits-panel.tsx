import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { $api, ifMatch } from "@/api/client";
import { toProblem } from "@/lib/problem";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Checkbox, TextArea } from "@/ui/field";
import { Form } from "@/ui/form";
import { Panel } from "@/ui/panel";
import { notify } from "@/ui/toast";
import { exits, inOrder } from "./exits";
import type { Policy } from "./types";

/** Which exit checks hold a ticket in its phase; all others are advice. */
export function ExitsPanel({ policy, canEdit }: { policy: Policy; canEdit: boolean }) {
  const [chosen, setChosen] = useState<readonly string[]>();
  const [saving, setSaving] = useState(false);
  const now = chosen ?? policy.exits;
  const toggle = (id: string, on: boolean) => setChosen(inOrder(on ? [...now, id] : now.filter((one) => one !== id)));
  const dirty = inOrder(now).join() !== inOrder(policy.exits).join();
  return (
    <Panel
      title="What must hold before a phase is left"
      aside={
        canEdit && (
          <>
            <Button onClick={() => setChosen(undefined)} blocked={!dirty && "Nothing is changed"}>
              Put back
            </Button>
            <Button tone="primary" onClick={() => setSaving(true)} blocked={!dirty && "Nothing is changed"}>
              Apply the checks…
            </Button>
          </>
        )
      }
    >
      <p className="muted">
        Every check is shown on the ticket as advice. One that is ticked here holds the ticket in its phase until it is met, or waived with a reason of at least 20 characters.
      </p>
      <div className="policy-exits">
        {exits.map((group) => (
          <fieldset key={group.phase} disabled={!canEdit}>
            <legend>{group.phase}</legend>
            {group.checks.map((check) => (
              <Checkbox key={check.id} label={check.text} checked={now.includes(check.id)} onChange={(event) => toggle(check.id, event.target.checked)} />
            ))}
          </fieldset>
        ))}
      </div>
      {saving && (
        <SaveExits
          policy={policy}
          chosen={now}
          onSaved={() => {
            setSaving(false);
            setChosen(undefined);
          }}
          onClose={() => setSaving(false)}
        />
      )}
    </Panel>
  );
}

function SaveExits({ policy, chosen, onSaved, onClose }: { policy: Policy; chosen: readonly string[]; onSaved: () => void; onClose: () => void }) {
  const client = useQueryClient();
  const [reason, setReason] = useState("");
  const save = $api.useMutation("put", "/policy", {
    onSuccess: (saved) => {
      client.setQueryData($api.queryOptions("get", "/policy", {}).queryKey, saved);
      void client.invalidateQueries({ queryKey: ["get", "/policy/history"] });
      notify("The exit checks are saved");
      onSaved();
    },
  });
  const problem = save.error ? toProblem(save.error) : undefined;
  return (
    <Dialog open onClose={onClose} title="Apply the exit checks" description="They hold for every ticket that is moved from now on.">
      <Form
        onSubmit={() => save.mutate({ params: { header: ifMatch(policy.rev) }, body: { exits: inOrder(chosen), reason: reason.trim() } })}
        error={problem}
        shown={["reason"]}
        footer={
          <>
            <Button onClick={onClose}>Go on editing</Button>
            <Button type="submit" tone="primary" busy={save.isPending} blocked={reason.trim() === "" && "Say why first"}>
              Save
            </Button>
          </>
        }
      >
        <TextArea label="Why" rows={2} maxLength={4000} value={reason} error={problem?.field("reason")} onChange={(event) => setReason(event.target.value)} />
      </Form>
    </Dialog>
  );
}
