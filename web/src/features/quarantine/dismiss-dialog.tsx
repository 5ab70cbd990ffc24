import { formatPlural } from "@/lib/format";
import { ConfirmDialog } from "@/ui/dialog";

interface DismissProps {
  count: number;
  busy: boolean;
  onClose: () => void;
  onConfirm: (reason: string) => void;
}

/** Says why parts do not matter. Nothing is deleted. */
export function DismissDialog({ count, busy, onClose, onConfirm }: DismissProps) {
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={count === 1 ? "Dismiss this part" : `Dismiss ${formatPlural(count, { one: "part", other: "parts" })}`}
      description="It leaves the list. The bytes and your reason stay, and it can be read again later."
      confirm="Dismiss"
      reason="Why does it not matter?"
      busy={busy}
      onConfirm={onConfirm}
    />
  );
}
