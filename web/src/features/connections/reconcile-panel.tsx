import { useQueryClient } from "@tanstack/react-query";
import { $api } from "@/api/client";
import { type Action, useActions } from "@/lib/actions";
import { Badge } from "@/ui/badge";
import { ActionButton } from "@/ui/button";
import { Facts } from "@/ui/facts";
import { Panel } from "@/ui/panel";
import { Time } from "@/ui/time";
import { notify, notifyError } from "@/ui/toast";
import { everyWords, runCounts, runTone, runWord, totalWords } from "./reconcile-words";
import type { Connection, Reconciliation } from "./types";

/** What came in beside what the detectors hold, region by region. */
export function ReconcilePanel({ connection, may }: { connection: Connection; may: boolean }) {
  const now = useReconcileNow(connection, may);
  if (connection.reconcile.length === 0) return null;
  return (
    <Panel title="Reconciliation" aside={may && <ActionButton action={now.action} busy={now.busy} />}>
      {connection.reconcile.map((region) => (
        <Region key={region.region} region={region} />
      ))}
    </Panel>
  );
}

function useReconcileNow(connection: Connection, may: boolean) {
  const client = useQueryClient();
  const path = { path: { id: connection.id } };
  const run = $api.useMutation("post", "/connections/{id}/reconcile", {
    onSuccess: (saved) => {
      client.setQueryData($api.queryOptions("get", "/connections/{id}", { params: path }).queryKey, saved);
      notify("The comparison begins within seconds");
    },
    onError: (error) => notifyError("It was not begun", error),
  });
  const running = connection.reconcile.some((region) => region.state === "running");
  const action: Action = {
    id: "connection.reconcile",
    label: "Run now",
    group: "Connection",
    keys: "c",
    hidden: !may || connection.reconcile.length === 0,
    blocked: run.isPending || running ? "It is running" : !connection.enabled && "The connection is switched off",
    run: () => run.mutate({ params: path }),
  };
  useActions([action]);
  return { action, busy: run.isPending };
}

function Region({ region }: { region: Reconciliation }) {
  return (
    <section aria-label={region.region}>
      <h3 className="connection-group">{region.region}</h3>
      <Facts
        facts={[
          [
            "Last run",
            <span key="last" className="nowrap">
              <Badge tone={runTone(region.state)}>{runWord(region.state)}</Badge> {region.started_at && <Time at={region.started_at} />}
            </span>,
          ],
          ["Looked at", region.state !== "never" && runCounts(region)],
          ["Why", region.error],
          ["Missed so far", region.runs > 0 && totalWords(region)],
          [
            "Next run",
            region.next_at && (
              <span>
                <Time at={region.next_at} />, {everyWords(region.every_seconds)}
              </span>
            ),
          ],
        ]}
      />
    </section>
  );
}
