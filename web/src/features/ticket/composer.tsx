import { type Ref, useImperativeHandle, useRef, useState } from "react";
import type { Ticket } from "@/api/models";
import { useStored } from "@/lib/stored";
import { Button } from "@/ui/button";
import { Checkbox } from "@/ui/field";
import { toProblem } from "@/lib/problem";
import { useAddNote } from "./use-ticket-commands";

export interface ComposerHandle {
  /** Puts the cursor here, with the mark set or not. */
  write: (significant: boolean) => void;
}

const MAX_NOTE = 50_000;

/** A note in plain text. The draft stays in this browser until it is sent. */
export function Composer({ ticket, ref }: { ticket: Ticket; ref: Ref<ComposerHandle> }) {
  const [draft, setDraft] = useStored(`draft.${ticket.id}`);
  const [significant, setSignificant] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const text = draft ?? "";
  const empty = text.trim() === "";
  const note = useAddNote(ticket, () => {
    setDraft(null);
    setSignificant(false);
  });
  useImperativeHandle(ref, () => ({
    write: (marked) => {
      if (marked) setSignificant(true);
      area.current?.focus();
      area.current?.scrollIntoView({ block: "nearest" });
    },
  }));
  const send = () => {
    if (!empty && !note.busy) note.send(text.trim(), significant);
  };
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        ref={area}
        className="input"
        rows={empty ? 2 : 4}
        aria-label="Note"
        aria-keyshortcuts="Control+Enter"
        placeholder="What did you find or do? Everybody on this ticket reads it."
        maxLength={MAX_NOTE}
        value={text}
        onChange={(event) => setDraft(event.target.value === "" ? null : event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.blur();
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            send();
          }
        }}
      />
      <div role="alert">{note.error ? <p className="field-error">{toProblem(note.error).message} The draft is kept.</p> : null}</div>
      <div className="composer-foot">
        <Checkbox label="Significant" checked={significant} onChange={(event) => setSignificant(event.target.checked)} title="Belongs to the short story of this ticket" />
        <Button type="submit" tone={empty ? "plain" : "primary"} keys="mod+Enter" busy={note.busy} blocked={empty && "Write something first"}>
          Add note
        </Button>
      </div>
    </form>
  );
}
