import { useBlocker } from "@tanstack/react-router";
import { useState } from "react";
import { $api } from "@/api/client";
import { useCan } from "@/api/session";
import { toProblem } from "@/lib/problem";
import { ActionButton, Button } from "@/ui/button";
import { ConfirmDialog } from "@/ui/dialog";
import { Loaded, NoPermission } from "@/ui/loaded";
import { Page } from "@/ui/panel";
import { Banner, EmptyState } from "@/ui/states";
import { ruleAt, type Policy } from "./draft";
import { PreviewPanel } from "./preview-panel";
import { RuleList } from "./rule-list";
import { type PolicyDraft, usePolicy } from "./use-policy";
import { usePolicyActions } from "./use-policy-actions";
import { usePreview } from "./use-preview";
import "./policy.css";

const DAYS = 7;

/** Which findings open a ticket: rules that people read, change and try before they hold. */
export function PolicyPage() {
  const can = useCan();
  const allowed = can("policy.edit") || can("finding.read");
  const policy = $api.useQuery("get", "/policy", {}, { enabled: allowed });
  if (!allowed) return <NoPermission what="the ticketing policy" />;
  return (
    <Loaded query={policy} label="Loading the policy">
      {(loaded) => <Editor policy={loaded} canEdit={can("policy.edit")} />}
    </Loaded>
  );
}

function Editor({ policy, canEdit }: { policy: Policy; canEdit: boolean }) {
  const draft = usePolicy(policy);
  const [days, setDays] = useState(DAYS);
  const preview = usePreview(draft.rules, days, canEdit);
  const saved = usePreview(policy.rules, days, canEdit && draft.dirty);
  const tried = preview.error ? toProblem(preview.error) : undefined;
  const problem = draft.error ?? (tried && ruleAt(tried) ? tried : undefined);
  const actions = usePolicyActions(draft, canEdit, problem && ruleAt(problem)?.index);
  return (
    <Page
      title="Policy"
      intro="Rules are asked from the top; the first enabled one that matches decides. A finding that none matches is recorded: kept, searchable, without a ticket."
      actions={
        <>
          <ActionButton action={actions.discard} />
          <ActionButton action={actions.reset} />
          <ActionButton action={actions.add} />
          <ActionButton action={actions.save} tone="primary" busy={draft.saving} />
        </>
      }
    >
      {draft.overtaken && <Overtaken draft={draft} />}
      {!canEdit && <Banner tone="info">You may read the rules; changing them takes another role.</Banner>}
      {problem && !ruleAt(problem) && <Banner tone="danger">{problem.message}</Banner>}
      <div className={canEdit ? "policy-columns" : undefined}>
        {draft.rules.length === 0 ? (
          <EmptyState title="No rules">Every finding is recorded and none opens a ticket.</EmptyState>
        ) : (
          <RuleList rules={draft.rules} matched={preview.isPlaceholderData || tried ? undefined : preview.data?.by_rule.map((rule) => rule.matched)} problem={problem} disabled={!canEdit} onEdit={draft.change} />
        )}
        {canEdit && (
          <PreviewPanel
            preview={preview.data}
            error={preview.error}
            stale={preview.isPlaceholderData}
            onRetry={() => void preview.refetch()}
            saved={draft.dirty ? saved.data?.would_open : undefined}
            days={days}
            onDays={setDays}
          />
        )}
      </div>
      <Leaving dirty={draft.dirty} />
    </Page>
  );
}

function Overtaken({ draft }: { draft: PolicyDraft }) {
  return (
    <div role="alert">
      <Banner
        tone="warn"
        actions={
          <>
            <Button onClick={draft.loadTheirs}>Load theirs, drop mine</Button>
            <Button onClick={draft.keepMine}>Keep mine to save over theirs</Button>
          </>
        }
      >
        Somebody else has saved other rules while you were changing these.
      </Banner>
    </div>
  );
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
