import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { $api, api, ifMatch } from "@/api/client";
import { type Action, useActions } from "@/lib/actions";
import { formatList } from "@/lib/format";
import { ActionButton } from "@/ui/button";
import { Loaded } from "@/ui/loaded";
import { Panel } from "@/ui/panel";
import { EmptyState, Skeleton } from "@/ui/states";
import { notify } from "@/ui/toast";
import { chosenOf, ComparedWith, PutBack, VersionList } from "@/ui/versions";
import { changeWords, differences } from "./diff";
import { DifferenceList } from "./difference-list";
import { sectionTitles } from "./draft";
import type { HistoryEntry, SectionId } from "./types";
import { docNames, type DocNames } from "./words";

/** Who changed the targets, when, why and how; any earlier version can be put back. */
export function HistoryTab({ canEdit, names }: { canEdit: boolean; names: DocNames }) {
  const history = $api.useQuery("get", "/sla/history", {});
  return (
    <Loaded query={history} label="Loading the history">
      {({ items }) => <Screen items={items} canEdit={canEdit} names={names} />}
    </Loaded>
  );
}

function Screen({ items, canEdit, names }: { items: readonly HistoryEntry[]; canEdit: boolean; names: DocNames }) {
  const search = useSearch({ from: "/shell/sla" });
  const navigate = useNavigate({ from: "/sla" });
  const [asking, setAsking] = useState(false);
  const { newest, chosen, before, place } = chosenOf(items, search.rev, search.with);
  const choose = (entry: HistoryEntry | undefined) => entry && void navigate({ search: { tab: "history", rev: String(entry.rev) }, replace: true });
  const putBack: Action = { id: "sla.put-back", label: `Put version ${chosen?.rev ?? ""} back…`, group: "SLA", hidden: !canEdit || !chosen, blocked: chosen === newest && "It is in force", run: () => setAsking(true) };
  useActions([
    putBack,
    { id: "sla.newer", label: "Newer version", group: "SLA", keys: "k,ArrowUp", keyOnly: true, run: () => choose(items[place - 1]) },
    { id: "sla.older", label: "Older version", group: "SLA", keys: "j,ArrowDown", keyOnly: true, run: () => choose(items[place + 1]) },
  ]);
  if (!chosen || !newest) return <EmptyState title="Nothing has been changed yet">The targets are those that the installation began with.</EmptyState>;
  return (
    <div className="sla-columns">
      <VersionList
        items={items}
        chosen={chosen}
        word="version"
        said={(entry) => (entry.back_to > 0 ? `Version ${entry.back_to} put back. ${entry.reason}` : entry.reason || (entry.rev === 1 ? "What the installation began with" : "no reason given"))}
        by={(entry) => [entry.by_name, formatList(entry.sections.map((id) => sectionTitles[id as SectionId] ?? id))].filter(Boolean).join(" · ")}
        link={(entry, props) => <Link to="/sla" search={{ tab: "history", rev: String(entry.rev) }} replace activeProps={{}} activeOptions={{ exact: true }} {...props} />}
      />
      <Differences chosen={chosen} before={before} items={items} names={names} putBack={putBack} onBefore={(value) => void navigate({ search: { tab: "history", rev: String(chosen.rev), with: value }, replace: true })} />
      {asking && <PutItBack entry={chosen} newest={newest} onClose={() => setAsking(false)} />}
    </div>
  );
}

/** A version never changes. */
function useVersion(rev: number | undefined) {
  return useQuery({
    queryKey: ["sla-version", rev],
    queryFn: async ({ signal }) => (await api.GET("/sla/history/{rev}", { params: { path: { rev: rev ?? 0 } }, signal })).data ?? null,
    enabled: rev !== undefined,
    staleTime: Infinity,
  });
}

interface DifferencesProps {
  chosen: HistoryEntry;
  before: HistoryEntry | undefined;
  items: readonly HistoryEntry[];
  names: DocNames;
  putBack: Action;
  onBefore: (rev: string) => void;
}

function Differences({ chosen, before, items, names, putBack, onBefore }: DifferencesProps) {
  const now = useVersion(chosen.rev);
  const old = useVersion(before?.rev);
  const changes = now.data && old.data ? differences(old.data, now.data) : undefined;
  return (
    <Panel title={`Version ${chosen.rev}`} aside={<ActionButton action={putBack} />}>
      {before && <ComparedWith items={items} chosen={chosen} before={before} word="version" onChange={onBefore} />}
      {!before ? (
        <p>Nothing came before it.</p>
      ) : changes && now.data ? (
        <>
          <p className="muted">{changeWords(changes)}</p>
          <DifferenceList changes={changes} names={docNames(now.data, names)} label={`What differs from version ${before.rev}`} />
        </>
      ) : now.error || old.error ? (
        <Loaded query={now.error ? now : old} label="Loading the versions">
          {() => null}
        </Loaded>
      ) : (
        <Skeleton lines={5} label="Loading the versions" />
      )}
    </Panel>
  );
}

function PutItBack({ entry, newest, onClose }: { entry: HistoryEntry; newest: HistoryEntry; onClose: () => void }) {
  const client = useQueryClient();
  const undo = $api.useMutation("post", "/sla/undo", {
    onSuccess: (saved) => {
      client.setQueryData($api.queryOptions("get", "/sla", {}).queryKey, saved);
      void client.invalidateQueries({ queryKey: ["get", "/sla/history"] });
      notify(`Version ${entry.rev} is back, as version ${saved.rev}`);
      onClose();
    },
    onError: () => void client.invalidateQueries({ queryKey: ["get", "/sla/history"] }),
  });
  return (
    <PutBack
      rev={entry.rev}
      newest={newest.rev}
      word="version"
      effect="It is for tickets that open from then on."
      busy={undo.isPending}
      error={undo.error}
      onConfirm={(reason) => undo.mutate({ headers: ifMatch(newest.rev), body: { to_rev: entry.rev, reason } })}
      onClose={onClose}
    />
  );
}
