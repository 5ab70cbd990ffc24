import { formatBytes, formatEstimate } from "@/lib/format";
import { Panel } from "@/ui/panel";
import { Table } from "@/ui/table";
import { Time } from "@/ui/time";
import { kindWords } from "./draft";
import type { Preview } from "./types";

/** What settings would remove at this moment. Nothing is removed by looking. */
export function PreviewPanel({ preview }: { preview: Preview }) {
  const nothing = preview.items.every((item) => item.count === 0);
  return (
    <Panel title="What would go now" aside={nothing ? "Nothing" : "Nothing is removed yet"}>
      <Table
        label="What would be removed now"
        columns={[
          { id: "kind", head: "What", cell: (item) => kindWords(item.kind) },
          { id: "before", head: "Older than", cell: (item) => (item.before ? <Time at={item.before} show="date" /> : <span className="muted">kept for ever</span>) },
          { id: "count", head: "How many", cell: (item) => formatEstimate(item.count, !preview.truncated || item.count < 20_000) },
          { id: "bytes", head: "About", cell: (item) => formatBytes(item.bytes) },
          { id: "oldest", head: "The oldest", cell: (item) => (item.oldest ? <Time at={item.oldest} show="date" /> : <span className="muted">none</span>) },
          { id: "held", head: "Held", cell: (item) => (item.held > 0 ? formatEstimate(item.held, true) : <span className="muted">none</span>) },
        ]}
        rows={preview.items}
        rowKey={(item) => item.kind}
      />
    </Panel>
  );
}
