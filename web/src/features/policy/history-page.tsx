import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { $api, api, ifMatch } from "@/api/client";
import { useCan } from "@/api/session";
import { type Action, useActions } from "@/lib/actions";
import { formatList } from "@/lib/format";
import { ActionButton } from "@/ui/button";
import { Loaded, NoPermission } from "@/ui/loaded";
import { Page, Panel } from "@/ui/panel";
import { EmptyState, Skeleton } from "@/ui/states";
import { notify } from "@/ui/toast";
import { chosenOf, ComparedWith, PutBack, VersionList } from "@/ui/versions";
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
  const { newest, chosen, before, place } = chosenOf(items, rev, other);
  const choose = (entry: HistoryEntry | undefined) => entry && void navigate({ search: { rev: String(entry.rev) }, replace: true });
  const putBack: Action = {
    id: "policy.put-back",
    label: `Put revision ${chosen?.rev ?? ""} back…`,
    group: "History",
    hidden: !canEdit || !chosen,
    blocked: chosen === newest && "It is in force",
    run: () => setAsking(true),
  };
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
          <VersionList
            items={items}
            chosen={chosen}
            word="revision"
            said={(entry) => (entry.rev === 0 ? "What the installation began with" : entry.reason || "no reason given")}
            by={(entry) => [entry.rev > 0 && (entry.by_name || "Tocsin"), formatList(entry.sections.map((id) => sectionOf(id)?.title ?? id))].filter(Boolean).join(" · ")}
            link={(entry, props) => <Link to="/policy/history" search={{ rev: String(entry.rev) }} replace {...props} />}
          />
          <Differences
            chosen={chosen}
            before={before}
            items={items}
            onBefore={(value) => void navigate({ search: { rev: String(chosen.rev), with: value }, replace: true })}
          />
        </div>
      )}
      {asking && chosen && newest && <PutItBack entry={chosen} newest={newest} onClose={() => setAsking(false)} />}
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
  const changes = now.data && old.data ? differences(old.data, now.data) : undefined;
  return (
    <Panel title={`Revision ${chosen.rev}`} aside={changes && changeWords(changes)}>
      {before && <ComparedWith items={items} chosen={chosen} before={before} word="revision" onChange={onBefore} />}
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

function PutItBack({ entry, newest, onClose }: { entry: HistoryEntry; newest: HistoryEntry; onClose: () => void }) {
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
    <PutBack
      rev={entry.rev}
      newest={newest.rev}
      word="revision"
      effect="Its rules hold at once."
      busy={undo.isPending}
      error={undo.error}
      onConfirm={(reason) => undo.mutate({ params: { header: ifMatch(newest.rev) }, body: { to_rev: entry.rev, reason } })}
      onClose={onClose}
    />
  );
}
