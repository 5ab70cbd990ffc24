import { useLayoutEffect, useRef } from "react";
import { openerId } from "./rule-row";

/** Moving a row in the document takes the focus from it; this gives it back. A rule that has just been opened gets it in its name. */
export function useKeptFocus(draft: unknown, open: string | undefined): () => void {
  const wanted = useRef<string>(undefined);
  useLayoutEffect(() => {
    if (wanted.current) document.getElementById(wanted.current)?.focus();
    wanted.current = undefined;
  }, [draft]);
  useLayoutEffect(() => {
    const row = open && document.getElementById(openerId(open))?.closest("li");
    const name = row ? row.querySelector<HTMLInputElement>(".rule-fields input") : null;
    name?.focus();
    name?.select();
    if (row) row.scrollIntoView({ block: "nearest" });
  }, [open]);
  return () => {
    wanted.current = document.activeElement?.id;
  };
}
