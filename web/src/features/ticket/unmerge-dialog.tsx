import { useMutation } from "@tanstack/react-query";
import { unmergeTicket } from "@/api/merge";
import type { Ticket } from "@/api/models";
import { formatCode } from "@/lib/format";
import { ConfirmDialog } from "@/ui/dialog";
import { notify } from "@/ui/toast";
import { useMerging } from "./use-merging";

type MergedTicket = Ticket["merged"][number];

/** Lets a merged ticket stand by itself again: the one whose page this is, or one that it shows. */
export function UnmergeDialog({ number, was, onClose }: { number: string; was: MergedTicket | undefined; onClose: () => void }) {
  const { changed } = useMerging();
  const unmerge = useMutation({
    mutationFn: (reason: string) => unmergeTicket(number, reason),
    onSuccess: (fresh) => {
      changed();
      onClose();
      notify(`${fresh.number} stands by itself again, in ${formatCode(fresh.phase)}`);
    },
  });
  const back = was ? (was.phase === "closed" ? "It stays closed, as it was." : `It goes back to ${formatCode(was.phase)}${was.owner_name ? `, with ${was.owner_name}` : ""}.`) : "It goes back to the phase and the owner that it had.";
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Unmerge ${number}`}
      description={`${back} Nothing is lost; what was written meanwhile stays where it was written.`}
      confirm="Unmerge"
      reason="Why are they two things?"
      busy={unmerge.isPending}
      error={unmerge.error}
      onConfirm={(reason) => unmerge.mutate(reason)}
    />
  );
}
