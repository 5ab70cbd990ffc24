import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { $api, ifMatch } from "@/api/client";
import { Button } from "@/ui/button";
import { Facts } from "@/ui/facts";
import { Why } from "@/ui/form";
import { Panel } from "@/ui/panel";
import { notify } from "@/ui/toast";
import { ConnectionForm } from "./connection-form";
import { sameValues, secretsOf, settingsOf, type Values, valuesOf, visibleFields } from "./form-values";
import type { Connection, Manifest } from "./types";

interface SettingsProps {
  manifest: Manifest;
  connection: Connection;
  onDirty: (dirty: boolean) => void;
}

/** The settings as a form. What others change meanwhile is taken over, but never over what was typed. */
export function SettingsPanel({ manifest, connection, onDirty }: SettingsProps) {
  const client = useQueryClient();
  const [base, setBase] = useState(connection);
  const [values, setValues] = useState(() => valuesOf(manifest, connection));
  const stored = valuesOf(manifest, base);
  const dirty = !sameValues(stored, values);
  const theirs = !sameValues(stored, valuesOf(manifest, connection));
  const take = (c: Connection) => {
    setBase(c);
    setValues(valuesOf(manifest, c));
  };
  const open = (c: Connection) => {
    take(c);
    onDirty(false);
  };
  // The revision also counts switching off and on, which no field of the form shows.
  if (connection.rev > base.rev && !theirs) setBase(connection);
  else if (connection.rev > base.rev && !dirty) take(connection);
  const save = $api.useMutation("patch", "/connections/{id}", {
    onSuccess: (saved) => {
      client.setQueryData($api.queryOptions("get", "/connections/{id}", { params: { path: { id: saved.id } } }).queryKey, saved);
      open(saved);
      notify(`${saved.name} was saved`);
    },
  });
  const change = (next: Values) => {
    setValues(next);
    onDirty(!sameValues(stored, next));
  };
  const submit = () =>
    save.mutate({
      params: { path: { id: base.id }, header: ifMatch(base.rev) },
      body: { name: values.name.trim(), settings: settingsOf(manifest, values), secrets: secretsOf(manifest, values) },
    });
  const stale = theirs && dirty;
  return (
    <Panel title="Settings">
      <div role="status">
        {stale && (
          <div className="connection-warning">
            Somebody changed this connection while you were writing. <Button onClick={() => open(connection)}>Show theirs</Button>
          </div>
        )}
      </div>
      <ConnectionForm
        manifest={manifest}
        values={values}
        onChange={change}
        stored={{ connection: base, values: stored }}
        error={save.error}
        onSubmit={submit}
        footer={
          <>
            <Why>{!dirty && "Nothing changed"}</Why>
            {dirty && <Button onClick={() => open(connection)}>Undo changes</Button>}
            <Button type="submit" tone="primary" busy={save.isPending} blocked={!dirty && "Nothing changed"}>
              Save
            </Button>
          </>
        }
      />
    </Panel>
  );
}

/** The settings for people who may only look. */
export function SettingsFacts({ manifest, connection }: { manifest: Manifest; connection: Connection }) {
  const values = valuesOf(manifest, connection);
  return (
    <Panel title="Settings">
      <Facts
        facts={visibleFields(manifest, values).map((field) => {
          if (field.secret) return [field.title, connection.secrets[field.name] === "set" ? "Set" : ""];
          if (field.type === "mapping") return [field.title, <code key={field.name}>{values.texts[field.name]}</code>];
          if (field.type !== "rows") return [field.title, field.options.find((o) => o.value === values.texts[field.name])?.title ?? values.texts[field.name]];
          return [field.title, (values.rows[field.name] ?? []).map((row) => <div key={row.key}>{Object.values(row.texts).filter(Boolean).join(", ")}</div>)];
        })}
      />
    </Panel>
  );
}
