import { useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { $api, ifMatch } from "@/api/client";
import { Button } from "@/ui/button";
import { notify, notifyError } from "@/ui/toast";
import type { Connection } from "./types";

interface RotationProps {
  connection: Connection;
  may: boolean;
  children: ReactNode;
}

/** Two secrets are good until somebody ends that. Nothing where there is one. */
export function Rotation({ connection, may, children }: RotationProps) {
  const client = useQueryClient();
  const key = $api.queryOptions("get", "/connections/{id}", { params: { path: { id: connection.id } } }).queryKey;
  const end = $api.useMutation("patch", "/connections/{id}", {
    onSuccess: (saved) => {
      client.setQueryData(key, saved);
      notify("The secret before is not good any more");
    },
    onError: (error) => notifyError("It was not ended", error),
  });
  if (connection.secrets.previous_secret !== "set") return null;
  return (
    <div className="connection-warning">
      {children}{" "}
      {may && (
        <Button busy={end.isPending} onClick={() => end.mutate({ params: { path: { id: connection.id }, header: ifMatch(connection.rev) }, body: { secrets: { previous_secret: "" } } })}>
          End the secret before
        </Button>
      )}
    </div>
  );
}
