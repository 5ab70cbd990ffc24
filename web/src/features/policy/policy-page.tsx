import { useBlocker, useNavigate } from "@tanstack/react-router";
import { useLayoutEffect, useRef, useState } from "react";
import { $api } from "@/api/client";
import { useCan } from "@/api/session";
import { formatCount } from "@/lib/format";
import { useNow } from "@/lib/now";
import { toProblem } from "@/lib/problem";
import { ActionButton } from "@/ui/button";
import { ConfirmDialog } from "@/ui/dialog";
import { Loaded, NoPermission } from "@/ui/loaded";
import { Page } from "@/ui/panel";
import { Banner } from "@/ui/states";
import { Time } from "@/ui/time";
import { marksOf } from "./attention";
import { differences } from "./diff";
import { type Edit, placeOf, plain } from "./draft";
import { Flow } from "./flow";
import { ListsPanel } from "./lists-panel";
import { Overtaken } from "./overtaken";
import { PreviewPanel } from "./preview-panel";
import { openerId } from "./rule-row";
import { broadOf, SaveDialog } from "./save-dialog";
import { type RowState, SectionPanel } from "./section-panel";
import { sections } from "./sections";
import type { Policy, SectionId } from "./types";
import { useNames } from "./use-names";
import { usePolicy } from "./use-policy";
import { usePolicyActions } from "./use-policy-actions";
import { matchedOf, usePreview } from "./use-preview";
import "./policy.css";

const DAYS = 7;
const IDLE_DAYS = 30;

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

function Editor({ policy, canEdit }: { policy: Policy; canEdit: boolean }) {
  const navigate = useNavigate();
  const [saving, setSaving] = useState(false);
  const draft = usePolicy(policy, () => setSaving(false));
  const known = useNames();
  const [days, setDays] = useState(DAYS);
  const [open, setOpen] = useState<string>();
  const rules = plain(draft.draft);
  const preview = usePreview(rules, days, canEdit);
  const inForce = usePreview(policy, days, canEdit && draft.dirty);
  const states = useRowStates(draft.draft, policy, preview.isPlaceholderData ? undefined : preview.data, known.isActive, canEdit);
  const lists = $api.useQuery("get", "/lists", {});

  const tried = preview.error ? toProblem(preview.error) : undefined;
  // A rule that silences too much is shown where it has to be confirmed.
  const refused = broadOf(draft.problem) ? undefined : draft.problem;
  const problem = refused ?? (tried && placeOf(tried) ? tried : undefined);
  const place = problem && placeOf(problem);
  const actions = usePolicyActions({
    draft,
    canEdit,
    mistake: place && problem?.message,
    setOpen,
    onSave: () => {
      draft.forget();
      setSaving(true);
    },
    onHistory: () => void navigate({ to: "/policy/history" }),
  });
  const keepFocus = useKeptFocus(draft.draft, open);
  const [said, setSaid] = useState("");
  const edit = (section: SectionId) => (change: Edit) => {
    const list = draft.draft[section];
    const index = "key" in change ? list.findIndex((rule) => rule.key === change.key) : -1;
    const rule = list[index];
    if (change.do === "remove" && rule) return actions.remove(section, rule, index);
    if (change.do === "move") {
      keepFocus();
      const to = index + 1 + change.by;
      if (to >= 1 && to <= list.length) setSaid(`Now ${to} of ${list.length}`);
    }
    draft.change(change);
  };
  const go = (section: SectionId | "lists") => {
    const head = document.getElementById(`section-${section}`);
    head?.scrollIntoView({ block: "start" });
    head?.focus({ preventScroll: true });
  };
  const urgent = Object.values(states).flat().filter((state) => state.marks.some((mark) => mark.urgent)).length;
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
      {urgent > 0 && (
        <p className="policy-urgent">
          ▲ {urgent === 1 ? "One suppression or window needs" : `${formatCount(urgent)} suppressions and windows need`} attention; each says why.
        </p>
      )}
      {refused && !place && !saving && <Banner tone="danger">{refused.message}</Banner>}
      {canEdit && <Flow preview={tried ? undefined : preview.data} days={days} changed={draft.changed} onGo={go} lists={lists.data?.items.length} />}
      <div className={canEdit ? "policy-columns" : undefined}>
        <div className="policy-sections">
          {sections.map((section) => (
            <SectionPanel
              key={section.id}
              section={section}
              rules={draft.draft[section.id]}
              states={states[section.id]}
              changed={draft.changed.includes(section.id)}
              known={known}
              open={open}
              onOpen={setOpen}
              onEdit={edit(section.id)}
              onAdd={() => actions.add(section.id)}
              problem={problem}
              place={place}
              readOnly={!canEdit}
            />
          ))}
          <ListsPanel lists={lists} />
        </div>
        {canEdit && (
          <PreviewPanel
            preview={preview.data}
            error={preview.error}
            stale={preview.isPlaceholderData}
            onRetry={() => void preview.refetch()}
            inForce={draft.dirty ? inForce.data : undefined}
            days={days}
            onDays={setDays}
          />
        )}
      </div>
      <div role="status" className="visually-hidden">
        {said}
      </div>
      {saving && draft.dirty && !draft.overtaken && !place && (
        <SaveDialog
          changes={differences(draft.base, rules)}
          names={known.names}
          inForce={inForce.data}
          tried={tried ? undefined : preview.data}
          days={days}
          problem={draft.problem}
          busy={draft.saving}
          onSave={draft.save}
          onClose={() => {
            draft.forget();
            setSaving(false);
          }}
        />
      )}
      <Leaving dirty={draft.dirty} />
    </Page>
  );
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

