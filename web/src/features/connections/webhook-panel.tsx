import { useQueryClient } from "@tanstack/react-query";
import { $api, ifMatch } from "@/api/client";
import { formatBytes, formatCount } from "@/lib/format";
import { Button } from "@/ui/button";
import { CopyButton } from "@/ui/copy-button";
import { Loaded } from "@/ui/loaded";
import { Panel } from "@/ui/panel";
import { Table } from "@/ui/table";
import { Time } from "@/ui/time";
import { notify, notifyError } from "@/ui/toast";
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
        {connection.secrets.previous_secret === "set" && <Rotation connection={connection} may={may} />}
      </Panel>
      <Deliveries id={connection.id} />
    </>
  );
}

function mapped(connection: Connection): boolean {
  return ((connection.settings ?? {}) as { format?: string }).format !== "auto";
}

function Command({ label, text }: { label: string; text: string }) {
  return (
    <div className="connection-command">
      {/* Focusable so that a long command can be scrolled and selected by keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0} aria-label={label}>
        {text}
      </pre>
      <CopyButton text={text} />
    </div>
  );
}

/** Two secrets are good until somebody ends that. */
function Rotation({ connection, may }: { connection: Connection; may: boolean }) {
  const client = useQueryClient();
  const key = $api.queryOptions("get", "/connections/{id}", { params: { path: { id: connection.id } } }).queryKey;
  const end = $api.useMutation("patch", "/connections/{id}", {
    onSuccess: (saved) => {
      client.setQueryData(key, saved);
      notify("The secret before is not good any more");
    },
    onError: (error) => notifyError("It was not ended", error),
  });
  return (
    <div className="connection-warning">
      The secret before is still good beside the new one.{" "}
      {may && (
        <Button busy={end.isPending} onClick={() => end.mutate({ params: { path: { id: connection.id }, header: ifMatch(connection.rev) }, body: { secrets: { previous_secret: "" } } })}>
          End the secret before
        </Button>
      )}
    </div>
  );
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
