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
import { GroupList, Parts } from "./group-list";
import { chosen, type Group } from "./groups";
import { KeptDetail } from "./kept-detail";
import { type State, states, useDecisions, useGroups, useParts } from "./use-quarantine";
import { useQuarantineActions } from "./use-quarantine-actions";
import "./quarantine.css";

/** What came in and could not be read: why, the bytes as they are, and another try. */
export function QuarantinePage() {
  const can = useCan();
  const allowed = can("quarantine.manage");
  const search = useSearch({ from: "/shell/quarantine" });
  const state = states.find((one) => one === search.state) ?? "new";
  const groups = useGroups(state, allowed);
  if (!allowed) return <NoPermission what="managing the quarantine" />;
  return (
    <Page title="Quarantine" lead={<States state={state} />} intro="Kept aside because it could not be read. It may be evidence: dismissing keeps the bytes." fill>
      <Loaded query={groups} label="Loading the quarantine">
        {({ items, next_cursor }) => (items.length === 0 ? <Nothing state={state} /> : <Split groups={items} complete={next_cursor === ""} state={state} />)}
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

function Split({ groups, complete, state }: { groups: readonly Group[]; complete: boolean; state: State }) {
  const search = useSearch({ from: "/shell/quarantine" });
  const navigate = useNavigate({ from: "/quarantine" });
  const group = chosen(groups, search.group);
  const parts = useParts(state, group?.id);
  const item = chosen(parts.items, search.sel);
  if (!group) return null;
  const open = (id: string) => void navigate({ search: (old) => ({ ...old, group: id, sel: undefined }), replace: true });
  const select = (id: string) => void navigate({ search: (old) => ({ ...old, group: group.id, sel: id }), replace: true });
  return (
    <div className="quarantine-split">
      <div className="quarantine-groups">
        <GroupList groups={groups} open={group.id} onOpen={open}>
          <Parts parts={parts} selected={item?.id} onSelect={select} />
        </GroupList>
        {!complete && <p className="muted">Only the {formatCount(groups.length)} largest groups are shown.</p>}
      </div>
      <Chosen groups={groups} group={group} parts={parts} state={state} open={open} select={select} selected={search.sel} />
    </div>
  );
}

interface ChosenProps {
  groups: readonly Group[];
  group: Group;
  parts: ReturnType<typeof useParts>;
  state: State;
  open: (id: string) => void;
  select: (id: string) => void;
  selected: string | undefined;
}

/** The part that is chosen, and what can be done with it and its group. */
function Chosen({ groups, group, parts, state, open, select, selected }: ChosenProps) {
  const decisions = useDecisions();
  const [dismissing, setDismissing] = useState<"part" | "group">();
  const item = chosen(parts.items, selected);
  const actions = useQuarantineActions({ groups, group, items: parts.items, item, state, decisions, open, select, dismiss: setDismissing });
  const dismiss = async (reason: string) => {
    const done = dismissing === "group" ? await decisions.dismissGroup(group, reason) : item && (await decisions.dismiss(item, reason));
    if (done) setDismissing(undefined);
  };
  return (
    <>
      {item && (
        <KeptDetail item={item}>
          <Buttons actions={actions} group={group} state={state} busy={decisions.busy} />
        </KeptDetail>
      )}
      {dismissing && (
        <DismissDialog
          count={dismissing === "group" ? group.count : 1}
          busy={decisions.busy}
          onClose={() => setDismissing(undefined)}
          onConfirm={(reason) => void dismiss(reason)}
        />
      )}
    </>
  );
}

function Buttons({ actions, group, state, busy }: { actions: ReturnType<typeof useQuarantineActions>; group: Group; state: State; busy: boolean }) {
  const many = group.count > 1 && state === "new";
  return (
    <div className="quarantine-buttons">
      <ActionButton action={actions.retry} tone="primary" busy={busy} />
      <ActionButton action={actions.dismiss} busy={busy} />
      {many && <ActionButton action={actions.retryGroup} tone="quiet" busy={busy} />}
      {many && <ActionButton action={actions.dismissGroup} tone="quiet" busy={busy} />}
    </div>
  );
}
