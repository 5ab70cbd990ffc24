import { type RefObject, useId, useState } from "react";
import type { Problem } from "@/lib/problem";
import { Button } from "./button";
import { QueryInput, type Suggest } from "./query-input";
import { QueryMistake } from "./query-mistake";
import "./filter-line.css";

interface FilterLineProps {
  label: string;
  placeholder: string;
  value: string;
  /** The view's own query, to go back to. */
  original?: string;
  onApply: (q: string) => void;
  /** What the server said about the query now applied. */
  problem: Problem | undefined;
  /** What can come next while somebody types. */
  suggest: Suggest;
  inputRef: RefObject<HTMLInputElement | null>;
}

/** One line in the query language. Enter applies it; a mistake is marked where it stands. */
export function FilterLine({ label, placeholder, value, original = "", onApply, problem, suggest, inputRef }: FilterLineProps) {
  const id = useId();
  const [draft, setDraft] = useState({ of: value, text: value });
  const text = draft.of === value ? draft.text : value; // another view was chosen: its query shows
  const apply = (q: string) => {
    setDraft({ of: q, text: q });
    onApply(q);
  };
  return (
    <form
      className="filter-line"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        apply(text.trim());
      }}
    >
      <label className="visually-hidden" htmlFor={id}>
        {label}
      </label>
      <QueryInput
        id={id}
        inputRef={inputRef}
        value={text}
        placeholder={placeholder}
        suggest={suggest}
        aria-invalid={problem ? true : undefined}
        aria-describedby={problem ? `${id}-error` : undefined}
        aria-keyshortcuts="/"
        onChange={(q) => setDraft({ of: value, text: q })}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          setDraft({ of: value, text: value });
          event.currentTarget.blur();
        }}
      />
      {value !== original && (
        <Button tone="quiet" onClick={() => apply(original)}>
          {original === "" ? "Clear" : "Reset"}
        </Button>
      )}
      <div role="alert" id={`${id}-error`} className="filter-line-error">
        {problem && <QueryMistake q={value} problem={problem} onApply={apply} />}
      </div>
    </form>
  );
}
