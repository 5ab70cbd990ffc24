import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { $api, ifMatch } from "@/api/client";
import { useCan } from "@/api/session";
import { type Action, useActions } from "@/lib/actions";
import { toProblem } from "@/lib/problem";
import { ActionButton } from "@/ui/button";
import { cx } from "@/ui/cx";
import { Loaded, NoPermission } from "@/ui/loaded";
import { Page } from "@/ui/panel";
import { EmptyState, Skeleton } from "@/ui/states";
import { notify, notifyError } from "@/ui/toast";
import { HealthPanel } from "./health-view";
import { testPromise } from "./health-words";
import { ReconcilePanel } from "./reconcile-panel";
import { RemoveDialog } from "./remove-dialog";
import { Rotation } from "./rotation";
import { SettingsFacts, SettingsPanel } from "./settings-panel";
import { SlackPanel } from "./slack-steps";
import { TestPanel } from "./test-panel";
import type { Connection, Manifest } from "./types";
import "./connections.css";

const WebhookPanels = lazy(() => import("./webhook-panel"));

/** One connection: how it is doing, whether it works, and its settings. */
export function ConnectionPage() {
  const { id } = useParams({ from: "/shell/connections/$id" });
  const can = useCan();
  const connection = $api.useQuery("get", "/connections/{id}", { params: { path: { id } } }, { refetchInterval: 5000 });
  const kinds = $api.useQuery("get", "/connectors", {}, { staleTime: Infinity });
  if (!can("connection.read") && !can("connection.manage")) return <NoPermission what="seeing connections" />;
  if (connection.error && toProblem(connection.error).status === 404) return <Gone />;
  return (
    <Loaded query={connection} label="Loading the connection">
      {(c) => (
        <Loaded query={kinds} label="Loading its fields">
          {({ items }) => <Details key={c.id} connection={c} manifest={items.find((m) => m.kind === c.kind)} />}
        </Loaded>
      )}
    </Loaded>
  );
}

function Gone() {
  return (
    <EmptyState title="There is no such connection" actions={<Link to="/connections">All connections</Link>}>
      It may have been removed.
    </EmptyState>
  );
}

function Details({ connection, manifest }: { connection: Connection; manifest: Manifest | undefined }) {
  const may = useCan()("connection.manage");
  const [dirty, setDirty] = useState(false);
  const [removing, setRemoving] = useState(false);
  const { test, run, toggle, remove, busy } = useConnectionActions(connection, may, dirty, () => setRemoving(true));
  const removal = useRemoval(connection);
  // The form that led here was long; this page begins at its beginning.
  useEffect(() => {
    document.querySelector(".page-head")?.scrollIntoView({ block: "end" });
  }, []);
  const called = connection.kind === "webhook";
  const traffic = called ? "called" : manifest?.tells ? "told" : "read";
  const side = (
    <div className="connection-side">
      <HealthPanel health={connection.health} traffic={traffic} />
      {called && (
        <Suspense fallback={<Skeleton lines={4} label="Loading how it is called" />}>
          <WebhookPanels connection={connection} may={may} />
        </Suspense>
      )}
      {connection.kind === "slack" && <SlackPanel connection={connection} />}
      {!called && (
        <Rotation connection={connection} may={may}>
          Calls are signed with the secret before, too.
        </Rotation>
      )}
      <ReconcilePanel connection={connection} may={may} />
      {may && <TestPanel promise={testPromise(traffic)} button={<ActionButton action={run} busy={test.isPending} />} busy={test.isPending} result={test.data} error={test.error} />}
    </div>
  );
  return (
    <Page
      title={connection.name}
      lead={<Link to="/connections">All connections</Link>}
      actions={
        <>
          <ActionButton action={toggle} busy={busy} />
          <ActionButton action={remove} />
        </>
      }
    >
      <div className={cx("connection-columns", called && "connection-whole")}>
        {called && side}
        {manifest && may && <SettingsPanel manifest={manifest} connection={connection} onDirty={setDirty} />}
        {manifest && !may && <SettingsFacts manifest={manifest} connection={connection} />}
        {!manifest && <EmptyState title={`This server does not know the kind ${connection.kind}`}>Its settings can’t be shown.</EmptyState>}
        {!called && side}
      </div>
      {removing && <RemoveDialog name={connection.name} busy={removal.isPending} error={removal.error} onRemove={removal.remove} onClose={() => setRemoving(false)} />}
    </Page>
  );
}

function useConnectionActions(connection: Connection, may: boolean, dirty: boolean, askRemoval: () => void) {
  const client = useQueryClient();
  const navigate = useNavigate({ from: "/connections/$id" });
  const { test: wanted } = useSearch({ from: "/shell/connections/$id" });
  const path = { path: { id: connection.id } };
  const key = $api.queryOptions("get", "/connections/{id}", { params: path }).queryKey;
  const test = $api.useMutation("post", "/connections/{id}/test", { onSettled: () => client.invalidateQueries({ queryKey: key }) });
  const { mutate } = test;
  // Straight after it was added, once: the wish leaves the address, so that reloading does not test again.
  useEffect(() => {
    if (wanted !== "now") return;
    void navigate({ search: {}, replace: true });
    if (may) mutate({ params: { path: { id: connection.id } } });
  }, [wanted, may, mutate, navigate, connection.id]);
  const change = $api.useMutation("patch", "/connections/{id}", {
    onSuccess: (saved) => {
      client.setQueryData(key, saved);
      notify(saved.enabled ? `${saved.name} is switched on` : `${saved.name} is switched off`);
    },
    onError: (error) => {
      notifyError("It was not switched", error);
      void client.invalidateQueries({ queryKey: key });
    },
  });
  const run: Action = {
    id: "connection.test",
    label: "Test",
    group: "Connection",
    keys: "t",
    hidden: !may,
    blocked: test.isPending ? "A test is running" : dirty && "Save the changes first: what is stored is tested",
    run: () => test.mutate({ params: path }),
  };
  const toggle: Action = {
    id: "connection.toggle",
    label: connection.enabled ? "Switch off" : "Switch on",
    group: "Connection",
    keys: "e",
    hidden: !may,
    blocked: change.isPending && "It is being switched",
    run: () => change.mutate({ params: { ...path, header: ifMatch(connection.rev) }, body: { enabled: !connection.enabled } }),
  };
  const remove: Action = { id: "connection.remove", label: "Remove…", group: "Connection", hidden: !may, run: askRemoval };
  useActions([run, toggle, remove]);
  return { test, run, toggle, remove, busy: change.isPending };
}

function useRemoval(connection: Connection) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const removal = $api.useMutation("delete", "/connections/{id}", {
    onSuccess: () => {
      notify(`${connection.name} was removed`);
      void client.invalidateQueries({ queryKey: $api.queryOptions("get", "/connections", {}).queryKey });
      void navigate({ to: "/connections" });
    },
  });
  return { ...removal, remove: () => removal.mutate({ params: { path: { id: connection.id } } }) };
}
