import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { $api } from "@/api/client";
import { useCan } from "@/api/session";
import { type Action, useActions } from "@/lib/actions";
import { formatCode, formatCount } from "@/lib/format";
import { Badge, SeverityChip } from "@/ui/badge";
import { ActionButton } from "@/ui/button";
import { Facts } from "@/ui/facts";
import { JsonTree } from "@/ui/json-tree";
import { Loaded, NoPermission } from "@/ui/loaded";
import { Page, Panel } from "@/ui/panel";
import { Revisions } from "@/ui/revisions";
import { EmptyState } from "@/ui/states";
import { Tabs } from "@/ui/tabs";
import { Time } from "@/ui/time";
import { DecidedPanel } from "./decided-panel";
import { detailFacts } from "./detail-facts";
import { IndicatorList } from "./indicator-list";
import { PromoteDialog } from "./promote-dialog";
import { RemediationPanel } from "./remediation-panel";
import { classWords, type FindingDetail, outcomeWords } from "./words";
import "./findings.css";

/** One finding: the normal form, what it was made from, and how it changed. */
export function FindingPage() {
  const can = useCan();
  const { id } = useParams({ from: "/shell/findings/$id" });
  const query = $api.useQuery("get", "/findings/{id}", { params: { path: { id } } }, { enabled: can("finding.read") });
  if (!can("finding.read")) return <NoPermission what="reading findings" />;
  return (
    <Loaded query={query} label="Loading the finding" lines={9}>
      {(finding) => <Screen finding={finding} refetch={() => void query.refetch()} />}
    </Loaded>
  );
}

function Screen({ finding, refetch }: { finding: FindingDetail; refetch: () => void }) {
  const can = useCan();
  const navigate = useNavigate();
  const [promoting, setPromoting] = useState(false);
  const promote: Action = {
    id: "finding.promote",
    label: "Open a ticket…",
    group: "Finding",
    keys: "p",
    hidden: !can("finding.promote") || finding.ticket !== "",
    run: () => setPromoting(true),
  };
  const openTicket: Action = {
    id: "finding.ticket",
    label: `Go to ${finding.ticket}`,
    group: "Finding",
    keys: "t",
    hidden: finding.ticket === "",
    run: () => void navigate({ to: "/tickets/$number", params: { number: finding.ticket } }),
  };
  useActions([promote, openTicket]);
  return (
    <Page
      title={finding.title}
      actions={
        <>
          <ActionButton action={promote} tone="primary" />
          <ActionButton action={openTicket} tone="primary" />
        </>
      }
    >
      <div className="finding-meta">
        <SeverityChip severity={finding.severity} />
        <span>{classWords(finding)}</span>
        <span className="muted">
          {outcomeWords(finding)}
          {finding.ticket && (
            <>
              {": "}
              <Link to="/tickets/$number" params={{ number: finding.ticket }}>
                {finding.ticket}
              </Link>
            </>
          )}
        </span>
        <span className="muted">
          {formatCode(finding.status)}, {finding.active ? "active" : "not active"}
        </span>
        <span className="muted">came {finding.seen_count === 1 ? "once" : `${formatCount(finding.seen_count)} times`}</span>
        {finding.demo && <Badge>demo</Badge>}
      </div>
      <div className="finding-columns">
        <div className="finding-column">
          <DecidedPanel finding={finding} />
          <Panel title="Facts">
            <Facts facts={detailFacts(finding)} />
          </Panel>
          <RemediationPanel finding={finding} />
        </div>
        <Panel className="finding-tabs">
          <Parts finding={finding} />
        </Panel>
      </div>
      {promoting && <PromoteDialog finding={finding} onClose={() => setPromoting(false)} onDone={refetch} />}
    </Page>
  );
}

/** The bytes as they came, or since when they are gone. */
function Original({ finding }: { finding: FindingDetail }) {
  if (!finding.originals_removed_at) return <JsonTree value={finding.raw} label="Original finding" />;
  return (
    <EmptyState title="The original was removed">
      Retention removed it <Time at={finding.originals_removed_at} show="date" />, because the time to keep it was over. What is shown beside it is all that is left; the record still has its hash.
    </EmptyState>
  );
}

function Parts({ finding }: { finding: FindingDetail }) {
  const { tab = "original" } = useSearch({ from: "/shell/findings/$id" });
  const navigate = useNavigate({ from: "/findings/$id" });
  const apart = ["raw", "revisions"]; // have tabs of their own
  const normal = Object.fromEntries(Object.entries(finding).filter(([name]) => !apart.includes(name)));
  const changed = finding.revisions.filter((revision) => revision.diff.length > 0).length;
  const tabs = [
    { id: "original", label: "Original", content: <Original finding={finding} /> },
    { id: "revisions", label: "Revisions", count: changed, content: <Revisions revisions={finding.revisions} /> },
    { id: "indicators", label: "Indicators", count: finding.indicator_count, content: <IndicatorList indicators={finding.indicators} /> },
    { id: "normal", label: "Normal form", content: <JsonTree value={normal} label="Normal form" /> },
  ];
  return (
    <Tabs
      label="Parts of the finding"
      tabs={tabs}
      value={tabs.some((one) => one.id === tab) ? tab : "original"}
      onChange={(next) => void navigate({ search: next === "original" ? {} : { tab: next }, replace: true })}
    />
  );
}
