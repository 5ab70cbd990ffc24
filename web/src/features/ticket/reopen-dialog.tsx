import { $api } from "@/api/client";
import type { Ticket } from "@/api/models";
import { formatCode } from "@/lib/format";
import { ConfirmDialog } from "@/ui/dialog";
import { notify } from "@/ui/toast";
import { useTicketStore } from "./queries";

/** Opens a closed ticket again; its clocks go on with new visits. */
export function ReopenDialog({ ticket, onClose }: { ticket: Ticket; onClose: () => void }) {
  const store = useTicketStore();
  const reopen = $api.useMutation("post", "/tickets/{id}/reopen", {
    onSuccess: (fresh) => {
      store(fresh);
      notify(`${fresh.number} is open again, in ${formatCode(fresh.phase)}`);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Reopen ${ticket.number}`}
      description={`${ticket.title}. Closed as ${formatCode(ticket.resolution || "closed").toLowerCase()}; what was measured until then stays.`}
      confirm="Reopen"
      reason="Why is it open again?"
      busy={reopen.isPending}
      error={reopen.error}
      onConfirm={(reason) => reopen.mutate({ params: { path: { id: ticket.number } }, body: { reason } })}
    />
  );
}
