import { useQueryClient } from "@tanstack/react-query";
import { $api } from "@/api/client";
import { useCan } from "@/api/session";

const path = "/me/contacts";

export function useContacts() {
  return $api.useQuery("get", path, {});
}

/** Asks again how I can be reached, and what depends on it. */
export function useContactsChanged(): () => void {
  const client = useQueryClient();
  return () => void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[1] === path || queryKey[1] === "/users/{id}/reachable" });
}

export interface Way {
  value: string;
  label: string;
  kind: "smtp" | "slack";
  connection: string;
}

/** Over what a person can be told: the connections that reach people, or their kinds for those who may not see connections. */
export function useWays(): { ways: Way[]; isPending: boolean } {
  const can = useCan();
  const maySee = can("connection.read") || can("connection.manage");
  const connections = $api.useQuery("get", "/connections", { params: { query: { limit: 200 } } }, { enabled: maySee });
  if (!maySee) {
    return {
      isPending: false,
      ways: [
        { value: "smtp", label: "Mail", kind: "smtp", connection: "" },
        { value: "slack", label: "Slack", kind: "slack", connection: "" },
      ],
    };
  }
  const ways = (connections.data?.items ?? []).flatMap(({ id, kind, name, enabled }): Way[] => (enabled && (kind === "smtp" || kind === "slack") ? [{ value: id, label: `${kind === "smtp" ? "Mail" : "Slack"}: ${name}`, kind, connection: id }] : []));
  return { ways, isPending: connections.isPending };
}
