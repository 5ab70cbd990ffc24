import { useState } from "react";
import { formatBoth } from "@/lib/time";
import { useZone } from "@/lib/zone";
import { CopyButton } from "@/ui/copy-button";
import { Facts } from "@/ui/facts";
import { JsonTree } from "@/ui/json-tree";
import type { LogEntry } from "./queries";

/** The record behind the sentence, on demand: exact time, data, and its place in the chain. */
export function EntryDetails({ number, entry, id }: { number: string; entry: LogEntry; id: string }) {
  const [open, setOpen] = useState(false);
  return (
    <details className="entry-details" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary aria-label={`Entry ${entry.seq}, details`}>#{entry.seq}</summary>
      {open && <Inside number={number} entry={entry} id={id} />}
    </details>
  );
}

function Inside({ number, entry, id }: { number: string; entry: LogEntry; id: string }) {
  const zone = useZone();
  const link = `${window.location.origin}/tickets/${number}#e-${entry.seq}`;
  return (
    <div className="entry-inside">
      <Facts
        facts={[
          ["Time", formatBoth(new Date(entry.at), zone)],
          ["Kind", <code key="kind">{entry.kind}</code>],
          ["Actor", <code key="actor">{entry.actor}</code>],
          ["Hash", <Hash key="hash" value={entry.hash} />],
          ["Follows", entry.prev ? <Hash key="prev" value={entry.prev} /> : "nothing: it is the first"],
          [
            "Link",
            <span key="link">
              <a href={`#${id}`}>Entry {entry.seq}</a> <CopyButton text={link} label="Copy link" />
            </span>,
          ],
        ]}
      />
      <JsonTree value={entry.priv === null ? entry.data : { data: entry.data, priv: entry.priv }} label={`Data of entry ${entry.seq}`} />
    </div>
  );
}

function Hash({ value }: { value: string }) {
  return (
    <span>
      <code title={value}>{value.slice(0, 12)}…</code> <CopyButton text={value} label="Copy hash" />
    </span>
  );
}
