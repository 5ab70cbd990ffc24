import { useBlocker } from "@tanstack/react-router";
import { ConfirmDialog } from "./dialog";

/** What was changed is not lost by a click on something else. */
export function Leaving({ dirty, what }: { dirty: boolean; what: string }) {
  const blocker = useBlocker({ shouldBlockFn: ({ current, next }) => dirty && current.pathname !== next.pathname, enableBeforeUnload: dirty, withResolver: true });
  if (blocker.status !== "blocked") return null;
  return <ConfirmDialog open onClose={blocker.reset} title="Leave without saving?" description={what} confirm="Leave" tone="danger" onConfirm={blocker.proceed} />;
}
