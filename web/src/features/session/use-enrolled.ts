import { useQueryClient } from "@tanstack/react-query";
import { $api } from "@/api/client";
import type { Me } from "@/api/models";

/** After a factor was added: everybody who looks knows of it. */
export function useEnrolled(onAdded: () => void) {
  const client = useQueryClient();
  return (me: Me | undefined) => {
    if (me) client.setQueryData($api.queryOptions("get", "/session", {}).queryKey, me);
    void client.invalidateQueries({ queryKey: ["get", "/me/factors"] });
    void client.invalidateQueries({ queryKey: ["get", "/sessions"] });
    onAdded();
  };
}
