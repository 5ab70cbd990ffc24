import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { $api } from "@/api/client";
import type { SavedView, Ticket, TicketRow } from "@/api/models";
import { suggestOn } from "@/api/suggest";
import { formatEstimate, formatPlural } from "@/lib/format";
import { toProblem } from "@/lib/problem";
import { ActionButton, Button } from "@/ui/button";
import { FilterLine } from "@/ui/filter-line";
import { Grid } from "@/ui/grid";
import { Kbd } from "@/ui/kbd";
import { Page } from "@/ui/panel";
import { EmptyState, ErrorState, Skeleton } from "@/ui/states";
import { columnsOf } from "./columns";
import { driftText } from "./live-list";
import { Preview } from "./preview";
import { QueueEmpty } from "./queue-empty";
import { isRead } from "./reading";
import { useQueue } from "./use-queue";
import { useQueueActions } from "./use-queue-actions";
import { useSelection } from "./use-selection";
import { useViewActions } from "./use-view-actions";
import { ViewBar } from "./view-bar";
import { useViews, viewOf } from "./views";
import "./queue.css";

const OfferDialog = lazy(() => import("./offer-dialog"));
const NewTicket = lazy(() => import("./new-ticket"));
const ViewWindows = lazy(() => import("./view-windows"));

const suggest = suggestOn("tickets");

const keyOf = (ticket: TicketRow) => ticket.number;
const labelOf = (ticket: TicketRow) => `${ticket.number} ${ticket.title}`;

/** Every ticket somebody may have to act on, by the views that there are. */
export function QueuePage() {
  const search = useSearch({ from: "/shell/queue" });
  const views = useViews();
  const all = views.items;
  const view = viewOf(all, search.view);
  if (views.isPending) {
    return (
      <Page title="Queue" fill>
        <Skeleton lines={12} label="Loading tickets" />
      </Page>
    );
  }
  if (!view) {
    return (
      <Page title="Queue" fill>
        <ErrorState error={toProblem(views.error)} onRetry={() => void views.refetch()} title="The views could not be loaded" />
      </Page>
    );
  }
  return <Queue views={all} view={view} />;
}

