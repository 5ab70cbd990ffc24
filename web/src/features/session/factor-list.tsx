import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { $api } from "@/api/client";
import { Button } from "@/ui/button";
import { ConfirmDialog } from "@/ui/dialog";
import { Time } from "@/ui/time";
import { notify } from "@/ui/toast";
import type { Factor, Factors } from "./types";

const kinds: Record<Factor["kind"], string> = { totp: "App for codes", passkey: "Passkey" };

/** What a factor is called: an app has no name of its own. */
const nameOf = (factor: Factor) => (factor.kind === "totp" ? kinds.totp : factor.name);

export function FactorList({ factors }: { factors: Factors }) {
  const [removing, setRemoving] = useState<Factor>();
  const { items } = factors;
  if (items.length === 0) {
    return (
      <p>
        <strong>You have none.</strong> Whoever learns your password can sign in as you. A second factor stops that, and some deeds need one.
      </p>
    );
  }
  return (
    <>
      <ul className="factors" aria-label="Second factors">
        {items.map((factor) => (
          <li key={factor.id} className="factor">
            <span className="factor-name">
              <span className="strong">{nameOf(factor)}</span> {factor.kind === "passkey" && <span className="muted">{kinds.passkey}</span>}
            </span>
            <span className="muted">
              added <Time at={factor.made_at} show="date" />
              {factor.used_at && (
                <>
                  {" · used "}
                  <Time at={factor.used_at} />
                </>
              )}
            </span>
            <Button tone="quiet" aria-label={`Remove ${nameOf(factor)}`} onClick={() => setRemoving(factor)}>
              Remove
            </Button>
          </li>
        ))}
      </ul>
      {removing && <RemoveFactor factor={removing} isLast={items.length === 1} onClose={() => setRemoving(undefined)} />}
    </>
  );
}

function RemoveFactor({ factor, isLast, onClose }: { factor: Factor; isLast: boolean; onClose: () => void }) {
  const client = useQueryClient();
  const remove = $api.useMutation("delete", "/me/factors/{id}", {
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["get", "/me/factors"] });
      void client.invalidateQueries({ queryKey: ["get", "/session"] });
      notify(`${nameOf(factor)} was removed`);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Remove ${nameOf(factor)}`}
      description={isLast ? "It is your last second factor: from then on your password alone is enough to be you, and your recovery codes end." : "It can’t prove any more that it is you."}
      confirm="Remove"
      tone="danger"
      onConfirm={() => remove.mutate({ params: { path: { id: factor.id } } })}
      busy={remove.isPending}
      error={remove.error}
    />
  );
}
