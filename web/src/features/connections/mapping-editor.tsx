import { useState } from "react";
import { $api } from "@/api/client";
import { Button } from "@/ui/button";
import { Select, TextArea, TextField } from "@/ui/field";
import { Loaded } from "@/ui/loaded";
import { type Draft, itemsOf, type MappingField, problemAt, readMapping, withPath, withSuggestions, writeMapping } from "./mapping-draft";
import { FieldList } from "./mapping-fields";
import { MappingPreview } from "./mapping-preview";
import { MappingSample } from "./mapping-sample";
import { WordTables } from "./mapping-words";
import { useTrial } from "./use-trial";
import "./mapping.css";

interface EditorProps {
  /** The mapping as JSON. */
  value: string;
  onChange: (value: string) => void;
  /** What the server says of it, whole. */
  error: string | undefined;
  /** The name that findings without a product get. */
  product: string;
}

/** Says what of a body becomes which field of a finding, tried on a sample all the while. */
export default function MappingEditor(props: EditorProps) {
  const fields = $api.useQuery("get", "/mappings/fields", {}, { staleTime: Infinity });
  return (
    <fieldset className="mapping">
      <legend className="field-label">Mapping</legend>
      <div className="field-help">
        Paste a sample, choose a field, then choose the place of the sample that it is filled from. A path such as <code>$.rule.name</code> takes what stands there; <code>{"{{rule.name}} on {{host}}"}</code> puts texts
        together; anything else stands for itself. <code>||</code> goes on to the next when there is nothing.
      </div>
      <Loaded query={fields} label="Loading the fields of a finding">
        {({ items }) => <Editor {...props} known={items} />}
      </Loaded>
    </fieldset>
  );
}

function Editor({ value, onChange, error, product, known }: EditorProps & { known: readonly MappingField[] }) {
  const [sample, setSample] = useState("");
  const [current, setCurrent] = useState("uid");
  const [asText, setAsText] = useState(false);
  const draft = readMapping(value);
  const trial = useTrial(draft ? value : "", sample, product);
  const set = (next: Draft) => onChange(writeMapping(next));
  const found = sample.trim() === "" ? undefined : trial.data;
  const take = (path: string) => {
    if (!draft) return;
    const field = known.find((f) => f.name === current);
    set({ ...draft, fields: { ...draft.fields, [current]: withPath(draft.fields[current] ?? "", path, field?.list ?? false) } });
  };
  const paste = (text: string) => {
    setSample(text);
    if (draft && value.trim() === "" && itemsOf(text)) set({ ...draft, items: itemsOf(text) });
  };
  if (asText || !draft) return <AsText value={value} onChange={onChange} error={error} broken={!draft} onBack={() => setAsText(false)} />;
  return (
    <>
      <div className="field-error" aria-live="polite">
        {error}
      </div>
      <div className="mapping-columns">
        <MappingSample sample={sample} onSample={paste} trial={found} error={trial.error} current={current} onTake={take} />
        <div className="mapping-middle">
          <TextField
            label="Where the items are"
            optional
            help="The path of the list, such as $.alerts. Empty takes the body itself, one item or a list of them."
            value={draft.items}
            spellCheck={false}
            autoComplete="off"
            onChange={(e) => set({ ...draft, items: e.target.value })}
            error={problemAt(found, "items")}
          />
          <div className="mapping-tools">
            <Button blocked={Object.keys(found?.suggestions ?? {}).length === 0 && "There is nothing to suggest: paste a sample first"} onClick={() => set(withSuggestions(draft, found?.suggestions ?? {}))}>
              Take all suggestions
            </Button>
            <Button tone="quiet" onClick={() => setAsText(true)}>
              Edit as JSON
            </Button>
          </div>
          <FieldList
            known={known}
            draft={draft}
            trial={found}
            current={current}
            onCurrent={setCurrent}
            onChange={(name, line) => set({ ...draft, fields: { ...draft.fields, [name]: line } })}
          />
          <TextField
            label="Without an id, what makes it the same finding"
            optional
            help="Paths with || between them. A hash of what stands there is the id."
            value={draft.identity}
            spellCheck={false}
            autoComplete="off"
            onChange={(e) => set({ ...draft, identity: e.target.value })}
            error={problemAt(found, "identity")}
          />
          <WordTables draft={draft} known={known} trial={found} onChange={set} />
          <Times draft={draft} trial={found} onChange={set} />
        </div>
        <MappingPreview trial={found} busy={trial.isFetching} hasSample={sample.trim() !== ""} />
      </div>
    </>
  );
}

function Times({ draft, trial, onChange }: { draft: Draft; trial: Parameters<typeof problemAt>[0]; onChange: (draft: Draft) => void }) {
  const how = draft.times || "auto";
  const own = !["auto", "rfc3339", "unix", "unix_ms"].includes(how);
  return (
    <div className="mapping-times">
      <Select
        label="How times are written"
        value={own ? "own" : how}
        options={[
          { value: "auto", label: "As most write them (found out)" },
          { value: "rfc3339", label: "2026-11-23T10:00:00Z" },
          { value: "unix", label: "Seconds since 1970" },
          { value: "unix_ms", label: "Milliseconds since 1970" },
          { value: "own", label: "In another way" },
        ]}
        onChange={(e) => onChange({ ...draft, times: e.target.value === "own" ? "02/01/2006 15:04:05" : e.target.value })}
      />
      {own && (
        <TextField
          label="Written as"
          help="The moment 2006-01-02 15:04:05 as the detector would write it."
          value={draft.times}
          spellCheck={false}
          autoComplete="off"
          onChange={(e) => onChange({ ...draft, times: e.target.value })}
          error={problemAt(trial, "times")}
        />
      )}
      <TextField
        label="Time zone of times without one"
        optional
        placeholder="UTC"
        value={draft.zone}
        spellCheck={false}
        autoComplete="off"
        onChange={(e) => onChange({ ...draft, zone: e.target.value })}
        error={problemAt(trial, "zone")}
      />
    </div>
  );
}

function AsText({ value, onChange, error, broken, onBack }: { value: string; onChange: (value: string) => void; error: string | undefined; broken: boolean; onBack: () => void }) {
  return (
    <>
      <TextArea
        label="Mapping as JSON"
        className="mapping-json"
        rows={16}
        spellCheck={false}
        value={broken ? value : pretty(value)}
        onChange={(e) => onChange(e.target.value)}
        error={error ?? (broken ? "This is not a JSON object yet." : undefined)}
      />
      <div className="mapping-tools">
        <Button blocked={broken && "Mend the JSON first"} onClick={onBack}>
          Back to the fields
        </Button>
      </div>
    </>
  );
}

// Typing keeps its own white space: only what the editor wrote, on one line, is laid out.
function pretty(text: string): string {
  if (text.includes("\n") || text.trim() === "") return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
