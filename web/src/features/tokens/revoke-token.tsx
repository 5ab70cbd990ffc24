import { useQueryClient } from "@tanstack/react-query";
import { $api } from "@/api/client";
import { ConfirmDialog } from "@/ui/dialog";
import { Time } from "@/ui/time";
import { notify } from "@/ui/toast";
import type { Token } from "./types";

/** Asks before whatever uses the token stops. */
export function RevokeToken({ token, onClose }: { token: Token; onClose: () => void }) {
  const client = useQueryClient();
  const revoke = $api.useMutation("delete", "/tokens/{id}", {
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: $api.queryOptions("get", "/tokens", {}).queryKey });
      notify(`${token.name} was revoked`);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Revoke ${token.name}`}
      description={
        <>
          Whatever uses the token ending in {token.hint} stops at once, and it can’t be made to work again.{" "}
          {token.last_used_at ? <>It was last used <Time at={token.last_used_at} />.</> : "It was never used."}
        </>
      }
      confirm="Revoke"
      tone="danger"
      onConfirm={() => revoke.mutate({ params: { path: { id: token.id } } })}
      busy={revoke.isPending}
      error={revoke.error}
    />
  );
}
