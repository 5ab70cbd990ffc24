import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useCan } from "@/api/session";
import { formatCode, formatCount } from "@/lib/format";
import { SeverityChip } from "@/ui/badge";
import { Button } from "@/ui/button";
import { JsonTree } from "@/ui/json-tree";
import { Loaded } from "@/ui/loaded";
import { Revisions } from "@/ui/revisions";
import { EmptyState } from "@/ui/states";
import { Time } from "@/ui/time";
import { type TicketFinding, useTicketFindings } from "./queries";

/** What the detectors said, with the originals. */
export function FindingsTab({ number }: { number: string }) {
  const findings = useTicketFindings(number);
  return (
    <Loaded query={findings} label="Loading findings" lines={3}>
      {({ pages }) => {
        const items = pages.flatMap((page) => page.items);
        if (items.length === 0) return <EmptyState title="No findings">This ticket was opened by hand.</EmptyState>;
        return (
          <>
            {items.map((finding) => (
              <One key={finding.id} finding={finding} />
            ))}
            {findings.hasNextPage && (
              <Button onClick={() => void findings.fetchNextPage()} busy={findings.isFetchingNextPage}>
                Show more findings
              </Button>
            )}
          </>
        );
      }}
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
      {open && <Inside finding={finding} />}
    </details>
  );
}

function Inside({ finding }: { finding: TicketFinding }) {
  const can = useCan();
  return (
    <div className="finding-parts">
      <section aria-label="Original">
        <h3>Original</h3>
        <JsonTree value={finding.raw} label="Original finding" />
      </section>
      <section aria-label="Revisions">
        <h3 className="finding-part-head">
          Revisions
          {can("finding.read") && (
            <Link to="/findings/$id" params={{ id: finding.id }}>
              Open the finding
            </Link>
          )}
        </h3>
        <Revisions revisions={finding.revisions} />
      </section>
    </div>
  );
}
