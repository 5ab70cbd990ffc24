import { useMemo } from "react";
import type { Ticket } from "@/api/models";
import { useMe } from "@/api/session";

/** People by their id, as far as this ticket and the session name them. */
export function useNames(ticket: Ticket): ReadonlyMap<string, string> {
  const { user } = useMe();
  const { owner, owner_name, accountable, accountable_name } = ticket;
  return useMemo(() => {
    const names = new Map([[accountable, accountable_name]]);
    if (owner && owner_name) names.set(owner, owner_name);
    return names.set(user.id, user.name || user.email);
  }, [user, owner, owner_name, accountable, accountable_name]);
}