/** One view's tickets. What is looked at stands in the address. */
function Queue({ views, view }: { views: readonly SavedView[]; view: SavedView }) {
  const search = useSearch({ from: "/shell/queue" });
  const q = search.q ?? view.q;
  const sort = search.sort ?? view.sort;
  const columnSpec = useMemo(() => search.cols?.split(",") ?? view.columns, [search.cols, view.columns]);
  const columns = useMemo(() => columnsOf(columnSpec), [columnSpec]);
  const edited = q !== view.q || sort !== view.sort || columnSpec.join() !== view.columns.join();
  const queue = useQueue(q, sort);
  const { rows, inMemory } = queue;
  const [creating, setCreating] = useState(false);
  const [offering, setOffering] = useState<readonly TicketRow[]>();
  const filterRef = useRef<HTMLInputElement>(null);
  const gridRef = useRef<HTMLDivElement>(null);

  const navigate = useNavigate({ from: "/queue" });
  const change = useCallback(
    (next: { q?: string | undefined; sort?: string | undefined; cols?: string | undefined; sel?: string | undefined }) =>
      void navigate({ to: "/queue", search: (old) => ({ ...old, ...next }), replace: true }),
    [navigate],
  );
  const apply = useCallback((next: string) => change({ q: next === view.q ? undefined : next, sel: undefined }), [change, view.q]);
  const setPreview = useCallback((sel: string | undefined) => change({ sel }), [change]);
  const show = useCallback((next: SavedView | undefined) => void navigate({ to: "/queue", search: !next || next.id === "all" ? {} : { view: next.id } }), [navigate]);
  const shownNow = { q, sort, columns: columnSpec };
  const viewActions = useViewActions({ views, current: view, shown: shownNow, edited, show });
  const order = useMemo(() => inMemory.map(keyOf), [inMemory]);
  const selection = useSelection(order);
  const { clear } = selection;
  useEffect(() => clear(), [clear, q]);

  const [cursor, setCursor] = useState<string>();
  const activeKey = search.sel ?? (cursor !== undefined && order.includes(cursor) ? cursor : undefined);
  const { keep } = queue;
  useEffect(() => keep(activeKey), [keep, activeKey]);
  const row = inMemory.find((each) => each.number === activeKey);
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

  const first = () => {
    const [key] = order;
    if (key !== undefined) go(key, search.sel !== undefined);
    gridRef.current?.scrollTo({ top: 0 });
    gridRef.current?.focus({ preventScroll: true });
  };
  const last = async () => {
    await queue.toEnd();
    setToLast(true);
  };
  const [toLast, setToLast] = useState(false);
  if (toLast) {
    setToLast(false);
    const key = rows.at(rows.length - 1)?.number;
    if (key !== undefined) go(key, false);
  }

  const settle = () => {
    queue.settle();
    gridRef.current?.scrollTo({ top: 0 });
  };
  const drift = driftText(queue.drift);
  const untouched = activeKey === undefined && selection.selected.size === 0;
  useEffect(() => {
    if (drift !== "" && untouched && !isRead(gridRef.current)) queue.settle();
  });
  const targets = selection.selected.size > 0 ? inMemory.filter((row) => selection.selected.has(row.number)) : active ? [active] : [];
  const actions = useQueueActions({
    active,
    targets,
    preview: search.sel,
    move,
    first,
    last: () => void last(),
    toggle: (range) => activeKey !== undefined && selection.toggle(activeKey, range),
    setPreview,
    focusFilter: () => filterRef.current?.select(),
    newTicket: () => setCreating(true),
    offer: setOffering,
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
      lead={<ViewBar views={views} current={view} edited={edited} actions={viewActions} onChoose={show} />}
      actions={
        <>
          {selection.selected.size > 0 && (
            <Button tone="quiet" onClick={clear}>
              {formatPlural(selection.selected.size, { one: "selected", other: "selected" })} · clear
            </Button>
          )}
          <ActionButton action={actions.take} />
          <ActionButton action={actions.ack} />
          {selection.selected.size > 0 && <ActionButton action={actions.offer} />}
          <ActionButton action={actions.create} tone="primary" />
        </>
      }
    >
      <div className="queue-line">
        <FilterLine label="Filter tickets" placeholder="severity>=high owner:none" value={q} original={view.q} onApply={apply} problem={mistake} suggest={suggest} inputRef={filterRef} />
        {drift !== "" && (
          <button type="button" className="drift" onClick={settle}>
            {drift} · press <Kbd keys="." />
          </button>
        )}
        <Announcer text={drift} />
        {queue.count && !problem && <div className="queue-count">{formatEstimate(queue.count.value, queue.count.exact)} {queue.count.value === 1 ? "ticket" : "tickets"}</div>}
      </div>
      <div className="queue-split">
        <div className="queue-list">
          {queue.isPending && <Skeleton lines={12} label="Loading tickets" />}
          {mistake && <EmptyState title="The filter has a mistake">It is marked above. Correct it, or go back to {view.name}.</EmptyState>}
          {problem && !mistake && rows.length === 0 && <ErrorState error={problem} onRetry={queue.retry} title="The queue could not be loaded" />}
          {!queue.isPending && !problem && rows.length === 0 && <QueueEmpty view={view} q={q} onApply={apply} />}
          {rows.length > 0 && (
            <Grid
              label="Tickets"
              gridRef={gridRef}
              columns={columns}
              rows={rows}
              indexOf={queue.indexOf}
              total={queue.count?.exact ? queue.count.value : undefined}
              rowKey={keyOf}
              rowLabel={labelOf}
              active={activeKey}
              onActive={(key) => go(key, true)}
              onOpen={open}
              selected={selection.selected}
              onSelect={selection.toggle}
              sort={sort}
              onSort={(next) => change({ sort: next === view.sort ? undefined : next })}
              onRange={queue.onRange}
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
            offer={actions.offerShown}
            open={actions.open}
            onClose={() => setPreview(undefined)}
          />
        )}
      </div>
      <Suspense>
        {offering && <OfferDialog tickets={offering} onClose={() => setOffering(undefined)} />}
        {creating && (
          <NewTicket
            onClose={() => setCreating(false)}
            onCreated={(ticket) => {
              setCreating(false);
              queue.look(new Set(), true).then(() => go(ticket.number, true), () => undefined);
            }}
          />
        )}
        {viewActions.open && (
          <ViewWindows
            actions={viewActions}
            current={view}
            shown={shownNow}
            onShow={show}
            onColumns={(next) => change({ cols: next.join() === view.columns.join() ? undefined : next.join() })}
          />
        )}
      </Suspense>
    </Page>
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
