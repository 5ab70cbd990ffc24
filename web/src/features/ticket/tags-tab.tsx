import { useEffect, useRef, useState } from "react";
import type { Ticket } from "@/api/models";
import type { Action } from "@/lib/actions";
import { Button } from "@/ui/button";
import { tagBlocked, withTag } from "./tag-rules";
import type { TicketCommands } from "./use-ticket-commands";

interface TagsProps {
  ticket: Ticket;
  edit: Action;
  commands: TicketCommands;
  /** Asks for the cursor each time it changes. */
  focus: number;
}

/** The tags of a ticket, each with its own way out; the toast takes a change back. */
export function TagsTab({ ticket, edit, commands, focus }: TagsProps) {
  const canEdit = !edit.hidden && !edit.blocked;
  const save = (tags: string[]) => commands.save({ tags }, { tags: ticket.tags });
  return (
    <div className="tags-edit">
      {ticket.tags.length === 0 && <p className="muted">No tags.</p>}
      <ul className="tag-list" aria-label="Tags">
        {ticket.tags.map((tag) => (
          <li key={tag} className="tag">
            {tag}
            {canEdit && (
              <Button tone="quiet" aria-label={`Remove tag ${tag}`} onClick={() => void save(ticket.tags.filter((one) => one !== tag))}>
                Remove
              </Button>
            )}
          </li>
        ))}
      </ul>
      {canEdit && <AddTag tags={ticket.tags} busy={commands.saving} focus={focus} onAdd={(text) => save(withTag(ticket.tags, text))} />}
      {edit.blocked && <p className="muted">{edit.blocked}.</p>}
    </div>
  );
}

function AddTag({ tags, busy, focus, onAdd }: { tags: readonly string[]; busy: boolean; focus: number; onAdd: (text: string) => Promise<boolean> }) {
  const [text, setText] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const blocked = tagBlocked(tags, text);
  useEffect(() => {
    if (focus > 0) input.current?.focus();
  }, [focus]);
  const add = async () => {
    if (!blocked && (await onAdd(text))) setText("");
  };
  return (
    <form
      className="tag-add"
      onSubmit={(event) => {
        event.preventDefault();
        void add();
      }}
    >
      <input ref={input} className="input" aria-label="New tag" placeholder="New tag" value={text} onChange={(event) => setText(event.target.value)} />
      <Button type="submit" busy={busy} blocked={blocked}>
        Add tag
      </Button>
      <span className="muted" role="status">
        {text.trim() !== "" && blocked}
      </span>
    </form>
  );
}
