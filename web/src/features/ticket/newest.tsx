import { useMe } from "@/api/session";
import type { LogEntry } from "./queries";

/** Says to assistive technology what others do on this ticket while it is open. */
export function Newest({ entries }: { entries: readonly LogEntry[] }) {
  const me = useMe();
  const last = entries.at(-1);
  const theirs = last && last.actor !== `user:${me.user.id}`;
  return (
    <div role="status" className="visually-hidden">
      {theirs && last.summary}
    </div>
  );
}
