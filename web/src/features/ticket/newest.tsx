import { useMe } from "@/api/session";
import { actorName } from "./log-words";
import type { LogEntry } from "./queries";

/** Says to assistive technology what others do on this ticket while it is open. */
export function Newest({ entries, names }: { entries: readonly LogEntry[]; names: ReadonlyMap<string, string> }) {
  const me = useMe();
  const last = entries.at(-1);
  const theirs = last && last.actor !== `user:${me.user.id}`;
  return (
    <div role="status" className="visually-hidden">
      {theirs && `${actorName(last, names)}: ${last.summary}`}
    </div>
  );
}
