import { cx } from "@/ui/cx";
import { Badge, type Tone } from "@/ui/badge";
import type { RuleChange } from "./diff";
import { sectionOf } from "./sections";
import { fieldTitle, type Names, valueWords } from "./words";

const tones: Record<RuleChange["did"], Tone> = { added: "ok", removed: "critical", changed: "low", moved: "info" };

/** What differs, rule by rule, each field with what it was and what it is. */
export function DifferenceList({ changes, names, label }: { changes: readonly RuleChange[]; names: Names; label: string }) {
  return (
    <ul className="differences" aria-label={label}>
      {changes.map((change, i) => (
        <li key={i}>
          <div className="difference-head">
            <Badge tone={tones[change.did]}>{change.did}</Badge>
            <strong>{change.name}</strong>
            <span className="muted">
              {sectionOf(change.section)?.title}
              {change.did !== "removed" && change.did !== "added" && change.from !== change.to && `, from place ${change.from} to ${change.to}`}
            </span>
          </div>
          {change.did === "changed" && (
            <dl className="difference-fields">
              {change.fields.map(({ field, before, after }) => (
                <div key={field}>
                  <dt>{fieldTitle(field)}</dt>
                  <dd>
                    <Value gone field={field} value={before} names={names} /> → <Value field={field} value={after} names={names} />
                  </dd>
                </div>
              ))}
            </dl>
          )}
          {(change.did === "added" || change.did === "removed") && (
            <p className="difference-whole">
              {change.fields.map(({ field, before, after }) => (
                <span key={field}>
                  <span className="muted">{fieldTitle(field)}</span> <Value field={field} value={change.did === "added" ? after : before} names={names} />
                </span>
              ))}
            </p>
          )}
        </li>
      ))}
    </ul>
  );
}

function Value({ field, value, names, gone }: { field: string; value: unknown; names: Names; gone?: boolean }) {
  const words = valueWords(field, value, names) || "none";
  const Tag = field === "match" ? "code" : "span";
  return (
    <Tag className={cx("difference-value", gone && "difference-gone")}>
      {gone && <span className="visually-hidden">was </span>}
      {words}
    </Tag>
  );
}
