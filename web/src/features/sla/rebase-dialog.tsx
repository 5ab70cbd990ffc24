import { useEffect, useState } from "react";
import { Link } from "@tanstack/react-router";
import { $api } from "@/api/client";
import { clockName } from "@/lib/clocks";
import { formatCount, formatPlural } from "@/lib/format";
import { fieldError } from "@/lib/problem";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { TextArea } from "@/ui/field";
import { Form, Why } from "@/ui/form";
import { ErrorState, Skeleton } from "@/ui/states";
import { Table } from "@/ui/table";
import { Time } from "@/ui/time";
import { notify } from "@/ui/toast";
import type { Rebase } from "./types";

/** Running clocks go over to the newest version: first what that would change, then why. */
export function RebaseDialog({ version, onClose }: { version: number; onClose: () => void }) {
  const dry = $api.useMutation("post", "/sla/rebase");
  const { mutate } = dry;
  useEffect(() => mutate({ body: { dry_run: true } }), [mutate]);
  return (
    <Dialog open wide onClose={onClose} title="Re-base running clocks" description={`Open tickets follow the version that was in force when they were opened. This lets them follow version ${version}; what was missed stays missed.`}>
      {dry.error ? (
        <ErrorState error={dry.error} onRetry={() => mutate({ body: { dry_run: true } })} />
      ) : dry.data ? (
        <RebaseForm found={dry.data} onClose={onClose} />
      ) : (
        <Skeleton lines={4} label="Looking at the running clocks" />
      )}
    </Dialog>
  );
}

function RebaseForm({ found, onClose }: { found: Rebase; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const rebase = $api.useMutation("post", "/sla/rebase", {
    onSuccess: () => {
      notify(`Running clocks go over to version ${found.version}, one ticket after the other`);
      onClose();
    },
  });
  const why = found.tickets === 0 ? "No open ticket follows an older version" : reason.trim() === "" && "Say why first";
  return (
    <Form
      onSubmit={() => !why && rebase.mutate({ body: { reason: reason.trim() } })}
      error={rebase.error}
      shown={["reason"]}
      footer={
        <>
          <Why>{found.tickets === 0 && why}</Why>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" busy={rebase.isPending} blocked={why}>
            Re-base {formatPlural(found.tickets, { one: "ticket", other: "tickets" })}
          </Button>
        </>
      }
    >
      <p>
        <strong>{formatPlural(found.tickets, { one: "open ticket follows", other: "open tickets follow" })} an older version.</strong> For {formatCount(found.changed)} of them something falls due at another time
        {found.looked_at < found.tickets && `, of the ${formatCount(found.looked_at)} looked at`}.
      </p>
      {found.examples.length > 0 && (
        <Table
          label="What falls due at another time"
          rows={found.examples}
          rowKey={(row) => `${row.ticket} ${row.metric} ${row.phase}`}
          columns={[
            { id: "ticket", head: "Ticket", cell: (row) => <Link to="/tickets/$number" params={{ number: row.number }}>{row.number}</Link> },
            { id: "metric", head: "Clock", cell: (row) => clockName(row.metric, row.phase) },
            { id: "old", head: "Due until now", cell: (row) => <Time at={row.old_due} show="date" /> },
            { id: "new", head: "Due then", cell: (row) => <Time at={row.new_due} show="date" /> },
          ]}
        />
      )}
      {found.tickets > 0 && <TextArea label="Why" rows={2} maxLength={4000} value={reason} error={fieldError(rebase.error, "reason")} onChange={(event) => setReason(event.target.value)} />}
    </Form>
  );
}
