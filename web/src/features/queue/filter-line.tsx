import { type RefObject, useId, useState } from "react";
import { charIndexOf } from "@/lib/format";
import type { Problem } from "@/lib/problem";
import { Button } from "@/ui/button";
import { Input } from "@/ui/input";

interface FilterLineProps {
  value: string;
  /** The view's own query, to go back to. */
  original: string;
  onApply: (q: string) => void;
  /** What the server said about the query now applied. */
  problem: Problem | undefined;
  inputRef: RefObject<HTMLInputElement | null>;
}

/** One line in the query language. Enter applies it; a mistake is marked where it stands. */
export function FilterLine({ value, original, onApply, problem, inputRef }: FilterLineProps) {
  const id = useId();
  const [draft, setDraft] = useState({ of: value, text: value });
  const text = draft.of === value ? draft.text : value; // another view was chosen: its query shows
  const apply = (q: string) => {
    setDraft({ of: q, text: q });
    onApply(q);
  };
  return (
    <form
      className="filter"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        apply(text.trim());
      }}
    >
      <label className="visually-hidden" htmlFor={id}>
        Filter tickets
      </label>
      <Input
        id={id}
        ref={inputRef}
        className="mono"
        value={text}
        placeholder="severity>=high owner:none"
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        aria-invalid={problem ? true : undefined}
        aria-describedby={problem ? `${id}-error` : undefined}
        aria-keyshortcuts="/"
        onChange={(event) => setDraft({ of: value, text: event.target.value })}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          setDraft({ of: value, text: value });
          event.currentTarget.blur();
        }}
      />
      {value !== original && (
        <Button tone="quiet" onClick={() => apply(original)}>
          Reset
        </Button>
      )}
      <div role="alert" id={`${id}-error`} className="filter-error">
        {problem && <Mistake q={value} problem={problem} onApply={apply} />}
      </div>
    </form>
  );
}

function Mistake({ q, problem, onApply }: { q: string; problem: Problem; onApply: (q: string) => void }) {
  const span = spanOf(q, problem);
  const better = problem.body.did_you_mean;
  return (
    <>
      {span && (
        <pre className="filter-marks" aria-hidden="true">
          {" ".repeat(span.from)}
          {"^".repeat(Math.max(1, span.to - span.from))}
        </pre>
      )}
      {problem.message}
      {span && <span className="visually-hidden"> At character {span.from + 1}.</span>}
      {span && typeof better === "string" && better !== "" && (
        <Button tone="quiet" onClick={() => onApply(q.slice(0, span.from) + better + q.slice(span.to))}>
          Use “{better}”
        </Button>
      )}
    </>
  );
}

/** The characters a query's mistake covers; the server counts bytes. */
export function spanOf(q: string, problem: Problem): { from: number; to: number } | undefined {
  if (problem.offset === undefined) return undefined;
  const length = typeof problem.body.length === "number" ? problem.body.length : 0;
  return { from: charIndexOf(q, problem.offset), to: charIndexOf(q, problem.offset + length) };
}
