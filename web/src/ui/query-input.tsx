import { type ComponentProps, type KeyboardEvent, type RefObject, useEffect, useId, useRef, useState } from "react";
import { charIndexOf } from "@/lib/format";
import { cx } from "./cx";
import "./input.css";
import "./query-input.css";

/** One way to go on with a query: bytes `from` to `to` of it are replaced by `text`. */
export interface Suggestion {
  text: string;
  kind: string;
  help: string;
  from: number;
  to: number;
}

/** What can stand at byte `pos` of a query. */
export type Suggest = (q: string, pos: number, signal: AbortSignal) => Promise<readonly Suggestion[]>;

interface QueryInputProps extends Omit<ComponentProps<"input">, "value" | "onChange" | "className" | "ref"> {
  value: string;
  onChange: (q: string) => void;
  suggest: Suggest;
  inputRef?: RefObject<HTMLInputElement | null>;
}

const PAUSE_MS = 120;
const MOST = 12;

/**
 * A line in the query language that says while it is typed what can come next. Arrows choose, Enter or
 * Tab takes, Escape closes; without a choice every key does what it does elsewhere.
 */
export function QueryInput({ value, onChange, suggest, inputRef, onKeyDown, onBlur, ...rest }: QueryInputProps) {
  const id = useId();
  const own = useRef<HTMLInputElement>(null);
  const ref = inputRef ?? own;
  const { found, active, ask, close, setActive } = useSuggestions(suggest);
  const open = found.length > 0;
  const take = (one: Suggestion) => {
    const [from, to] = [charIndexOf(value, one.from), charIndexOf(value, one.to)];
    // A value is complete; after a field its operator comes, after an operator its value.
    const text = one.kind === "value" || one.kind === "keyword" ? `${one.text} ` : one.text;
    const next = value.slice(0, from) + text + value.slice(to).trimStart();
    const caret = from + text.length;
    onChange(next);
    close();
    requestAnimationFrame(() => {
      ref.current?.setSelectionRange(caret, caret);
      if (one.kind !== "value") ask(next, caret);
    });
  };
  const keys = (event: KeyboardEvent<HTMLInputElement>) => {
    const step = event.altKey ? 0 : event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const chosen = found[active];
    if (step !== 0 && open) setActive((active + step + found.length + (active < 0 && step < 0 ? 1 : 0)) % found.length);
    else if (step === 1) ask(value, event.currentTarget.selectionStart ?? value.length);
    else if ((event.key === "Enter" || event.key === "Tab") && chosen) take(chosen);
    else if (event.key === "Escape" && open) close();
    else {
      if (event.key === "Enter") close(); // what is sent needs no help any more
      return onKeyDown?.(event);
    }
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="query-input">
      <input
        type="text"
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        {...rest}
        ref={ref}
        className="input mono"
        value={value}
        role="combobox"
        aria-expanded={open}
        aria-autocomplete="list"
        aria-controls={open ? `${id}-list` : undefined}
        aria-activedescendant={open && active >= 0 ? `${id}-${active}` : undefined}
        onChange={(event) => {
          onChange(event.target.value);
          ask(event.target.value, event.target.selectionStart ?? event.target.value.length);
        }}
        onKeyDown={keys}
        onBlur={(event) => {
          close();
          onBlur?.(event);
        }}
      />
      {open && (
        <div className="query-list" role="listbox" id={`${id}-list`} aria-label="Ways to go on">
          {found.map((one, i) => (
            <div
              key={`${one.kind} ${one.text}`}
              id={`${id}-${i}`}
              role="option"
              tabIndex={-1}
              aria-selected={i === active}
              className={cx("query-option", i === active && "query-option-active")}
              onPointerDown={(event) => {
                event.preventDefault(); // the field keeps the focus
                take(one);
              }}
            >
              <code>{one.text}</code> <span className="muted">{one.help}</span>
            </div>
          ))}
        </div>
      )}
    </div>
  );
}

/** Asks when the typing pauses; an answer that comes late is dropped. */
function useSuggestions(suggest: Suggest) {
  const [state, setState] = useState<{ found: readonly Suggestion[]; active: number }>({ found: [], active: -1 });
  const running = useRef<AbortController>(undefined);
  const stop = () => running.current?.abort();
  useEffect(() => stop, []);
  const close = () => {
    stop();
    setState({ found: [], active: -1 });
  };
  const ask = (q: string, chars: number) => {
    stop();
    const { signal } = (running.current = new AbortController());
    const pos = new TextEncoder().encode(q.slice(0, chars)).length;
    setTimeout(() => {
      if (signal.aborted) return;
      suggest(q, pos, signal).then(
        (found) => !signal.aborted && setState({ found: found.slice(0, MOST), active: -1 }),
        () => undefined, // a filter can be typed without help
      );
    }, PAUSE_MS);
  };
  return { ...state, ask, close, setActive: (active: number) => setState((old) => ({ ...old, active })) };
}
