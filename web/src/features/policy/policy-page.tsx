import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { $api } from "@/api/client";
import { useCan } from "@/api/session";
import { formatCount } from "@/lib/format";
import { toProblem } from "@/lib/problem";
import { ActionButton } from "@/ui/button";
import { Loaded, NoPermission } from "@/ui/loaded";
import { Page } from "@/ui/panel";
import { Banner } from "@/ui/states";
import { Time } from "@/ui/time";
import { differences } from "./diff";
import { placeIn, placeOf, plain, triable } from "./draft";
import { ExitsPanel } from "./exits-panel";
import { Flow } from "./flow";
import { Leaving } from "./leaving";
import { Overtaken } from "./overtaken";
import { PreviewPanel } from "./preview-panel";
import { broadOf, SaveDialog } from "./save-dialog";
import { SectionList } from "./section-list";
import type { Policy, SectionId } from "./types";
import { useNames } from "./use-names";
import { type PolicyDraft, usePolicy } from "./use-policy";
import { usePolicyActions } from "./use-policy-actions";
import { usePreview } from "./use-preview";
import { urgentOf, useRowStates } from "./use-row-states";
import "./policy.css";

const DAYS = 7;

/** What becomes of a finding: rules that people read, change and try before they hold. */
export function PolicyPage() {
  const can = useCan();
  const allowed = can("policy.edit") || can("finding.read");
  const policy = $api.useQuery("get", "/policy", {}, { enabled: allowed });
  if (!allowed) return <NoPermission what="the rules" />;
  return (
    <Loaded query={policy} label="Loading the rules">
      {(loaded) => <Editor policy={loaded} canEdit={can("policy.edit")} />}
    </Loaded>
  );
}

/** The draft, what it would have done, and what is wrong with it. */
function useEditor(policy: Policy, canEdit: boolean) {
  const [saving, setSaving] = useState(false);
  const [days, setDays] = useState(DAYS);
  const draft = usePolicy(policy, () => setSaving(false));
  const trying = triable(draft.draft);
  const preview = usePreview(plain(trying), days, canEdit);
  const inForce = usePreview(policy, days, canEdit && draft.dirty);
  const tried = preview.error ? toProblem(preview.error) : undefined;
  // A rule that silences too much is shown where it has to be confirmed.
  const refused = broadOf(draft.problem) ? undefined : draft.problem;
  const found = tried && placeIn(draft.draft, placeOf(tried), trying);
  const problem = refused ?? (found ? tried : undefined);
  const place = refused ? placeOf(refused) : found;
  // While newer rules wait to be tried, a mistake in the ones before holds nobody up: the server looks again.
  const mistake = place && (refused || !preview.behind) ? problem?.message : undefined;
  return { draft, days, setDays, saving, setSaving, preview, inForce, tried, refused, problem, place, found, mistake };
}

type EditorState = ReturnType<typeof useEditor>;

function Editor({ policy, canEdit }: { policy: Policy; canEdit: boolean }) {
  const navigate = useNavigate();
  const known = useNames();
  const [open, setOpen] = useState<string>();
  const editor = useEditor(policy, canEdit);
  const { draft, preview, tried, refused, problem, place, days } = editor;
  const states = useRowStates({ draft: draft.draft, policy, preview: preview.isPlaceholderData ? undefined : preview.data, isActive: known.isActive, canEdit });
  const lists = $api.useQuery("get", "/lists", {});
  const actions = usePolicyActions({
    draft,
    canEdit,
    mistake: editor.mistake,
    setOpen,
    onSave: () => {
      draft.forget();
      editor.setSaving(true);
    },
    onHistory: () => void navigate({ to: "/policy/history" }),
  });
  return (
    <Page
      title="Rules"
      lead={<Saved policy={draft.base} />}
      actions={
        <>
          <ActionButton action={actions.history} />
          <ActionButton action={actions.discard} />
          <ActionButton action={actions.save} tone="primary" busy={draft.saving} />
        </>
      }
    >
      {draft.overtaken && <Overtaken draft={draft} names={known.names} />}
      {!canEdit && <Banner tone="info">You may read the rules; changing them takes another role.</Banner>}
      <Urgent count={urgentOf(Object.values(states).flat())} />
      {refused && !place && !editor.saving && <Banner tone="danger">{refused.message}</Banner>}
      {canEdit && <Flow preview={tried ? undefined : preview.data} days={days} changed={draft.changed} onGo={goTo} lists={lists.data?.items.length} />}
      <div className={canEdit ? "policy-columns" : undefined}>
        <SectionList draft={draft} actions={actions} states={states} known={known} lists={lists} open={open} onOpen={setOpen} problem={problem} place={place} readOnly={!canEdit} />
        {canEdit && <Tried editor={editor} />}
      </div>
      <ExitsPanel policy={policy} canEdit={canEdit} />
      {editor.saving && draft.dirty && !draft.overtaken && <Saving editor={editor} names={known.names} />}
      <Leaving dirty={draft.dirty} />
    </Page>
  );
}

function goTo(section: SectionId | "lists") {
  const head = document.getElementById(`section-${section}`);
  head?.scrollIntoView({ block: "start" });
  head?.focus({ preventScroll: true });
}

/** Which revision stands there, and whose it is. */
function Saved({ policy }: { policy: Policy }) {
  if (!policy.updated_at) return <span className="muted">as installed</span>;
  return (
    <span className="muted">
      revision {policy.rev}, saved <Time at={policy.updated_at} /> {policy.updated_by_name && `by ${policy.updated_by_name}`}
    </span>
  );
}

function Urgent({ count }: { count: number }) {
  if (count === 0) return null;
  return (
    <p className="policy-urgent">▲ {count === 1 ? "One suppression or window needs" : `${formatCount(count)} suppressions and windows need`} attention; each says why.</p>
  );
}

function Tried({ editor: { draft, preview, inForce, found, days, setDays } }: { editor: EditorState }) {
  return (
    <PreviewPanel
      preview={preview.data}
      error={preview.error}
      place={found}
      stale={preview.isPlaceholderData || preview.behind}
      onRetry={() => void preview.refetch()}
      inForce={draft.dirty ? inForce.data : undefined}
      days={days}
      onDays={setDays}
    />
  );
}

function Saving({ editor: { draft, preview, inForce, tried, days, setSaving }, names }: { editor: EditorState; names: Parameters<typeof SaveDialog>[0]["names"] }) {
  const close = () => {
    draft.forget();
    setSaving(false);
  };
  return (
    <SaveDialog
      changes={changesOf(draft)}
      names={names}
      inForce={inForce.data}
      tried={tried || preview.behind ? undefined : preview.data}
      days={days}
      problem={draft.problem}
      busy={draft.saving}
      onSave={draft.save}
      onClose={close}
    />
  );
}

function changesOf(draft: PolicyDraft) {
  return differences(draft.base, plain(draft.draft));
}
