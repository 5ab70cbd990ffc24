import { $api } from "@/api/client";

export { useTeams, useUsers } from "@/api/people";

/** The roles and what each may do: as the server has them, they change only with it. */
export function useRoles() {
  return $api.useQuery("get", "/roles", {}, { staleTime: Infinity });
}
