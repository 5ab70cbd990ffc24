import { formatPlural } from "@/lib/format";
import { EmptyState } from "./states";
import { Table } from "./table";
import { Time } from "./time";
import "./revisions.css";

export interface Revision {
  revision: number;
  at: string;
  /** False for one that came late, when a newer one was known already. */
  applied: boolean;
  diff: { path: string; old: string; new: string }[];
}

/** What changed from one version to the next, newest first, field by field. */
export function Revisions({ revisions }: { revisions: readonly Revision[] }) {
  // The first one is how it came in: nothing stood there before.
  const changed = [...revisions].sort((a, b) => b.revision - a.revision).filter((revision) => revision.diff.length > 0);
  if (changed.length === 0) return <EmptyState title="Nothing has changed since it came in" />;
  return (
    <ol className="revisions">
      {changed.map((revision) => (
          <li key={revision.revision}>
            <h3>
              Revision {revision.revision} <Time at={revision.at} />
              <span className="muted">
                {" "}
                {formatPlural(revision.diff.length, { one: "field", other: "fields" })}
                {!revision.applied && ", came late and was not applied"}
              </span>
            </h3>
            <Table
              label={`Fields changed by revision ${revision.revision}`}
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

function Value({ value }: { value: string }) {
  if (value === "") return <span className="muted">none</span>;
  return <code className="revision-value">{value}</code>;
}
