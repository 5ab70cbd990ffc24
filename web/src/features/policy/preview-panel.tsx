import type { MethodResponse } from "openapi-react-query";
import { Link } from "@tanstack/react-router";
import type { $api } from "@/api/client";
import { useCan } from "@/api/session";
import { formatCount, formatPlural } from "@/lib/format";
import { toProblem } from "@/lib/problem";
import { SeverityChip } from "@/ui/badge";
import { Select } from "@/ui/field";
import { Panel } from "@/ui/panel";
import { ErrorState, Skeleton } from "@/ui/states";
import { ruleAt } from "./draft";

export type Preview = MethodResponse<typeof $api, "post", "/policy/preview">;

interface PreviewProps {
  preview: Preview | undefined;
  error: unknown;
  /** Newer rules are being tried; what is shown is of the ones before. */
  stale: boolean;
  onRetry: () => void;
  /** What the rules in force would have opened, while others are being tried. */
  saved: number | undefined;
  days: number;
  onDays: (days: number) => void;
}

const spans = [1, 7, 30, 90].map((days) => ({ value: String(days), label: `Findings of the last ${formatPlural(days, { one: "day", other: "days" })}` }));

/** What the rules on the left would have done, before anybody saves them. */
export function PreviewPanel({ preview, error, stale, onRetry, saved, days, onDays }: PreviewProps) {
  return (
    <Panel title="Preview">
      <Select label="Try the rules on" value={String(days)} options={spans} onChange={(event) => onDays(Number(event.target.value))} />
      <div role="status" className={stale ? "preview-stale" : undefined}>
        {error ? <Failed error={error} onRetry={onRetry} /> : preview ? <Headline preview={preview} saved={saved} /> : <Skeleton lines={3} label="Trying the rules" />}
      </div>
      {preview && !error && <Examples preview={preview} />}
    </Panel>
  );
}

function Failed({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const problem = toProblem(error);
  const at = ruleAt(problem);
  if (at) return <p>Rule {at.index + 1} has a mistake; mend it to see what the rules would do.</p>;
  return <ErrorState error={problem} onRetry={onRetry} />;
}

function Headline({ preview, saved }: { preview: Preview; saved: number | undefined }) {
  if (preview.of === 0) return <p>No findings came in these days, so there is nothing to try the rules on.</p>;
  return (
    <>
      <p className="preview-headline">
        These would have opened <strong>{formatCount(preview.would_open)}</strong> of {formatCount(preview.of)}
        {preview.truncated && "+"}
      </p>
      {saved !== undefined && saved !== preview.would_open && <p className="muted">The rules in force would have opened {formatCount(saved)}.</p>}
      {preview.truncated && <p className="muted">Only the newest {formatCount(preview.of)} were tried.</p>}
    </>
  );
}

function Examples({ preview }: { preview: Preview }) {
  const can = useCan();
  if (preview.examples.length === 0) return null;
  return (
    <>
      <h3>{preview.would_open > preview.examples.length ? "Some of them" : "All of them"}</h3>
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
