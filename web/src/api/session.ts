import type { Permission } from "@/lib/words";
import { $api } from "./client";
import type { Me } from "./models";

/** Who is signed in. A Problem with status 401 means nobody is. */
export function useSession() {
  return $api.useQuery("get", "/session", {}, { retry: false, staleTime: 60_000 });
}

/** The person signed in; only below the shell, which draws nothing before it is known. */
export function useMe(): Me {
  const session = useSession();
  if (!session.data) throw new Error("useMe outside the signed-in part of the page");
  return session.data;
}

/** Whether the person may do something. The server decides again on every request. */
export function useCan(): (permission: Permission) => boolean {
  const { permissions } = useMe();
  return (permission) => permissions.includes(permission);
}
