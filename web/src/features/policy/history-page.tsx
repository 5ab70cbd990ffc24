import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { $api, api, ifMatch } from "@/api/client";
import { useCan } from "@/api/session";
import { type Action, useActions } from "@/lib/actions";
import { formatList } from "@/lib/format";
import { ActionButton } from "@/ui/button";
import { cx } from "@/ui/cx";
import { ConfirmDialog } from "@/ui/dialog";
import { Select } from "@/ui/field";
import { Loaded, NoPermission } from "@/ui/loaded";
import { Page, Panel } from "@/ui/panel";
import { EmptyState, Skeleton } from "@/ui/states";
import { Time } from "@/ui/time";
import { notify } from "@/ui/toast";
import { changeWords, differences } from "./diff";
import { DifferenceList } from "./difference-list";
import { sectionOf } from "./sections";
import type { HistoryEntry } from "./types";
import { useNames } from "./use-names";
import "./policy.css";

/** Who changed the rules, when, why and how; any earlier state can be put back. */
export function HistoryPage() {
  const can = useCan();
  const allowed = can("policy.edit") || can("finding.read");
  const history = $api.useQuery("get", "/policy/history", {}, { enabled: allowed });
  if (!allowed) return <NoPermission what="the rules" />;
  return (
    <Loaded query={history} label="Loading the history">
      {({ items }) => <Screen items={items} canEdit={can("policy.edit")} />}
    </Loaded>
  );
}

function Screen({ items, canEdit }: { items: readonly HistoryEntry[]; canEdit: boolean }) {
  const { rev, with: other } = useSearch({ from: "/shell/policy/history" });
  const navigate = useNavigate({ from: "/policy/history" });
  const [asking, setAsking] = useState(false);
  const [newest] = items;
  const at = items.findIndex((entry) => String(entry.rev) === rev);
  const chosen = items[Math.max(0, at)];
  const before = items.find((entry) => String(entry.rev) === other) ?? items[items.findIndex((entry) => entry === chosen) + 1];
  const choose = (entry: HistoryEntry | undefined) => entry && void navigate({ search: { rev: String(entry.rev) }, replace: true });
  const putBack: Action = {
    id: "policy.put-back",
    label: `Put revision ${chosen?.rev ?? ""} back…`,
    group: "History",
    hidden: !canEdit || !chosen,
    blocked: chosen === newest && "It is in force",
    run: () => setAsking(true),
  };
  const place = items.findIndex((entry) => entry === chosen);
  useActions([
    putBack,
    { id: "policy.newer", label: "Newer revision", group: "History", keys: "k,ArrowUp", keyOnly: true, run: () => choose(items[place - 1]) },
    { id: "policy.older", label: "Older revision", group: "History", keys: "j,ArrowDown", keyOnly: true, run: () => choose(items[place + 1]) },
    { id: "policy.rules", label: "Back to the rules", group: "History", keys: "h", run: () => void navigate({ to: "/policy" }) },
  ]);
  return (
    <Page
      title="History of the rules"
      actions={
        <>
          <Link to="/policy" className="btn btn-plain">
            Rules
          </Link>
          <ActionButton action={putBack} tone="primary" />
        </>
      }
    >
      {!chosen || !newest ? (
        <EmptyState title="Nothing has been changed yet">The rules are those that the installation began with.</EmptyState>
      ) : (
        <div className="history-columns">
          <ol className="history" aria-label="Revisions, newest first">
            {items.map((entry) => (
              <li key={entry.rev}>
                <Link to="/policy/history" search={{ rev: String(entry.rev) }} replace className={cx("history-entry", entry === chosen && "history-chosen")} aria-current={entry === chosen ? "true" : undefined}>
                  <span className="history-head">
                    <strong>Revision {entry.rev}</strong>
                    {entry === newest && <span className="history-state">in force</span>}
                    <span className="muted history-when">
                      <Time at={entry.at} />
                    </span>
                  </span>
                  <span>{entry.rev === 0 ? "What the installation began with" : entry.reason || "no reason given"}</span>
                  <span className="muted">
                    {[entry.rev > 0 && (entry.by_name || "Tocsin"), formatList(entry.sections.map((id) => sectionOf(id)?.title ?? id))].filter(Boolean).join(" · ")}
                  </span>
                </Link>
              </li>
            ))}
          </ol>
          <Differences
            chosen={chosen}
            before={before}
            items={items}
            onBefore={(value) => void navigate({ search: { rev: String(chosen.rev), with: value }, replace: true })}
          />
        </div>
      )}
      {asking && chosen && newest && <PutBack entry={chosen} newest={newest} onClose={() => setAsking(false)} />}
    </Page>
  );
}

/** A document never changes once it is history. */
function useRevision(rev: number | undefined) {
  return useQuery({
    queryKey: ["policy-revision", rev],
    queryFn: async ({ signal }) => (await api.GET("/policy/history/{rev}", { params: { path: { rev: rev ?? 0 } }, signal })).data ?? null,
    enabled: rev !== undefined,
    staleTime: Infinity,
  });
}

interface DifferencesProps {
  chosen: HistoryEntry;
  before: HistoryEntry | undefined;
  items: readonly HistoryEntry[];
  onBefore: (rev: string) => void;
}

function Differences({ chosen, before, items, onBefore }: DifferencesProps) {
  const { names } = useNames();
  const now = useRevision(chosen.rev);
  const old = useRevision(before?.rev);
  const options = items.filter((entry) => entry !== chosen).map((entry) => ({ value: String(entry.rev), label: `Revision ${entry.rev}` }));
  const changes = now.data && old.data ? differences(old.data, now.data) : undefined;
  return (
    <Panel title={`Revision ${chosen.rev}`} aside={changes && changeWords(changes)}>
      {before && <Select label="Compared with" className="rule-short" value={String(before.rev)} options={options} onChange={(event) => onBefore(event.target.value)} />}
      {!before ? (
        <p>Nothing came before it.</p>
      ) : changes ? (
        changes.length === 0 ? <p>Both are the same.</p> : <DifferenceList changes={changes} names={names} label={`What differs from revision ${before.rev}`} />
      ) : now.error || old.error ? (
        <Loaded query={now.error ? now : old} label="Loading the revisions">
          {() => null}
        </Loaded>
      ) : (
        <Skeleton lines={5} label="Loading the revisions" />
      )}
    </Panel>
  );
}

function PutBack({ entry, newest, onClose }: { entry: HistoryEntry; newest: HistoryEntry; onClose: () => void }) {
  const client = useQueryClient();
  const undo = $api.useMutation("post", "/policy/undo", {
    onSuccess: (saved) => {
      client.setQueryData($api.queryOptions("get", "/policy", {}).queryKey, saved);
      void client.invalidateQueries({ queryKey: ["get", "/policy/history"] });
      notify(`Revision ${entry.rev} is back, as revision ${saved.rev}`);
      onClose();
    },
    onError: () => void client.invalidateQueries({ queryKey: ["get", "/policy/history"] }),
  });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Put revision ${entry.rev} back?`}
      description={`Its rules are written again as revision ${newest.rev + 1} and hold at once. Nothing is lost: revision ${newest.rev} stays here.`}
      confirm="Put back"
      reason="Why"
      busy={undo.isPending}
      error={undo.error}
      onConfirm={(reason) => undo.mutate({ params: { header: ifMatch(newest.rev) }, body: { to_rev: entry.rev, reason } })}
    />
  );
}
