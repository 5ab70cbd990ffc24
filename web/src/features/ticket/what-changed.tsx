import type { Ticket } from "@/api/models";
import { Time } from "@/ui/time";
import { changesBetween, isConflict } from "./conflict";
import { actorName, deedOf } from "./log-words";
import { useLog, useTicket } from "./queries";

const LAST = 3;

/** Who did what to a ticket since a person saw it, and what is different now. */
export function WhatChanged({ before }: { before: Ticket }) {
  const now = useTicket(before.number).data ?? before;
  const log = useLog(before.number);
  const entries = log.data?.entries ?? [];
  const since = entries.filter((entry) => Date.parse(entry.at) > Date.parse(before.updated_at)).slice(-LAST);
  const changes = changesBetween(before, now);
  if (since.length === 0 && changes.length === 0) return null;
  return (
    <ul className="what-changed">
      {since.map((entry) => (
        <li key={`${entry.ticket} ${entry.seq}`}>
          <strong>{actorName(entry)}</strong> {deedOf(entry)} <Time at={entry.at} />
        </li>
      ))}
      {changes.map((change) => (
        <li key={change.label}>
          {change.label}: <s>{change.from}</s> → <strong>{change.to}</strong>
        </li>
      ))}
    </ul>
  );
}

/** The same inside a dialog, under the refusal of its command. */
export function IfConflict({ error, before }: { error: unknown; before: Ticket }) {
  if (!error || !isConflict(error)) return null;
  return (
    <div role="status">
      What happened since you opened this:
      <WhatChanged before={before} />
    </div>
  );
}