/** What each row says beside its rule: what it took, and what somebody should look at. */
function useRowStates(draft: ReturnType<typeof usePolicy>["draft"], policy: Policy, preview: Parameters<typeof matchedOf>[0], isActive: (id: string) => boolean | undefined, canEdit: boolean): Record<SectionId, RowState[]> {
  const now = useNow(60_000);
  const month = usePreview(policy, IDLE_DAYS, canEdit && policy.suppressions.length > 0);
  // Where not all findings were looked at, nobody knows that none matched.
  const asked = month.data?.truncated === false ? month.data : undefined;
  const states = sections.map(({ id }) => {
    const rules = draft[id];
    const rows = rules.map((rule, i): RowState => {
      const inMonth = asked?.by_rule.find((row) => row.section === id && row.id === rule.id)?.matched;
      return { matched: matchedOf(preview, id, i, rules), marks: marksOf(rule, { now, isActive, matched: inMonth }) };
    });
    return [id, rows] as const;
  });
  return Object.fromEntries(states) as Record<SectionId, RowState[]>;
}

/** Moving a row in the document takes the focus from it; this gives it back. A rule that has just been opened gets it in its name. */
function useKeptFocus(draft: unknown, open: string | undefined): () => void {
  const wanted = useRef<string>(undefined);
  useLayoutEffect(() => {
    if (wanted.current) document.getElementById(wanted.current)?.focus();
    wanted.current = undefined;
  }, [draft]);
  useLayoutEffect(() => {
    const row = open && document.getElementById(openerId(open))?.closest("li");
    const name = row ? row.querySelector<HTMLInputElement>(".rule-fields input") : null;
    name?.focus();
    name?.select();
    if (row) row.scrollIntoView({ block: "nearest" });
  }, [open]);
  return () => {
    wanted.current = document.activeElement?.id;
  };
}

/** Changed rules are not lost by a click on something else. */
function Leaving({ dirty }: { dirty: boolean }) {
  const blocker = useBlocker({ shouldBlockFn: ({ current, next }) => dirty && current.pathname !== next.pathname, enableBeforeUnload: dirty, withResolver: true });
  if (blocker.status !== "blocked") return null;
  return (
    <ConfirmDialog
      open
      onClose={blocker.reset}
      title="Leave without saving?"
      description="The rules you have changed are not saved."
      confirm="Leave"
      tone="danger"
      onConfirm={blocker.proceed}
    />
  );
}
