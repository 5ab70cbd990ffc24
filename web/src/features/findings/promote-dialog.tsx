import { useNavigate } from "@tanstack/react-router";
import { $api } from "@/api/client";
import { useTicketsChanged } from "@/api/tickets";
import { toProblem } from "@/lib/problem";
import { ConfirmDialog } from "@/ui/dialog";
import { notify } from "@/ui/toast";
import type { FindingRow } from "./words";

/** Opens a ticket for a finding that the policy only kept, because a person says so. */
export function PromoteDialog({ finding, onClose, onDone }: { finding: Pick<FindingRow, "id" | "title">; onClose: () => void; onDone: () => void }) {
  const navigate = useNavigate();
  const changed = useTicketsChanged();
  const promote = $api.useMutation("post", "/findings/{id}/promote", {
    onSuccess: (ticket) => {
      notify(`${ticket.number} is open`);
      changed();
      onDone();
      onClose();
      void navigate({ to: "/tickets/$number", params: { number: ticket.number } });
    },
    // Somebody was quicker: the list behind then says so.
    onError: (error) => toProblem(error).slug === "has-ticket" && onDone(),
  });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title="Open a ticket for this finding"
      description={`${finding.title}. The policy only kept it; your reason stays with the ticket.`}
      confirm="Open ticket"
      reason="Why does it need a ticket?"
      busy={promote.isPending}
      error={promote.error}
      onConfirm={(reason) => promote.mutate({ params: { path: { id: finding.id } }, body: { reason } })}
    />
  );
}
