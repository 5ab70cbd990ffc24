import { useMutation } from "@tanstack/react-query";
import { type Handover, recipientOf, useHandoverStore, withdrawOffer } from "@/api/handovers";
import { ConfirmDialog } from "@/ui/dialog";
import { notify } from "@/ui/toast";

/** Takes an open offer back. */
export function WithdrawDialog({ handover, onClose }: { handover: Handover; onClose: () => void }) {
  const store = useHandoverStore();
  const withdraw = useMutation({
    mutationFn: (reason: string) => withdrawOffer(handover.id, reason),
    onSuccess: (fresh) => {
      store(fresh);
      notify(`The offer to ${recipientOf(fresh)} is taken back`);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Withdraw the offer of ${handover.ticket_number}`}
      description={`${handover.from_name || "Whoever is accountable"} stays responsible, as before.`}
      confirm="Withdraw the offer"
      reason="Why?"
      busy={withdraw.isPending}
      error={withdraw.error}
      onConfirm={(reason) => withdraw.mutate(reason)}
    />
  );
}
