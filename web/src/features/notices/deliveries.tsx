import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { $api } from "@/api/client";
import { useUsers } from "@/api/people";
import { formatPlural } from "@/lib/format";
import { toProblem } from "@/lib/problem";
import { Button } from "@/ui/button";
import { cx } from "@/ui/cx";
import { Select, TextField } from "@/ui/field";
import { Loaded } from "@/ui/loaded";
import { EmptyState } from "@/ui/states";
import { Table } from "@/ui/table";
import { Time } from "@/ui/time";
import type { Delivery, DeliveryState } from "./types";
import { attemptWords, channelWords, kindWords, stateOptions, stateWords } from "./words";

const PAGE = 50;

/** What was told to whom, how, and what became of it. */
export function Deliveries() {
  const { ticket, person, state } = useSearch({ from: "/shell/notices" });
  const query = { limit: PAGE, ...(ticket ? { ticket } : {}), ...(person ? { person } : {}), ...(isState(state) ? { state } : {}) };
  const deliveries = $api.useInfiniteQuery("get", "/deliveries", { params: { query } }, { pageParamName: "cursor", initialPageParam: "", getNextPageParam: (last) => last.next_cursor || undefined, refetchInterval: 30_000 });
  const items = deliveries.data?.pages.flatMap((page) => page.items) ?? [];
  const unknown = ticket && deliveries.error && toProblem(deliveries.error).status === 404;
  return (
    <>
      <Filters />
      {unknown ? (
        <EmptyState title="Not found">There is no ticket {ticket}.</EmptyState>
      ) : (
        <Loaded query={deliveries} label="Loading what was sent">
          {() => (
            <>
              <Table label="What was sent, newest first" rows={items} rowKey={(row) => row.id} columns={columns} empty={<EmptyState title="Nothing was sent">With other filters there may be something.</EmptyState>} />
              {deliveries.hasNextPage && (
                <div>
                  <Button busy={deliveries.isFetchingNextPage} onClick={() => void deliveries.fetchNextPage()}>
                    Show more
                  </Button>
                </div>
              )}
            </>
          )}
        </Loaded>
      )}
    </>
  );
}

function isState(state: string | undefined): state is DeliveryState {
  return stateOptions.some(({ value }) => value !== "" && value === state);
}

const columns = [
  { id: "at", head: "Told", cell: (row: Delivery) => <Time at={row.at} /> },
  { id: "who", head: "To", cell: (row: Delivery) => row.person_name || (row.person ? "somebody unknown" : row.connection_name) },
  { id: "how", head: "Over", cell: (row: Delivery) => <span title={row.connection_name}>{channelWords(row.channel)}</span> },
  { id: "what", head: "What", cell: (row: Delivery) => <What row={row} /> },
  { id: "state", head: "State", cell: (row: Delivery) => <State row={row} /> },
  { id: "tries", head: "Attempts", grow: true, cell: (row: Delivery) => <span title={attemptWords(row)}>{attemptWords(row)}</span> },
];

function What({ row }: { row: Delivery }) {
  return (
    <>
      {kindWords(row.kind)}{" "}
      {row.tickets.slice(0, 3).map((number) => (
        <Link key={number} to="/tickets/$number" params={{ number }} className="delivery-ticket">
          {number}
        </Link>
      ))}
      {row.count > 1 && <span className="muted"> {formatPlural(row.count, { one: "notice", other: "notices" })}</span>}
    </>
  );
}

function State({ row }: { row: Delivery }) {
  const { mark, words, tone } = stateWords(row.state);
  return (
    <span className={cx(tone === "bad" && "notice-bad", tone === "ok" && "notice-good")}>
      <span aria-hidden="true">{mark} </span>
      {words} {row.sent_at ? <Time at={row.sent_at} /> : row.next_at && <span className="muted">goes on <Time at={row.next_at} /></span>}
    </span>
  );
}

function Filters() {
  const search = useSearch({ from: "/shell/notices" });
  const navigate = useNavigate({ from: "/notices" });
  const users = useUsers();
  const [ticket, setTicket] = useState(search.ticket ?? "");
  const set = (patch: Partial<typeof search>) => void navigate({ search: (old) => ({ ...old, ...patch }), replace: true });
  const people = [{ value: "", label: "Anybody" }, ...(users.data ?? []).filter((user) => user.kind === "person").map((user) => ({ value: user.id, label: user.name }))];
  const number = (text: string) => {
    const digits = /^(?:inc-?)?(\d+)$/i.exec(text.trim())?.[1];
    return digits ? `INC-${digits}` : text.trim() || undefined;
  };
  return (
    <form
      className="delivery-filters"
      role="search"
      aria-label="Filter"
      onSubmit={(event) => {
        event.preventDefault();
        set({ ticket: number(ticket) });
      }}
    >
      <TextField label="Ticket" optional placeholder="INC-42" value={ticket} onChange={(event) => setTicket(event.target.value)} onBlur={() => set({ ticket: number(ticket) })} />
      <Select label="To" value={search.person ?? ""} options={people} onChange={(event) => set({ person: event.target.value || undefined })} />
      <Select label="State" value={search.state ?? ""} options={stateOptions} onChange={(event) => set({ state: event.target.value || undefined })} />
    </form>
  );
}
