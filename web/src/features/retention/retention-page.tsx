import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { $api, ifMatch } from "@/api/client";
import { useCan } from "@/api/session";
import { type Action, useActions } from "@/lib/actions";
import { formatBytes } from "@/lib/format";
import { fieldError } from "@/lib/problem";
import { ActionButton, Button } from "@/ui/button";
import { Facts } from "@/ui/facts";
import { TextField } from "@/ui/field";
import { Form, FormRow, Why } from "@/ui/form";
import { Loaded, NoPermission } from "@/ui/loaded";
import { Page, Panel } from "@/ui/panel";
import { Time } from "@/ui/time";
import { notify } from "@/ui/toast";
import { countWords, draftOf, isChanged, settingsOf } from "./draft";
import { PreviewPanel } from "./preview-panel";
import type { Draft, Retention } from "./types";

/** How long things are kept: what goes and when, tried before it is saved. */
export function RetentionPage() {
  const can = useCan();
  const query = $api.useQuery("get", "/retention", {}, { enabled: can("retention.manage") || can("installation.read") });
  if (!can("retention.manage") && !can("installation.read")) return <NoPermission what="retention" />;
  return (
    <Page
      title="Retention"
      narrow
      intro="How long things are kept; 0 days is for ever. Open tickets and those tagged hold are never removed, and the record of what was done stays in any case."
    >
      <Loaded query={query} label="Loading how long things are kept">
        {(kept) => <Screen key={kept.rev} kept={kept} />}
      </Loaded>
    </Page>
  );
}

function Screen({ kept }: { kept: Retention }) {
  const can = useCan();
  const [draft, setDraft] = useState(() => draftOf(kept));
  const preview = $api.useMutation("post", "/retention/preview");
  const save = useSave();
  const changed = isChanged(draft, kept);
  const set = (name: keyof Draft) => (value: string) => {
    setDraft((old) => ({ ...old, [name]: value }));
    preview.reset(); // it was of other settings
  };
  const look: Action = { id: "retention.preview", label: "What would go now?", group: "Retention", keys: "v", run: () => preview.mutate({ body: settingsOf(draft) }) };
  useActions([look]);
  const error = (name: string) => fieldError(save.error ?? preview.error, name);
  return (
    <>
      <Panel title="How long">
        <Form
          onSubmit={() => save.mutate({ body: settingsOf(draft), headers: ifMatch(kept.rev) })}
          error={save.error ?? preview.error}
          shown={fields}
          footer={
            <>
              <Why>{!changed && "Nothing is changed."}</Why>
              <ActionButton action={look} busy={preview.isPending} />
              {changed && <Button onClick={() => setDraft(draftOf(kept))}>Undo</Button>}
              <Button type="submit" tone="primary" busy={save.isPending} blocked={!can("retention.manage") ? "You may look, but not change it." : !changed && "Nothing is changed."}>
                Save
              </Button>
            </>
          }
        >
          <FormRow>
            <Days label="Originals of findings without a ticket" help="The bytes as they came, since they were last received. The finding itself stays." value={draft.originals_days} onValue={set("originals_days")} error={error("originals_days")} />
            <Days label="Findings without a ticket" help="Recorded or suppressed ones, whole, since they were last received." value={draft.findings_days} onValue={set("findings_days")} error={error("findings_days")} />
          </FormRow>
          <FormRow>
            <Days label="Decided quarantine" help="Since somebody decided about it." value={draft.quarantine_days} onValue={set("quarantine_days")} error={error("quarantine_days")} />
            <Days label="Closed tickets" help="With their findings and private text, since they were closed." value={draft.tickets_days} onValue={set("tickets_days")} error={error("tickets_days")} />
          </FormRow>
          <FormRow>
            <TextField label="Keep free, GiB" inputMode="decimal" help="Below it, originals, quarantine and findings go early. 0 and 0 percent: a tenth of the disk, at most 5 GiB." value={draft.min_free_gib} onChange={(event) => set("min_free_gib")(event.target.value)} error={error("min_free_bytes")} />
            <TextField label="Keep free, percent" inputMode="numeric" help="The larger of the two counts." value={draft.min_free_percent} onChange={(event) => set("min_free_percent")(event.target.value)} error={error("min_free_percent")} />
          </FormRow>
          <Days label="Warn without a backup for" help="Administrators are told after so many days. 0 is never." value={draft.backup_days} onValue={set("backup_days")} error={error("backup_days")} />
        </Form>
      </Panel>
      {preview.data && <PreviewPanel preview={preview.data} />}
      <State kept={kept} />
    </>
  );
}

const fields = ["originals_days", "findings_days", "quarantine_days", "tickets_days", "min_free_bytes", "min_free_percent", "backup_days"];

function useSave() {
  const client = useQueryClient();
  return $api.useMutation("put", "/retention", {
    onSuccess: (kept) => {
      client.setQueryData($api.queryOptions("get", "/retention", {}).queryKey, kept);
      notify("Saved. What is over goes within six hours.");
    },
  });
}

interface DaysProps {
  label: string;
  help: string;
  value: string;
  onValue: (value: string) => void;
  error: string | undefined;
}

function Days({ label, help, value, onValue, error }: DaysProps) {
  return <TextField label={`${label}, days`} inputMode="numeric" help={help} value={value} onChange={(event) => onValue(event.target.value)} error={error} />;
}

function State({ kept }: { kept: Retention }) {
  const { disk, last_run: run } = kept;
  return (
    <Panel title="Now">
      <Facts
        facts={[
          ["Disk", disk.known ? `${formatBytes(disk.free)} of ${formatBytes(disk.total)} free` : "On another machine; watch it there"],
          ["Things go early below", disk.known && formatBytes(disk.wanted)],
          ["New findings are refused below", disk.known && formatBytes(disk.floor)],
          ["Last removed", run && <span><Time at={run.at} /> {run.cause === "disk" && "early, since the disk was low"} <span className="muted">{countWords(run.counts)}</span></span>],
          ["Last changed", kept.updated_at && <span><Time at={kept.updated_at} /> by {kept.updated_by_name || "somebody"}</span>],
        ]}
      />
    </Panel>
  );
}
