import { formatCount, formatPlural } from "@/lib/format";
import { cx } from "@/ui/cx";
import { sections } from "./sections";
import type { Preview, SectionId } from "./types";

interface FlowProps {
  preview: Preview | undefined;
  days: number;
  /** Sections whose rules are changed and not saved. */
  changed: readonly SectionId[];
  onGo: (section: SectionId | "lists") => void;
  lists: number | undefined;
}

interface Stage {
  id: SectionId;
  title: string;
  /** What the section took, in words. */
  took: string;
  /** Findings that come in and go on, for the drawing. */
  before: number;
  after: number;
}

/** The way of a finding, drawn: each section with what it took, the band as wide as what is left. */
export function Flow({ preview, days, changed, onGo, lists }: FlowProps) {
  const most = Math.max(1, preview?.of ?? 1);
  return (
    <nav aria-label="The way of a finding" className="flow">
      <p className="flow-start">
        <strong>{preview ? `${formatCount(preview.of)}${preview.truncated ? "+" : ""}` : "…"}</strong>
        <span className="muted">{preview?.of === 1 ? "finding" : "findings"} in {days === 1 ? "a day" : `${days} days`}</span>
      </p>
      <ol>
        {stagesOf(preview).map((stage) => (
          <li key={stage.id}>
            <button type="button" className="flow-stage" onClick={() => onGo(stage.id)}>
              <span className="flow-title">
                {stage.title}
                {changed.includes(stage.id) && (
                  <span className="flow-changed">
                    {" "}
                    <span aria-hidden="true" title="Changed, not saved">
                      ●
                    </span>
                    <span className="visually-hidden">, changed</span>
                  </span>
                )}
              </span>
              <Band before={stage.before / most} after={stage.after / most} known={preview !== undefined} />
              <span className={cx("flow-took", !preview && "muted")}>{preview ? stage.took : "…"}</span>
            </button>
          </li>
        ))}
        <li>
          <button type="button" className="flow-stage flow-lists" onClick={() => onGo("lists")}>
            <span className="flow-title">Lists</span>
            <span className="flow-took">{lists === undefined ? "…" : lists === 0 ? "none yet" : `${formatPlural(lists, { one: "list", other: "lists" })} for rules`}</span>
          </button>
        </li>
      </ol>
    </nav>
  );
}

/** What each section took of what came to it. */
export function stagesOf(preview: Preview | undefined): Stage[] {
  const taken = (section: SectionId) => preview?.by_rule.filter((row) => row.section === section).reduce((sum, row) => sum + row.matched, 0) ?? 0;
  const windows = taken("windows");
  const silenced = Math.max(0, (preview?.would_suppress ?? 0) - windows);
  const teams = preview?.by_team.length ?? 0;
  const { would_record: recorded = 0, would_join: joined = 0, tickets = 0 } = preview ?? {};
  const steps: Record<SectionId, { took: string; less: number }> = {
    severities: { took: `${formatCount(taken("severities"))} mapped`, less: 0 },
    suppressions: { took: `${formatCount(silenced)} suppressed`, less: silenced },
    windows: { took: `${formatCount(windows)} silenced`, less: windows },
    rules: { took: `${formatCount(recorded)} only recorded`, less: recorded },
    groups: { took: `${formatCount(joined)} joined another`, less: joined },
    routes: { took: `${formatPlural(tickets, { one: "ticket", other: "tickets" })} to ${formatPlural(teams, { one: "team", other: "teams" })}`, less: 0 },
  };
  let left = preview?.of ?? 0;
  return sections.map(({ id, title }) => {
    const before = left;
    left = Math.max(0, left - steps[id].less);
    return { id, title, took: steps[id].took, before, after: left };
  });
}

const HEIGHT = 34;

function Band({ before, after, known }: { before: number; after: number; known: boolean }) {
  const half = (share: number) => (share > 0 ? Math.max(0.75, (share * HEIGHT) / 2) : 0.25);
  const [left, right] = [half(before), half(after)];
  const middle = HEIGHT / 2;
  return (
    <svg className="flow-band" viewBox={`0 0 100 ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      {known && <path d={`M0 ${middle - left} C40 ${middle - left} 60 ${middle - right} 100 ${middle - right} V${middle + right} C60 ${middle + right} 40 ${middle + left} 0 ${middle + left}Z`} />}
    </svg>
  );
}
