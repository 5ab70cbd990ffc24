import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { $api } from "@/api/client";
import type { Ticket, TicketRow } from "@/api/models";
import { formatCount, formatEstimate, formatPlural } from "@/lib/format";
import { toProblem } from "@/lib/problem";
import { ActionButton, Button } from "@/ui/button";
import { FilterLine } from "@/ui/filter-line";
import { Grid } from "@/ui/grid";
import { Kbd } from "@/ui/kbd";
import { Page } from "@/ui/panel";
import { EmptyState, ErrorState, Skeleton } from "@/ui/states";
import { ViewTabs } from "@/ui/tabs";
import { columns } from "./columns";
import { driftText } from "./live-list";
import { Preview } from "./preview";
import { QueueEmpty } from "./queue-empty";
import { isRead } from "./reading";
import { useQueue } from "./use-queue";
import { useQueueActions } from "./use-queue-actions";
import { useSelection } from "./use-selection";
import { defaultSort, type View, viewOf, views } from "./views";
import "./queue.css";

const NewTicket = lazy(() => import("./new-ticket"));

const keyOf = (ticket: TicketRow) => ticket.number;
const labelOf = (ticket: TicketRow) => `${ticket.number} ${ticket.title}`;

/** Every ticket somebody may have to act on. What is looked at stands in the address. */
export function QueuePage() {
  const search = useSearch({ from: "/shell/queue" });
  const view = viewOf(search.view);
  const q = search.q ?? view.q;
  const sort = search.sort ?? defaultSort;
  const queue = useQueue(q, sort);
  const { rows } = queue;
  const [creating, setCreating] = useState(false);
  const filterRef = useRef<HTMLInputElement>(null);
  const gridRef = useRef<HTMLDivElement>(null);

  const navigate = useNavigate({ from: "/queue" });
  const change = useCallback(
    (next: { q?: string | undefined; sort?: string | undefined; sel?: string | undefined }) =>
      void navigate({ to: "/queue", search: (old) => ({ ...old, ...next }), replace: true }),
    [navigate],
  );
  const apply = useCallback((next: string) => change({ q: next === view.q ? undefined : next, sel: undefined }), [change, view.q]);
  const setPreview = useCallback((sel: string | undefined) => change({ sel }), [change]);
  const order = useMemo(() => rows.map(keyOf), [rows]);
  const selection = useSelection(order);
  const { clear } = selection;
  useEffect(() => clear(), [clear, q]);

  const [cursor, setCursor] = useState<string>();
  const activeKey = search.sel ?? (cursor !== undefined && order.includes(cursor) ? cursor : undefined);
  const row = rows.find((each) => each.number === activeKey);
  const shown = $api.useQuery("get", "/tickets/{id}", { params: { path: { id: search.sel ?? "" } } }, { enabled: search.sel !== undefined });
  const whole: Ticket | undefined = search.sel === undefined ? undefined : shown.data;
  const active = row ?? whole;
  const go = useCallback(
    (key: string, preview: boolean) => {
      setCursor(key);
      if (preview) setPreview(key);
    },
    [setPreview],
  );
  const move = (step: number) => {
    const from = activeKey === undefined ? -1 : order.indexOf(activeKey);
    const to = from < 0 ? 0 : Math.min(order.length - 1, Math.max(0, from + step));
    const key = order[to];
    if (key !== undefined) go(key, search.sel !== undefined);
    gridRef.current?.focus({ preventScroll: true });
  };

  const settle = () => {
    queue.settle();
    gridRef.current?.scrollTo({ top: 0 });
  };
  const drift = driftText(queue.drift);
  const untouched = activeKey === undefined && selection.selected.size === 0;
  useEffect(() => {
    if (drift !== "" && untouched && !isRead(gridRef.current)) queue.settle();
  });
  const targets = selection.selected.size > 0 ? rows.filter((row) => selection.selected.has(row.number)) : active ? [active] : [];
  const actions = useQueueActions({
    active,
    targets,
    preview: search.sel,
    move,
    toggle: (range) => activeKey !== undefined && selection.toggle(activeKey, range),
    setPreview,
    focusFilter: () => filterRef.current?.select(),
    newTicket: () => setCreating(true),
    patch: queue.patch,
    drifted: drift !== "",
    settle,
  });
  const open = useCallback((number: string) => void navigate({ to: "/tickets/$number", params: { number } }), [navigate]);
  const problem = queue.error ? toProblem(queue.error) : undefined;
  const mistake = problem?.offset === undefined ? undefined : problem;
  return (
    <Page
      title="Queue"
      fill
      lead={<Views current={view} edited={q !== view.q} />}
      actions={
        <>
          {selection.selected.size > 0 && (
            <Button tone="quiet" onClick={clear}>
              {formatPlural(selection.selected.size, { one: "selected", other: "selected" })} · clear
            </Button>
          )}
          <ActionButton action={actions.take} />
          <ActionButton action={actions.ack} />
          <ActionButton action={actions.create} tone="primary" />
        </>
      }
    >
      <div className="queue-line">
        <FilterLine label="Filter tickets" placeholder="severity>=high owner:none" value={q} original={view.q} onApply={apply} problem={mistake} inputRef={filterRef} />
        {drift !== "" && (
          <button type="button" className="drift" onClick={settle}>
            {drift} · press <Kbd keys="." />
          </button>
        )}
        <Announcer text={drift} />
        {queue.count && !problem && <div className="queue-count">{formatEstimate(queue.count.value, queue.count.exact)} tickets</div>}
      </div>
      <div className="queue-split">
        <div className="queue-list">
          {queue.isPending && <Skeleton lines={12} label="Loading tickets" />}
          {mistake && <EmptyState title="The filter has a mistake">It is marked above. Correct it, or go back to {view.label}.</EmptyState>}
          {problem && !mistake && rows.length === 0 && <ErrorState error={problem} onRetry={queue.retry} title="The queue could not be loaded" />}
          {!queue.isPending && !problem && rows.length === 0 && <QueueEmpty view={view} q={q} onApply={apply} />}
          {rows.length > 0 && (
            <Grid
              label="Tickets"
              gridRef={gridRef}
              columns={columns}
              rows={rows}
              total={queue.count?.exact ? queue.count.value : undefined}
              rowKey={keyOf}
              rowLabel={labelOf}
              active={activeKey}
              onActive={(key) => go(key, true)}
              onOpen={open}
              selected={selection.selected}
              onSelect={selection.toggle}
              sort={sort.split(",")[0] ?? ""}
              onSort={(next) => change({ sort: next })}
              onEnd={queue.loadMore}
              foot={<Foot more={queue.more} failed={queue.moreFailed} retry={queue.retryMore} shown={rows.length} />}
            />
          )}
        </div>
        {search.sel && (
          <Preview
            number={search.sel}
            ticket={active}
            whole={whole}
            error={shown.error}
            take={actions.takeShown}
            ack={actions.ackShown}
            open={actions.open}
            onClose={() => setPreview(undefined)}
          />
        )}
      </div>
      <Suspense>
        {creating && (
          <NewTicket
            onClose={() => setCreating(false)}
            onCreated={(ticket) => {
              setCreating(false);
              queue.look(new Set(), true).then(() => go(ticket.number, true), () => undefined);
            }}
          />
        )}
      </Suspense>
    </Page>
  );
}

