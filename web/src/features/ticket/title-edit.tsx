import { useState } from "react";
import type { Ticket } from "@/api/models";
import { Button } from "@/ui/button";
import type { TicketCommands } from "./use-ticket-commands";

const MAX_TITLE = 500;

/** The title as a field: Enter saves, Escape leaves it as it was. */
export function TitleEdit({ ticket, commands, onClose }: { ticket: Ticket; commands: TicketCommands; onClose: () => void }) {
  // What is saved is judged against what stood here when it was opened, not against what came since.
  const [before] = useState(ticket);
  const [title, setTitle] = useState(ticket.title);
  const text = title.trim();
  const save = async () => {
    if (text === "") return;
    if (text === before.title || (await commands.save({ title: text }, { title: before.title }, before))) onClose();
  };
  return (
    <form
      className="ticket-title"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <input
        className="input"
        aria-label={`Title of ${ticket.number}`}
        // It is opened by a key or a button to be typed into at once.
        // eslint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        maxLength={MAX_TITLE}
        value={title}
        onFocus={(event) => event.currentTarget.select()}
        onChange={(event) => setTitle(event.target.value)}
        onKeyDown={(event) => event.key === "Escape" && onClose()}
      />
      <Button type="submit" tone="primary" busy={commands.saving} blocked={text === "" && "A title is needed"}>
        Save
      </Button>
      <Button onClick={onClose}>Cancel</Button>
    </form>
  );
}
