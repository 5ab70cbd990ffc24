import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { useCan } from "@/api/session";
import { suggestOn } from "@/api/suggest";
import { toProblem } from "@/lib/problem";
import { Button } from "@/ui/button";
import { FilterLine } from "@/ui/filter-line";
import { Grid } from "@/ui/grid";
import { NoPermission } from "@/ui/loaded";
import { Page } from "@/ui/panel";
import { EmptyState, ErrorState, Skeleton } from "@/ui/states";
import { ViewTabs } from "@/ui/tabs";
import { columns } from "./columns";
import { PromoteDialog } from "./promote-dialog";
import { useFindings } from "./use-findings";
import { useFindingsActions } from "./use-findings-actions";
import { views } from "./views";
import type { FindingRow } from "./words";
import "./findings.css";

const suggest = suggestOn("findings");

/** Everything the detectors said, ticket or not. */
export function FindingsPage() {
  const can = useCan();
  if (!can("finding.read")) return <NoPermission what="reading findings" />;
  return <List />;
}

function List() {
  const { q = "", sel } = useSearch({ from: "/shell/findings" });
  const navigate = useNavigate({ from: "/findings" });
  const list = useFindings(q);
  const filter = useRef<HTMLInputElement>(null);
  const grid = useRef<HTMLDivElement>(null);
  const [promoting, setPromoting] = useState<FindingRow>();
  const setActive = (id: string | undefined) => void navigate({ search: (old) => ({ ...old, sel: id }), replace: true });
  const open = (id: string) => void navigate({ to: "/findings/$id", params: { id } });
  const apply = (query: string) => void navigate({ search: { q: query || undefined } });
  const { promote, refresh } = useFindingsActions({
    rows: list.rows,
    active: sel,
    setActive,
    open,
    promote: setPromoting,
    focusFilter: () => filter.current?.focus(),
    fresh: list.fresh,
    refresh: list.refresh,
  });
  const problem = list.error ? toProblem(list.error) : undefined;
  const mistake = problem?.slug === "bad-query" ? problem : undefined;
  return (
    <Page title="Findings" lead={<Views q={q} />} fill>
      <div className="findings-line">
        <FilterLine label="Filter findings" placeholder="class:detection severity>=medium ticket:none" value={q} onApply={apply} problem={mistake} suggest={suggest} inputRef={filter} />
        {!promote.hidden && (
          <Button onClick={promote.run} blocked={promote.blocked} keys="p">
            {promote.label}
          </Button>
        )}
      </div>
      <div className="findings-list">
        {!refresh.hidden && (
          <button type="button" className="findings-fresh" onClick={refresh.run}>
            {refresh.label}
          </button>
        )}
        {list.isPending && <Skeleton lines={12} label="Loading findings" />}
        {problem && !mistake && <ErrorState error={problem} onRetry={list.refresh} />}
        {!list.isPending && !problem && list.rows.length === 0 && <Nothing q={q} onClear={() => apply("")} />}
        {list.rows.length > 0 && !mistake && (
          <Grid
            label="Findings"
            columns={columns}
            rows={list.rows}
            total={list.hasMore ? undefined : list.rows.length}
            rowKey={(f) => f.id}
            rowLabel={(f) => f.title}
            active={sel}
            onActive={setActive}
            onOpen={open}
            onEnd={list.more}
            gridRef={grid}
            foot={<Foot hasMore={list.hasMore} failed={list.moreFailed} onRetry={list.retryMore} />}
          />
        )}
      </div>
      {promoting && <PromoteDialog finding={promoting} onClose={() => setPromoting(undefined)} onDone={list.refresh} />}
    </Page>
  );
}

function Views({ q }: { q: string }) {
  return (
    <ViewTabs label="Views">
      {views.map((view) => (
        <Link key={view.label} to="/findings" search={view.q ? { q: view.q } : {}} className="tab" activeProps={{}} activeOptions={{ exact: true }} aria-current={q === view.q ? "page" : undefined}>
          {view.label}
        </Link>
      ))}
    </ViewTabs>
  );
}

function Nothing({ q, onClear }: { q: string; onClear: () => void }) {
  if (q !== "") {
    return (
      <EmptyState title="Nothing matches" actions={<Button onClick={onClear}>Show all findings</Button>}>
        No finding fits this filter.
      </EmptyState>
    );
  }
  return (
    <EmptyState title="No findings yet" actions={<Link to="/connections">Connections</Link>}>
      They come from a connection, from POST /findings, or from the command tocsin finding send.
    </EmptyState>
  );
}

function Foot({ hasMore, failed, onRetry }: { hasMore: boolean; failed: boolean; onRetry: () => void }) {
  if (failed) return <Button onClick={onRetry}>The next page did not come. Try again</Button>;
  return hasMore ? <span>Loading more</span> : <span>These are all.</span>;
}
