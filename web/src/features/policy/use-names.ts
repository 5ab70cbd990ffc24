import { useTeams, useUsers } from "@/api/people";
import { useZone } from "@/lib/zone";
import type { Names } from "./words";

/** The people and teams that rules name, and how to say their ids. */
export function useNames() {
  const users = useUsers();
  const teams = useTeams();
  const zone = useZone();
  const names: Names = {
    person: (id) => users.data?.find((user) => user.id === id)?.name ?? (users.data ? "somebody unknown" : "…"),
    team: (id) => teams.data?.find((team) => team.id === id)?.name ?? (teams.data ? "an unknown team" : "…"),
    zone,
  };
  return {
    names,
    people: users.data?.filter((user) => user.active && user.kind === "person") ?? [],
    teams: teams.data ?? [],
    isActive: (id: string) => users.data?.find((user) => user.id === id)?.active,
  };
}

export type Known = ReturnType<typeof useNames>;
