import { $api } from "@/api/client";
import { formatBytes, formatCount } from "@/lib/format";
import { Loaded } from "@/ui/loaded";
import { Panel } from "@/ui/panel";
import { Table } from "@/ui/table";
import { Time } from "@/ui/time";
import { Command } from "./command";
import { Rotation } from "./rotation";
import { callCommand, hookSettings, hookUrl } from "./webhook-commands";
import type { Connection } from "./types";

/** How a webhook is called, and what came. */
export default function WebhookPanels({ connection, may }: { connection: Connection; may: boolean }) {
  const url = hookUrl(window.location.origin, connection.id);
  return (
    <>
      <Panel title="How to call it">
        <p>The sender calls this address by POST, with JSON{mapped(connection) ? " or CSV" : ""} in the body.</p>
        <Command label="Address" text={url} />
        <p className="muted">By hand, with the secret in SECRET:</p>
        <Command label="Command" text={callCommand(url, hookSettings(connection))} />
        <Rotation connection={connection} may={may}>
          The secret before is still good beside the new one.
        </Rotation>
      </Panel>
      <Deliveries id={connection.id} />
    </>
  );
}

function mapped(connection: Connection): boolean {
  return ((connection.settings ?? {}) as { format?: string }).format !== "auto";
}

function Deliveries({ id }: { id: string }) {
  const list = $api.useQuery("get", "/connections/{id}/deliveries", { params: { path: { id } } }, { refetchInterval: 5000 });
  return (
    <Panel title="Last deliveries" aside="of the last day">
      <Loaded query={list} label="Loading the last deliveries" lines={3}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="muted">Nothing has been delivered yet. Calls that are refused are counted under Health, and not kept.</p>
          ) : (
            <Table
              label="Last deliveries"
              rows={items}
              rowKey={(d) => d.delivery}
              columns={[
                { id: "at", head: "When", cell: (d) => <Time at={d.at} /> },
                { id: "delivery", head: "Delivery", grow: true, cell: (d) => <code title={d.delivery}>{d.delivery.replace(/^(id|content):/, "")}</code> },
                { id: "size", head: "Size", end: true, cell: (d) => formatBytes(d.size) },
                { id: "parts", head: "Findings", end: true, cell: (d) => formatCount(d.parts) },
                { id: "quarantined", head: "In quarantine", end: true, cell: (d) => formatCount(d.quarantined) },
              ]}
            />
          )
        }
      </Loaded>
    </Panel>
  );
}
