import { cx } from "@/ui/cx";
import { TextArea } from "@/ui/field";
import { ErrorState } from "@/ui/states";
import { kindOfSample, type Trial } from "./mapping-draft";

interface SampleProps {
  sample: string;
  onSample: (text: string) => void;
  trial: Trial | undefined;
  error: unknown;
  /** The field that a place goes to when it is chosen. */
  current: string;
  onTake: (path: string) => void;
}

/** A sample, and the places that its items have. */
export function MappingSample({ sample, onSample, trial, error, current, onTake }: SampleProps) {
  return (
    <section className="mapping-side" aria-label="Sample">
      <TextArea
        label="Sample"
        className="mapping-json"
        rows={8}
        optional
        spellCheck={false}
        placeholder='{"alerts": [{"id": "a-1", "name": "…"}]}'
        help={sample.trim() === "" ? "One call as the sender makes it: JSON, or CSV with a header. It is not kept." : `Read as ${kindOfSample(sample) === "text/csv" ? "CSV" : "JSON"}. It is not kept.`}
        value={sample}
        onChange={(e) => onSample(e.target.value)}
      />
      {error ? <ErrorState error={error} title="The sample cannot be read" /> : null}
      {trial && trial.paths.length > 0 && (
        <>
          <h3 className="mapping-head">
            Places in it <span className="muted">— for {current}</span>
          </h3>
          <ul className="mapping-paths" aria-label="Places in the sample">
            {trial.paths.map((p) => (
              <li key={p.path} className={`mapping-depth-${Math.min(depth(p.path), 5)}`}>
                <button type="button" className={cx("mapping-path", p.used && "mapping-used")} onClick={() => onTake(p.path)} aria-label={`Use ${p.path} for ${current}`}>
                  <code>{p.path}</code>
                  {p.used && <span className="mapping-mark">used</span>}
                  <span className="muted mapping-example">{p.example}</span>
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function depth(path: string): number {
  return (path.match(/\.|\["/g) ?? []).length - 1;
}
