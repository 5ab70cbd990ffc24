import { useQueryClient } from "@tanstack/react-query";
import { Button } from "@/ui/button";
import type { Conflict } from "./use-ticket-commands";
import { WhatChanged } from "./what-changed";

/** Why a command was refused: who changed what since the person looked, and a way to see it. */
export function ConflictNotice({ conflict, onDone }: { conflict: Conflict; onDone: () => void }) {
  const client = useQueryClient();
  const { before, problem, what } = conflict;
  const reload = async () => {
    await client.refetchQueries({ predicate: ({ queryKey: [, path] }) => String(path).startsWith("/tickets/{id}") });
    onDone();
  };
  return (
    <div className="conflict" role="alert">
      <div>
        <strong>{what} was not done.</strong> {problem.message}
        {what === "Take" && " Who takes a ticket stays responsible until somebody else takes it over from them."}
        <WhatChanged before={before} />
      </div>
      <div className="conflict-actions">
        <Button tone="quiet" onClick={onDone}>
          Dismiss
        </Button>
        <Button onClick={() => void reload()}>Reload</Button>
      </div>
    </div>
  );
}
