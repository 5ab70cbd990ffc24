import { formatPlural } from "@/lib/format";
import { SeverityChip } from "@/ui/badge";
import { Facts } from "@/ui/facts";
import { Time } from "@/ui/time";
import type { Trial } from "./mapping-draft";

interface PreviewProps {
  trial: Trial | undefined;
  busy: boolean;
  hasSample: boolean;
}

/** What comes of the sample: findings in the normal form, or what is wrong with which field. */
export function MappingPreview({ trial, busy, hasSample }: PreviewProps) {
  return (
    <section className="mapping-side" aria-label="Preview" aria-busy={busy}>
      <h3 className="mapping-head">Preview</h3>
      <div role="status" className="muted">
        {summary(trial, hasSample)}
      </div>
      {trial?.problems.slice(0, 5).map((p) => (
        <div key={`${p.field}${p.message}`} className="field-error">
          <code>{p.field}</code> {p.message}
        </div>
      ))}
      <ol className="mapping-items">
        {trial?.items.map((item, i) => (
          // The items have no name of their own, and stand in the order of the sample.
          <li key={i} className="mapping-item">
            {item.finding ? (
              <Normal finding={item.finding} />
            ) : (
              <div className="field-error">
                Goes to quarantine: <code>{item.error?.field}</code> {item.error?.message}
              </div>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}

function summary(trial: Trial | undefined, hasSample: boolean): string {
  if (!hasSample) return "Paste a sample to see what becomes of it.";
  if (!trial) return "";
  if (trial.problems.length > 0) return "The mapping is not whole yet.";
  const good = trial.items.filter((item) => item.finding).length;
  const shown = trial.total > trial.items.length ? `; the first ${trial.items.length} are shown` : "";
  return `${formatPlural(trial.total, { one: "item", other: "items" })}, ${good} of ${trial.items.length} read${shown}.`;
}

function Normal({ finding: f }: { finding: NonNullable<Trial["items"][number]["finding"]> }) {
  return (
    <>
      <div className="mapping-title">
        <SeverityChip severity={f.severity} /> <span className="strong">{f.title}</span>
      </div>
      <Facts
        facts={[
          ["Id", f.uid],
          ["Status", f.status],
          ["Class", f.class],
          ["Product", f.product],
          ["Account", f.account],
          ["Region", f.region],
          ["Resource", f.resources[0]?.uid || f.resources[0]?.name],
          ["Principal", f.principal],
          ["Action", f.action],
          ["Created", f.created_at > 0 && <Time at={new Date(f.created_at / 1000).toISOString()} show="date" />],
          ["Updated", f.updated_at > 0 && <Time at={new Date(f.updated_at / 1000).toISOString()} show="date" />],
          ["Types", f.types.join(", ")],
          ["Remote", f.remotes.map((r) => r.ip || r.domain).join(", ")],
          ["Indicators", f.indicators.map((i) => i.value).slice(0, 10).join(", ")],
          ["Techniques", f.techniques.join(", ")],
          ["Link", f.source_url],
          ["Description", f.description],
        ]}
      />
    </>
  );
}
