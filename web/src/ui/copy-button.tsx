import { useEffect, useState } from "react";
import { Button } from "./button";

/** Puts text on the clipboard and says so. */
export function CopyButton({ text, label = "Copy" }: { text: string; label?: string }) {
  const [state, setState] = useState<"idle" | "copied" | "refused">("idle");
  useEffect(() => {
    if (state === "idle") return;
    const timer = setTimeout(() => setState("idle"), 2000);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = () => {
    // There is no clipboard outside a secure context; the text stays there to be selected by hand.
    if (!navigator.clipboard) return setState("refused");
    navigator.clipboard.writeText(text).then(
      () => setState("copied"),
      () => setState("refused"),
    );
  };
  return (
    <>
      <Button tone="quiet" onClick={copy}>
        {state === "copied" ? "Copied" : state === "refused" ? "Select and copy it" : label}
      </Button>
      <span className="visually-hidden" role="status">
        {state === "copied" ? "Copied" : ""}
      </span>
    </>
  );
}
