import { Link, useNavigate } from "@tanstack/react-router";
import { $api } from "@/api/client";
import { useCan } from "@/api/session";
import { type Action, useActions } from "@/lib/actions";
import { formatCount } from "@/lib/format";
import { ActionButton } from "@/ui/button";
import { Loaded, NoPermission } from "@/ui/loaded";
import { Page } from "@/ui/panel";
import { EmptyState } from "@/ui/states";
import { Table, type TableColumn } from "@/ui/table";
import { HealthLine } from "./health-view";
import type { Connection, Manifest } from "./types";
import "./connections.css";

/** The outside systems and how each is doing. */
export function ConnectionsPage() {
  const can = useCan();
  if (!can("connection.read") && !can("connection.manage")) return <NoPermission what="seeing connections" />;
  return <List />;
}

function List() {
  const can = useCan();
  const navigate = useNavigate();
  const list = $api.useQuery("get", "/connections", {}, { refetchInterval: 5000 });
  const kinds = $api.useQuery("get", "/connectors", {}, { staleTime: Infinity });
  const add: Action = {
    id: "connection.add",
    label: "Add connection",
    group: "Connections",
    keys: "n",
    hidden: !can("connection.manage"),
    run: () => void navigate({ to: "/connections/new" }),
  };
  useActions([add]);
  return (
    <Page title="Connections" intro="Outside systems: where findings come from, and over which people are told." actions={<ActionButton action={add} tone="primary" />}>
      <Loaded query={list} label="Loading connections">
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title="No connections yet" actions={<ActionButton action={add} />}>
              A connection reads findings from an outside system. Without one they can still be sent to POST /findings, or with the command tocsin
              finding send.
            </EmptyState>
          ) : (
            <Table label="Connections" columns={columnsFor(kinds.data?.items ?? [])} rows={items} rowKey={(c) => c.id} />
          )
        }
      </Loaded>
    </Page>
  );
}

function columnsFor(kinds: readonly Manifest[]): TableColumn<Connection>[] {
  return [
    {
      id: "name",
      head: "Name",
      cell: (c) => (
        <Link to="/connections/$id" params={{ id: c.id }} className="strong">
          {c.name}
        </Link>
      ),
    },
    { id: "kind", head: "Kind", cell: (c) => kinds.find((kind) => kind.kind === c.kind)?.title ?? c.kind },
    { id: "health", head: "Health", cell: (c) => <HealthLine health={c.health} traffic={kinds.find((kind) => kind.kind === c.kind)?.tells ? "told" : "read"} /> },
    { id: "error", head: "Last error", grow: true, cell: (c) => <span title={c.health.last_error} className={c.health.state === "failing" ? undefined : "muted"}>{c.health.last_error}</span> },
    { id: "received", head: "Received", end: true, cell: (c) => formatCount(c.health.received) },
    { id: "quarantined", head: "In quarantine", end: true, cell: (c) => formatCount(c.health.quarantined) },
  ];
}
