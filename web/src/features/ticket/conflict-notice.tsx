import { useQueryClient } from "@tanstack/react-query";
import { Button } from "@/ui/button";
import { useTicket } from "./queries";
import type { Conflict } from "./use-ticket-commands";
import { WhatChanged } from "./what-changed";

/** Why a command was refused: who changed what since the person looked, and a way to see it. */
export function ConflictNotice({ conflict, onDone, onReload }: { conflict: Conflict; onDone: () => void; onReload: () => void }) {
  const client = useQueryClient();
  const { before, problem, what } = conflict;
  const owner = useTicket(before.number).data?.owner_name;
  const reload = async () => {
    await client.refetchQueries({ predicate: ({ queryKey: [, path] }) => String(path).startsWith("/tickets/{id}") });
    onDone();
    onReload();
  };
  return (
    <div className="conflict" role="alert">
      <div>
        <strong>{what} was not done.</strong>{" "}
        {problem.slug === "already-owned" && owner
          ? `Already taken by ${owner}, who stays responsible until somebody takes it over from them.`
          : problem.message}
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
