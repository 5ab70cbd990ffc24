import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { $api } from "@/api/client";
import { useCan } from "@/api/session";
import { formatCode, formatCount } from "@/lib/format";
import { SeverityChip } from "@/ui/badge";
import { JsonTree } from "@/ui/json-tree";
import { Loaded, NoPermission } from "@/ui/loaded";
import { Revisions } from "@/ui/revisions";
import { EmptyState } from "@/ui/states";
import { Time } from "@/ui/time";
import { type TicketFinding, useTicketFindings } from "./queries";

/** What the detectors said, with the originals. */
export function FindingsTab({ number }: { number: string }) {
  const findings = useTicketFindings(number);
  return (
    <Loaded query={findings} label="Loading findings" lines={3}>
      {({ items, next_cursor }) =>
        items.length === 0 ? (
          <EmptyState title="No findings">This ticket was opened by hand.</EmptyState>
        ) : (
          <>
            {items.map((finding) => (
              <One key={finding.id} finding={finding} />
            ))}
            {next_cursor !== "" && (
              <Link to="/findings" search={{ q: `ticket:${number}` }}>
                All findings of {number}
              </Link>
            )}
          </>
        )
      }
    </Loaded>
  );
}

function One({ finding }: { finding: TicketFinding }) {
  const [open, setOpen] = useState(false);
  const words = [finding.product, formatCode(finding.status).toLowerCase(), finding.seen_count > 1 ? `came ${formatCount(finding.seen_count)} times` : ""];
  return (
    <details className="finding" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <SeverityChip severity={finding.severity} />
        <strong className="finding-title">{finding.title}</strong>
        <span className="muted">
          {words.filter(Boolean).join(" · ")} · <Time at={finding.last_received_at} />
        </span>
      </summary>
      {open && <Inside id={finding.id} />}
    </details>
  );
}

// The originals are large: each is fetched when somebody opens it.
function Inside({ id }: { id: string }) {
  const can = useCan();
  const detail = $api.useQuery("get", "/findings/{id}", { params: { path: { id } } }, { enabled: can("finding.read") });
  if (!can("finding.read")) return <NoPermission what="the originals of findings" />;
  return (
    <Loaded query={detail} label="Loading the original" lines={4}>
      {(finding) => (
        <div className="finding-parts">
          <section aria-label="Original">
            <h3>Original</h3>
            <JsonTree value={finding.raw} label="Original finding" />
          </section>
          <section aria-label="Revisions">
            <h3 className="finding-part-head">
              Revisions
              <Link to="/findings/$id" params={{ id }}>
                Open the finding
              </Link>
            </h3>
            <Revisions revisions={finding.revisions} />
          </section>
        </div>
      )}
    </Loaded>
  );
}
