import { useBlocker } from "@tanstack/react-router";
import { ConfirmDialog } from "@/ui/dialog";

/** Changed rules are not lost by a click on something else. */
export function Leaving({ dirty }: { dirty: boolean }) {
  const blocker = useBlocker({ shouldBlockFn: ({ current, next }) => dirty && current.pathname !== next.pathname, enableBeforeUnload: dirty, withResolver: true });
  if (blocker.status !== "blocked") return null;
  return (
    <ConfirmDialog
      open
      onClose={blocker.reset}
      title="Leave without saving?"
      description="The rules you have changed are not saved."
      confirm="Leave"
      tone="danger"
      onConfirm={blocker.proceed}
    />
  );
}
