import { useNavigate, useSearch } from "@tanstack/react-router";
import { $api } from "@/api/client";
import type { components } from "@/api/schema";
import { useCan } from "@/api/session";
import { useNow } from "@/lib/now";
import { formatPlural } from "@/lib/format";
import { formatDate, formatDuration } from "@/lib/time";
import { useZone } from "@/lib/zone";
import { Select } from "@/ui/field";
import { FormRow } from "@/ui/form";
import { Loaded, NoPermission } from "@/ui/loaded";
import { Page } from "@/ui/panel";
import { Table, type TableColumn } from "@/ui/table";
import { Time } from "@/ui/time";
import { placeOf, spansOf } from "./spans";
import "./measures.css";

type KPIs = components["schemas"]["KPIs"];
type KPI = components["schemas"]["KPI"];
type Group = components["schemas"]["KPIGroup"];
interface Row {
  kpi: KPI;
  group: Group | undefined;
}

const groups = [
  { value: "", label: "All together" },
  { value: "severity", label: "By severity" },
  { value: "team", label: "By team" },
  { value: "source", label: "By source" },
  { value: "type", label: "By type" },
];

/** How fast tickets go through their phases and how often what happens, of a span of days. */
export function MeasuresPage() {
  const can = useCan();
  const may = can("report.read") || can("ticket.force");
  const search = useSearch({ from: "/shell/measures" });
  const navigate = useNavigate({ from: "/measures" });
  const zone = useZone();
  const spans = spansOf(formatDate(useNow(3_600_000), zone));
  const chosen = spans.find((one) => one.id === search.span) ?? spans[0];
  const group = groups.some((one) => one.value === search.group) ? (search.group ?? "") : "";
  const query = $api.useQuery("get", "/kpis", { params: { query: { ...chosen?.span, ...(group && { group }) } } }, { enabled: may, placeholderData: (old) => old });
  if (!may) return <NoPermission what="measures" />;
  const set = (change: { span?: string; group?: string }) => void navigate({ search: (old) => ({ ...old, ...change }), replace: true });
  return (
    <Page title="Measures" intro="Each belongs to the day on which it ended, so that what is still open never makes a span look better. The median says what is usual, the ninetieth percentile what is bad; a mean is moved by one long case and stands in the export only.">
      <FormRow>
        <Select label="Of" value={chosen?.id ?? ""} onChange={(event) => set({ span: event.target.value })} options={spans.map(({ id, label }) => ({ value: id, label }))} />
        <Select label="Told apart" value={group} onChange={(event) => set({ group: event.target.value })} options={groups} />
      </FormRow>
      <Loaded query={query} label="Loading measures">
        {(told) => <Screen told={told} />}
      </Loaded>
    </Page>
  );
}

function Screen({ told }: { told: KPIs }) {
  const rows = told.kpis.flatMap((kpi): Row[] => (kpi.groups.length > 0 ? kpi.groups.map((group) => ({ kpi, group })) : [{ kpi, group: undefined }]));
  return (
    <>
      <p className="muted">
        {told.from} to before {told.to}, days of {told.zone || "UTC"}. Still open and not counted: {formatPlural(told.open.n, { one: "ticket", other: "tickets" })}
        {told.open.oldest_opened_at && (
          <>
            , the oldest opened <Time at={told.open.oldest_opened_at} show="date" />
          </>
        )}
        . Definitions {told.definitions}
        {told.fresh_until && (
          <>
            ; fresh until <Time at={told.fresh_until} show="date" />
          </>
        )}
        .
      </p>
      <Table label="Measures" columns={columnsOf(told.group !== "")} rows={rows} rowKey={({ kpi, group }) => `${kpi.name} ${group?.group ?? ""}`} />
    </>
  );
}

const long = (seconds: number | null | undefined) => (typeof seconds === "number" ? (seconds < 1 ? "0 s" : formatDuration(seconds * 1000)) : "");
const percent = (share: number | null | undefined) => (typeof share === "number" ? `${(100 * share).toFixed(1)} %` : "");

function columnsOf(grouped: boolean): TableColumn<Row>[] {
  return [
    { id: "measure", head: "Measure", cell: ({ kpi }) => <span title={kpi.means}>{kpi.title}</span> },
    ...(grouped ? [{ id: "group", head: "Of", cell: ({ group }: Row) => group?.name ?? "" }] : []),
    { id: "n", head: "n", end: true, cell: ({ group }) => group?.n ?? <span className="muted">none</span> },
    { id: "median", head: "Median, or share", end: true, cell: ({ kpi, group }) => (kpi.unit === "share" ? percent(group?.rate) : long(group?.median)) },
    { id: "p90", head: "p90", end: true, cell: ({ kpi, group }) => (kpi.unit === "share" ? "" : long(group?.p90)) },
    { id: "interval", head: "95 % interval", cell: ({ kpi, group }) => <Interval kpi={kpi} group={group} /> },
    { id: "spread", head: "A minute to thirty days", grow: true, cell: ({ kpi, group }) => kpi.unit === "seconds" && group && <Spread group={group} title={kpi.title} /> },
  ];
}

/** Where the true median, or share, lies; of few values the values themselves. */
function Interval({ kpi, group }: { kpi: KPI; group: Group | undefined }) {
  if (!group) return null;
  const words = kpi.unit === "share" ? percent : long;
  if (typeof group.low === "number" && typeof group.high === "number") return <>{`${words(group.low)} to ${words(group.high)}`}</>;
  return <span className="muted">too few: {group.values.map((value) => long(value)).join(", ")}</span>;
}

/** The interval as a band, the median as a line and the ninetieth percentile as a dot. */
function Spread({ group, title }: { group: Group; title: string }) {
  const x = (seconds: number | null | undefined) => 4 + 192 * placeOf(seconds ?? 0);
  const low = group.low ?? group.median;
  const high = group.high ?? group.median;
  return (
    <svg className="measure-spread" viewBox="0 0 200 16" role="img" aria-label={`${title}: median ${long(group.median)}, ninetieth percentile ${long(group.p90)}`}>
      <line className="measure-scale" x1="4" x2="196" y1="8" y2="8" />
      <rect className="measure-band" x={x(low)} width={Math.max(1, x(high) - x(low))} y="3" height="10" />
      <line className="measure-median" x1={x(group.median)} x2={x(group.median)} y1="1" y2="15" />
      <circle className="measure-p90" cx={x(group.p90)} cy="8" r="3" />
    </svg>
  );
}
