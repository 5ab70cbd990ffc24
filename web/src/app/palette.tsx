import { Command } from "cmdk";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { type Action, useAllActions, waysOf } from "@/lib/actions";
import { Dialog } from "@/ui/dialog";
import { Kbd } from "@/ui/kbd";
import "./palette.css";

/** Everything that can be done here, by name; a ticket's number opens the ticket. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState("");
  const actions = useAllActions().filter((action) => !action.keyOnly && !action.blocked);
  const groups = groupsOf(actions);
  const choose = (run: () => void) => {
    onClose();
    run();
  };
  return (
    <Dialog open onClose={onClose} title="Search or run a command" bare>
      <Command label="Command" loop filter={fits}>
        <Command.Input className="palette-input" placeholder="Ticket number, search text or command" value={text} onValueChange={setText} />
        <Command.List className="palette-list" label="Commands">
          <Command.Empty className="palette-empty">Nothing matches.</Command.Empty>
          {groups.map((group) => (
            <Command.Group key={group} heading={group}>
              {actions
                .filter((action) => action.group === group)
                .map((action) => (
                  <ActionItem key={action.id} action={action} choose={choose} />
                ))}
            </Command.Group>
          ))}
          <SearchItems text={text} choose={choose} />
        </Command.List>
      </Command>
    </Dialog>
  );
}

/** Every typed word has to stand in the label or the group; a looser match would hide the search behind it. */
function fits(_value: string, typed: string, words: string[] = []): number {
  const label = words.join(" ").toLowerCase();
  return typed.toLowerCase().trim().split(/\s+/).every((word) => label.includes(word)) ? 1 : 0;
}

/** What belongs to the present screen comes first. */
function groupsOf(actions: Action[]): string[] {
  const everywhere = ["Go to", "General"];
  const here = actions.map((action) => action.group).filter((group) => !everywhere.includes(group));
  return [...new Set([...here, ...everywhere])];
}

function ActionItem({ action, choose }: { action: Action; choose: (run: () => void) => void }) {
  const [keys] = waysOf(action.keys);
  return (
    <Command.Item value={action.id} keywords={[action.label, action.group]} className="palette-item" onSelect={() => choose(action.run)}>
      {action.label}
      {keys && <Kbd keys={keys} />}
    </Command.Item>
  );
}

/** What the typed text itself can mean. */
function SearchItems({ text, choose }: { text: string; choose: (run: () => void) => void }) {
  const navigate = useNavigate();
  const words = text.trim();
  if (words === "") return null;
  const number = /^(?:INC-?)?(\d+)$/i.exec(words)?.[1];
  return (
    <Command.Group heading="Tickets" forceMount>
      {number && (
        <Command.Item
          forceMount
          value={`open ${number}`}
          className="palette-item"
          onSelect={() => choose(() => void navigate({ to: "/tickets/$number", params: { number: `INC-${number}` } }))}
        >
          Open INC-{number}
        </Command.Item>
      )}
      <Command.Item
        forceMount
        value={`search ${words}`}
        className="palette-item"
        onSelect={() => choose(() => void navigate({ to: "/queue", search: { view: "all", q: words } }))}
      >
        Search tickets for “{words}”
      </Command.Item>
    </Command.Group>
  );
}