/** The saved views as links with live counts. */
function Views({ current, edited }: { current: View; edited: boolean }) {
  const counts = $api.useQuery("get", "/tickets/counts", {});
  return (
    <ViewTabs label="Views">
      {views.map((view) => {
        const count = view.count && counts.data?.[view.count];
        return (
          <Link
            key={view.id}
            to="/queue"
            search={view.id === "all" ? {} : { view: view.id }}
            className="tab"
            activeOptions={{ exact: true }}
            aria-current={view.id === current.id ? "page" : undefined}
          >
            {view.label}
            {view.id === current.id && edited && <span className="tab-count">edited</span>}
            {count !== undefined && <span className="tab-count">{formatCount(count)}</span>}
          </Link>
        );
      })}
    </ViewTabs>
  );
}

function Foot({ more, failed, retry, shown }: { more: boolean; failed: boolean; retry: () => void; shown: number }) {
  if (failed) {
    return (
      <span role="alert">
        The next tickets could not be loaded. <Button onClick={retry}>Retry</Button>
      </span>
    );
  }
  return <>{more ? "Loading more…" : `End of the list: ${formatPlural(shown, { one: "ticket", other: "tickets" })}`}</>;
}

const ANNOUNCE_MS = 5000;

/** Says what waits to be shown, at most every five seconds. */
function Announcer({ text }: { text: string }) {
  const [said, setSaid] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setSaid(text), ANNOUNCE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <div className="visually-hidden" role="status">
      {said && `${said}. Press period to show.`}
    </div>
  );
}
