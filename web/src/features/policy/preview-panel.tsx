import { Link } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import { formatCount, formatPlural } from "@/lib/format";
import { toProblem } from "@/lib/problem";
import { SeverityChip } from "@/ui/badge";
import { Select } from "@/ui/field";
import { Panel } from "@/ui/panel";
import { ErrorState, Skeleton } from "@/ui/states";
import { barsOf, CompareBars, Length } from "./compare-bars";
import type { Place } from "./draft";
import { sectionOf } from "./sections";
import type { Preview } from "./types";

interface PreviewProps {
  preview: Preview | undefined;
  error: unknown;
  /** The rule that the error is about. */
  place: Place | undefined;
  /** Newer rules are being tried; what is shown is of the ones before. */
  stale: boolean;
  onRetry: () => void;
  /** What the rules in force would have done, while others are being tried. */
  inForce: Preview | undefined;
  days: number;
  onDays: (days: number) => void;
}

const spans = [1, 7, 30, 90].map((days) => ({ value: String(days), label: `Findings of the last ${formatPlural(days, { one: "day", other: "days" })}` }));

/** What the rules would have done, before anybody saves them, beside what those in force would have done. */
export function PreviewPanel({ preview, error, place, stale, onRetry, inForce, days, onDays }: PreviewProps) {
  return (
    <Panel title="Preview" className="preview">
      <Select label="Try the rules on" value={String(days)} options={spans} onChange={(event) => onDays(Number(event.target.value))} />
      <div role="status" className={stale ? "preview-stale" : undefined}>
        {error ? <Failed error={error} place={place} onRetry={onRetry} /> : preview ? <Headline preview={preview} /> : <Skeleton lines={3} label="Trying the rules" />}
      </div>
      {preview && !error && preview.of > 0 && (
        <>
          <CompareBars bars={inForce ? barsOf(inForce, preview) : barsOf(preview, undefined)} most={preview.of} />
          {inForce && <p className="muted bars-key">Above in each pair: the rules in force. Below: these.</p>}
          <Teams preview={preview} />
          <Groups preview={preview} />
          <Examples preview={preview} />
        </>
      )}
    </Panel>
  );
}

function Failed({ error, place, onRetry }: { error: unknown; place: Place | undefined; onRetry: () => void }) {
  const problem = toProblem(error);
  if (place) {
    return (
      <p>
        {sectionOf(place.section)?.title}, {place.index + 1}: {problem.message} Mend it to see what the rules would do.
      </p>
    );
  }
  return <ErrorState error={problem} onRetry={onRetry} />;
}

function Headline({ preview }: { preview: Preview }) {
  if (preview.of === 0) return <p>No findings came in these days, so there is nothing to try the rules on.</p>;
  return (
    <>
      <p className="preview-headline">
        <strong>{formatPlural(preview.tickets, { one: "ticket", other: "tickets" })}</strong> of {formatPlural(preview.of, { one: "finding", other: "findings" })}
      </p>
      {preview.truncated && <p className="muted">Only the newest {formatCount(preview.of)} were tried.</p>}
    </>
  );
}

function Teams({ preview }: { preview: Preview }) {
  if (preview.by_team.length === 0) return null;
  const most = Math.max(...preview.by_team.map((team) => team.tickets));
  return (
    <>
      <h3>Tickets by team</h3>
      <ul className="bars" aria-label="Tickets by team">
        {preview.by_team.map((team) => (
          <li key={team.team}>
            <div className="bar-line">
              <span>{team.name || "the intake team"}</span>
              <span className="num">{formatCount(team.tickets)}</span>
            </div>
            <Length share={team.tickets / most} className="bar-then" />
          </li>
        ))}
      </ul>
    </>
  );
}

function Groups({ preview }: { preview: Preview }) {
  if (preview.groups.length === 0) return null;
  return (
    <>
      <h3>Biggest groups</h3>
      <ul className="preview-groups" aria-label="Biggest groups">
        {preview.groups.slice(0, 5).map((group, i) => (
          <li key={i}>
            <span className="num preview-group-size">{formatCount(group.findings)}</span>
            <span>
              {group.title}
              {group.key && <span className="muted preview-group-key">{group.key}</span>}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

function Examples({ preview }: { preview: Preview }) {
  const can = useCan();
  if (preview.examples.length === 0) return null;
  return (
    <>
      <h3>{preview.would_open > preview.examples.length ? "Some that would open or join one" : "All that would open or join one"}</h3>
      <ul className="preview-examples">
        {preview.examples.map((finding) => (
          <li key={finding.id}>
            <SeverityChip severity={finding.severity} />
            {can("finding.read") ? (
              <Link to="/findings/$id" params={{ id: finding.id }}>
                {finding.title}
              </Link>
            ) : (
              <span>{finding.title}</span>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
