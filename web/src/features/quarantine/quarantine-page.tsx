import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useCan } from "@/api/session";
import { formatCode, formatCount } from "@/lib/format";
import { ActionButton } from "@/ui/button";
import { Loaded, NoPermission } from "@/ui/loaded";
import { Page } from "@/ui/panel";
import { EmptyState } from "@/ui/states";
import { ViewTabs } from "@/ui/tabs";
import { DismissDialog } from "./dismiss-dialog";
import { GroupList } from "./group-list";
import { type Group, groupByReason, type QuarantineItem } from "./groups";
import { KeptDetail } from "./kept-detail";
import { type Kept, type State, states, useDecisions, useKept } from "./use-quarantine";
import { useQuarantineActions } from "./use-quarantine-actions";
import "./quarantine.css";

/** What came in and could not be read: why, the bytes as they are, and another try. */
export function QuarantinePage() {
  const can = useCan();
  const allowed = can("quarantine.manage");
  const search = useSearch({ from: "/shell/quarantine" });
  const state = states.find((one) => one === search.state) ?? "new";
  const kept = useKept(state, allowed);
  if (!allowed) return <NoPermission what="managing the quarantine" />;
  return (
    <Page title="Quarantine" lead={<States state={state} />} intro="Kept aside because it could not be read. It may be evidence: dismissing keeps the bytes." fill>
      <Loaded query={kept} label="Loading the quarantine">
        {(all) => (all.items.length === 0 ? <Nothing state={state} /> : <Split kept={all} state={state} selected={search.sel} />)}
      </Loaded>
    </Page>
  );
}

function States({ state }: { state: State }) {
  return (
    <ViewTabs label="States">
      {states.map((one) => (
        <Link key={one} to="/quarantine" search={one === "new" ? {} : { state: one }} className="tab" activeProps={{}} activeOptions={{ exact: true }} aria-current={one === state ? "page" : undefined}>
          {formatCode(one)}
        </Link>
      ))}
    </ViewTabs>
  );
}

function Nothing({ state }: { state: State }) {
  if (state !== "new") return <EmptyState title={`Nothing was ${state}`} />;
  return <EmptyState title="Nothing in quarantine">Everything that came in could be read.</EmptyState>;
}

function Split({ kept, state, selected }: { kept: Kept; state: State; selected: string | undefined }) {
  const navigate = useNavigate({ from: "/quarantine" });
  const groups = groupByReason(kept.items);
  const inOrder = groups.flatMap((group) => group.items);
  const item = inOrder.find((one) => one.id === selected) ?? inOrder[0];
  const decisions = useDecisions();
  const [dismissing, setDismissing] = useState<readonly QuarantineItem[]>();
  const select = (id: string) => void navigate({ search: (old) => ({ ...old, sel: id }), replace: true });
  const group = groups.find((one) => item && one.items.includes(item));
  const actions = useQuarantineActions({ items: inOrder, item, group, state, decisions, select, dismiss: setDismissing });
  return (
    <div className="quarantine-split">
      <div className="quarantine-groups">
        <GroupList groups={groups} selected={item?.id} onSelect={select} />
        {!kept.complete && <p className="muted">Only the newest {formatCount(kept.items.length)} are shown.</p>}
      </div>
      {item && group && (
        <KeptDetail item={item}>
          <Buttons actions={actions} group={group} state={state} busy={decisions.busy} />
        </KeptDetail>
      )}
      {dismissing && (
        <DismissDialog
          count={dismissing.length}
          busy={decisions.busy}
          onClose={() => setDismissing(undefined)}
          onConfirm={(reason) => void decisions.dismiss(dismissing, reason).then((all) => all && setDismissing(undefined))}
        />
      )}
    </div>
  );
}

function Buttons({ actions, group, state, busy }: { actions: ReturnType<typeof useQuarantineActions>; group: Group; state: State; busy: boolean }) {
  const many = group.items.length > 1 && state === "new";
  return (
    <div className="quarantine-buttons">
      <ActionButton action={actions.retry} tone="primary" busy={busy} />
      <ActionButton action={actions.dismiss} busy={busy} />
      {many && <ActionButton action={actions.retryGroup} tone="quiet" busy={busy} />}
      {many && <ActionButton action={actions.dismissGroup} tone="quiet" busy={busy} />}
    </div>
  );
}
