import { useId, useState } from "react";
import { Button } from "@/ui/button";
import { type Draft, type MappingField, type Pair, problemAt, type TableName, type Trial, unknownWord } from "./mapping-draft";

interface TablesProps {
  draft: Draft;
  known: readonly MappingField[];
  trial: Trial | undefined;
  onChange: (draft: Draft) => void;
}

/** What the detector's words for severity, status and class mean. */
export function WordTables({ draft, known, trial, onChange }: TablesProps) {
  const shown: { table: TableName; field: string; title: string; help: string }[] = [
    { table: "severities", field: "severity", title: "Severities", help: "A word, or a bound such as >=7. “default” is for all others." },
    { table: "statuses", field: "status", title: "Statuses", help: "Usual words (open, firing, closed, …) are understood as they are." },
    { table: "classes", field: "class", title: "Classes", help: "Without a class it is a detection." },
  ];
  return (
    <>
      {shown
        .filter(({ table, field }) => table === "severities" || draft[table].length > 0 || (draft.fields[field] ?? "").trim() !== "")
        .map(({ table, field, title, help }) => (
          <WordTable
            key={table}
            title={title}
            help={help}
            meanings={known.find((f) => f.name === field)?.words ?? []}
            pairs={draft[table]}
            missing={missingIn(trial, field, draft[table])}
            problem={problemAt(trial, table)}
            onChange={(pairs) => onChange({ ...draft, [table]: pairs })}
          />
        ))}
    </>
  );
}

function missingIn(trial: Trial | undefined, field: string, pairs: readonly Pair[]): string[] {
  const words = (trial?.items ?? []).map((item) => (item.error?.field === field ? unknownWord(item.error.message) : undefined));
  return [...new Set(words.filter((w): w is string => w !== undefined && !pairs.some(([word]) => word.toLowerCase() === w.toLowerCase())))];
}

interface WordProps {
  title: string;
  help: string;
  meanings: readonly string[];
  pairs: readonly Pair[];
  /** Words of the sample that nothing explains. */
  missing: readonly string[];
  problem: string | undefined;
  onChange: (pairs: Pair[]) => void;
}

function WordTable({ title, help, meanings, pairs, missing, problem, onChange }: WordProps) {
  const [word, setWord] = useState("");
  const id = useId();
  const add = (w: string) => {
    const text = w.trim();
    if (text === "" || pairs.some(([known]) => known === text)) return;
    onChange([...pairs, [text, meanings[2] ?? meanings[0] ?? ""]]);
    setWord("");
  };
  return (
    <fieldset className="mapping-words">
      <legend className="field-label">{title}</legend>
      <div className="field-help">{help}</div>
      {pairs.map(([from, to], i) => (
        <div key={from} className="mapping-word">
          <code>{from}</code>
          <select className="input" aria-label={`What ${from} means`} value={to} onChange={(e) => onChange(pairs.map((p, at) => (at === i ? [from, e.target.value] : p)))}>
            {meanings.map((m) => (
              <option key={m} value={m}>
                {m}
              </option>
            ))}
          </select>
          <Button tone="quiet" aria-label={`Remove ${from}`} onClick={() => onChange(pairs.filter((_, at) => at !== i))}>
            Remove
          </Button>
        </div>
      ))}
      {missing.length > 0 && (
        <div className="mapping-tools">
          {missing.map((w) => (
            <Button key={w} onClick={() => add(w)}>
              Explain “{w}”
            </Button>
          ))}
        </div>
      )}
      <div className="mapping-word">
        <label className="visually-hidden" htmlFor={id}>
          Another word for {title.toLowerCase()}
        </label>
        <input
          id={id}
          className="input"
          value={word}
          placeholder="A word of the detector"
          spellCheck={false}
          autoComplete="off"
          onChange={(e) => setWord(e.target.value)}
          onKeyDown={(e) => {
            if (e.key !== "Enter") return;
            e.preventDefault(); // the form is not meant
            add(word);
          }}
        />
        <Button blocked={word.trim() === "" && "Write a word first"} onClick={() => add(word)}>
          Add word
        </Button>
      </div>
      <div className="field-error" aria-live="polite">
        {problem}
      </div>
    </fieldset>
  );
}
