import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { $api } from "@/api/client";
import { useCan } from "@/api/session";
import { notify } from "@/ui/toast";
import { Button } from "@/ui/button";
import { cx } from "@/ui/cx";
import { Select } from "@/ui/field";
import { Loaded, NoPermission } from "@/ui/loaded";
import { Page, Panel } from "@/ui/panel";
import { EmptyState } from "@/ui/states";
import { AwsSteps } from "./aws-steps";
import { SlackSteps } from "./slack-steps";
import { ConnectionForm } from "./connection-form";
import { secretsOf, settingsOf, valuesOf } from "./form-values";
import type { Manifest } from "./types";
import "./connections.css";

/** Sets an outside system up. */
export function NewConnectionPage() {
  const can = useCan();
  const kinds = $api.useQuery("get", "/connectors", {}, { staleTime: Infinity });
  if (!can("connection.manage")) return <NoPermission what="setting up connections" />;
  return (
    <Page title="New connection" lead={<Link to="/connections">All connections</Link>}>
      <Loaded query={kinds} label="Loading the kinds of connections">
        {({ items }) => <Kinds kinds={items} />}
      </Loaded>
    </Page>
  );
}

function Kinds({ kinds }: { kinds: readonly Manifest[] }) {
  const [kind, setKind] = useState(kinds[0]?.kind);
  const manifest = kinds.find((m) => m.kind === kind);
  if (!manifest) return <EmptyState title="There is nothing to connect">This server was built without connectors.</EmptyState>;
  return (
    <div className={cx("connection-columns", manifest.kind === "webhook" && "connection-whole")}>
      <Panel title={manifest.title}>
        <p className="muted">{manifest.description}</p>
        {kinds.length > 1 && (
          <Select label="Kind" value={manifest.kind} onChange={(e) => setKind(e.target.value)} options={kinds.map((m) => ({ value: m.kind, label: m.title }))} />
        )}
        <NewForm key={manifest.kind} manifest={manifest} />
      </Panel>
      {manifest.kind === "aws" && <AwsSteps />}
      {manifest.kind === "slack" && <SlackSteps />}
    </div>
  );
}

function NewForm({ manifest }: { manifest: Manifest }) {
  const [values, setValues] = useState(() => valuesOf(manifest));
  const client = useQueryClient();
  const navigate = useNavigate();
  const create = $api.useMutation("post", "/connections", {
    onSuccess: (made) => {
      client.setQueryData($api.queryOptions("get", "/connections/{id}", { params: { path: { id: made.id } } }).queryKey, made);
      void client.invalidateQueries({ queryKey: $api.queryOptions("get", "/connections", {}).queryKey });
      notify(`${made.name} was added`);
      void navigate({ to: "/connections/$id", params: { id: made.id }, search: { test: "now" } });
    },
  });
  const submit = () =>
    create.mutate({ body: { kind: manifest.kind, name: values.name.trim(), settings: settingsOf(manifest, values), secrets: secretsOf(manifest, values) } });
  return (
    <ConnectionForm
      manifest={manifest}
      values={values}
      onChange={setValues}
      error={create.error}
      onSubmit={submit}
      footer={
        <Button type="submit" tone="primary" busy={create.isPending}>
          Add and test
        </Button>
      }
    />
  );
}
