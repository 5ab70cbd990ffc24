import { formatPlural } from "@/lib/format";
import { EmptyState } from "./states";
import { Table } from "./table";
import { Time } from "./time";
import "./revisions.css";

export interface Revision {
  at: string;
  diff: { path: string; old?: unknown; new?: unknown }[];
}

/** What changed from one version to the next, newest first, field by field. */
export function Revisions({ revisions }: { revisions: readonly Revision[] }) {
  if (revisions.length === 0) return <EmptyState title="Nothing has changed since it came in" />;
  return (
    <ol className="revisions">
      {[...revisions]
        .sort((a, b) => (a.at < b.at ? 1 : -1))
        .map((revision) => (
          <li key={revision.at}>
            <h3>
              <Time at={revision.at} />
              <span className="muted"> {formatPlural(revision.diff.length, { one: "field", other: "fields" })}</span>
            </h3>
            <Table
              label={`Fields changed at ${revision.at}`}
              columns={[
                { id: "path", head: "Field", cell: (row) => <code>{row.path}</code> },
                { id: "old", head: "Before", cell: (row) => <Value value={row.old} /> },
                { id: "new", head: "After", cell: (row) => <Value value={row.new} /> },
              ]}
              rows={revision.diff}
              rowKey={(row) => row.path}
            />
          </li>
        ))}
    </ol>
  );
}

function Value({ value }: { value: unknown }) {
  if (value === undefined || value === null) return <span className="muted">none</span>;
  return <code className="revision-value">{typeof value === "string" ? value : JSON.stringify(value)}</code>;
}
