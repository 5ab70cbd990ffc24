import { lazy, type ReactNode, Suspense } from "react";
import { fieldError } from "@/lib/problem";
import { TextField } from "@/ui/field";
import { Form } from "@/ui/form";
import { Skeleton } from "@/ui/states";
import { destinationMoved, rowLocation, sentRows, type Values, visibleFields } from "./form-values";
import { allShown, errorAt, mappingError } from "./locations";
import { suggestionFor } from "./new-secret";
import { SecretField } from "./secret-field";
import { RowsField, SettingField } from "./setting-fields";
import type { Connection, Manifest } from "./types";

const MappingEditor = lazy(() => import("./mapping-editor"));

interface ConnectionFormProps {
  manifest: Manifest;
  values: Values;
  onChange: (values: Values) => void;
  /** What is stored, and the form as it stood then; nothing for a new connection. */
  stored?: { connection: Connection; values: Values };
  error: unknown;
  onSubmit: () => void;
  footer: ReactNode;
}

/** The settings and secrets of a connection, drawn from the manifest of its kind. */
export function ConnectionForm({ manifest, values, onChange, stored, error, onSubmit, footer }: ConnectionFormProps) {
  const at = (place: string) => errorAt(error, place);
  const moved = stored !== undefined && destinationMoved(manifest, stored.values, values);
  const isSet = (name: string) => !moved && stored?.connection.secrets[name] === "set";
  const hadSecrets = stored !== undefined && Object.values(stored.connection.secrets).includes("set");
  const text = (name: string, value: string) => onChange({ ...values, texts: { ...values.texts, [name]: value } });
  const secret = (name: string, value: string) => onChange({ ...values, secrets: { ...values.secrets, [name]: value } });
  const said = error && (allShown(error, placesOf(manifest, values)) || mappingError(error)) ? undefined : error;
  return (
    <Form onSubmit={onSubmit} error={said} footer={footer}>
      <TextField
        label="Name"
        help={stored ? undefined : manifest.tells ? "What people here call it." : "What people here call it, such as “Production AWS”."}
        value={values.name}
        maxLength={100}
        autoComplete="off"
        onChange={(e) => onChange({ ...values, name: e.target.value })}
        error={fieldError(error, "name")}
      />
      {visibleFields(manifest, values).map((field) => {
        if (manifest.fields.some((f) => f.rotates === field.name)) return null; // the server fills it
        if (field.secret) {
          return <SecretField key={`${field.name} ${moved} ${stored?.connection.rev}`} field={field} suggest={suggestionFor(manifest, field, values)} set={isSet(field.name)} value={values.secrets[field.name] ?? ""} onChange={(v) => secret(field.name, v)} error={at(`secrets.${field.name}`)} />;
        }
        if (field.type === "rows") {
          return <RowsField key={field.name} field={field} rows={values.rows[field.name] ?? []} onChange={(rows) => onChange({ ...values, rows: { ...values.rows, [field.name]: rows } })} errorAt={at} />;
        }
        if (field.type === "mapping") {
          return (
            <Suspense key={field.name} fallback={<Skeleton lines={6} label="Loading the mapping editor" />}>
              <MappingEditor value={values.texts[field.name] ?? ""} onChange={(v) => text(field.name, v)} error={mappingError(error)} product={values.name} />
            </Suspense>
          );
        }
        const help = field.destination && hadSecrets ? `${field.help} Changing it clears the secrets that are set.` : field.help;
        return (
          <div key={field.name} className="connection-setting">
            <SettingField field={{ ...field, help }} value={values.texts[field.name] ?? ""} onChange={(v) => text(field.name, v)} error={at(`settings.${field.name}`)} />
            {field.destination && (
              <div role="status">
                {moved && hadSecrets && <div className="connection-warning">Secrets are sent to this address, so saving clears those that are set. Enter them again above.</div>}
              </div>
            )}
          </div>
        );
      })}
    </Form>
  );
}

function placesOf(manifest: Manifest, values: Values): string[] {
  const places = visibleFields(manifest, values).flatMap((field) => {
    if (field.secret) return [`secrets.${field.name}`];
    if (field.type !== "rows") return [`settings.${field.name}`];
    const rows = values.rows[field.name] ?? [];
    return [`settings.${field.name}`, ...sentRows(rows).flatMap((row) => field.fields.map((f) => rowLocation(field, rows, row, f.name)))];
  });
  return ["name", ...places];
}
