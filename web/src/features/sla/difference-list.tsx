import { Badge, type Tone } from "@/ui/badge";
import { cx } from "@/ui/cx";
import type { Change } from "./diff";
import { sectionTitles } from "./draft";
import { type DocNames, pathWords, valueWords } from "./words";

const tones: Record<Change["did"], Tone> = { added: "ok", removed: "critical", changed: "low", moved: "info" };

/** What differs, one by one, each field with what it was and what it is. */
export function DifferenceList({ changes, names, label }: { changes: readonly Change[]; names: DocNames; label: string }) {
  return (
    <ul className="sla-differences" aria-label={label}>
      {changes.map((change, i) => (
        <li key={i}>
          <div className="sla-difference-head">
            <Badge tone={tones[change.did]}>{change.did}</Badge>
            <strong>{change.name}</strong>
            <span className="muted">{sectionTitles[change.section]}</span>
          </div>
          {(change.did === "changed" || change.did === "added") && (
            <dl className="sla-difference-fields">
              {change.fields.map(({ path, before, after }) => (
                <div key={path.join("/")}>
                  <dt>{pathWords(path)}</dt>
                  <dd>
                    {change.did === "changed" && (
                      <>
                        <Value gone text={valueWords(path, before, names)} /> →{" "}
                      </>
                    )}
                    <Value text={valueWords(path, after, names)} />
                  </dd>
                </div>
              ))}
            </dl>
          )}
        </li>
      ))}
    </ul>
  );
}

function Value({ text, gone }: { text: string; gone?: boolean }) {
  return (
    <span className={cx(gone && "sla-difference-gone")}>
      {gone && <span className="visually-hidden">was </span>}
      {text || "none"}
    </span>
  );
}
