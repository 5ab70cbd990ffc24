import { useState } from "react";
import { $api } from "@/api/client";
import { useNow } from "@/lib/now";
import { useZone } from "@/lib/zone";
import { Button } from "@/ui/button";
import { ConfirmDialog } from "@/ui/dialog";
import { ErrorState } from "@/ui/states";
import { notify } from "@/ui/toast";
import { useDutyChanged, useOverrides } from "./queries";
import type { Override, Schedule } from "./types";
import { spanWords } from "./words";

/** Who stands in, now or later. */
export function OverrideList({ schedule, canEdit }: { schedule: Schedule; canEdit: boolean }) {
  const overrides = useOverrides(schedule.id);
  const zone = useZone();
  const now = useNow(60_000);
  const [ending, setEnding] = useState<Override>();
  if (overrides.error) return <ErrorState error={overrides.error} onRetry={() => void overrides.refetch()} />;
  const items = overrides.data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <section aria-label="Who stands in">
      <h3>Who stands in</h3>
      <ul className="duty-overrides">
        {items.map((one) => (
          <li key={one.id}>
            <span>
              <strong>{one.name}</strong> {spanWords(one.from, one.to, now, zone)} <span className="muted">{[one.reason, one.made_by_name && `by ${one.made_by_name}`].filter(Boolean).join(", ")}</span>
            </span>
            {canEdit && (
              <Button tone="quiet" aria-label={`Take away: ${one.name}, ${spanWords(one.from, one.to, now, zone)}`} onClick={() => setEnding(one)}>
                Take away…
              </Button>
            )}
          </li>
        ))}
      </ul>
      {ending && <EndOverride schedule={schedule} override={ending} onClose={() => setEnding(undefined)} />}
    </section>
  );
}

function EndOverride({ schedule, override, onClose }: { schedule: Schedule; override: Override; onClose: () => void }) {
  const changed = useDutyChanged();
  const runs = Date.parse(override.from) <= useNow(60_000).getTime();
  const end = $api.useMutation("delete", "/schedules/{id}/overrides/{override}", {
    onSuccess: () => {
      notify(`${override.name} does not stand in any more`);
      onClose();
    },
    onSettled: changed,
  });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`${override.name} does not stand in?`}
      description={runs ? "It ends now; the rotations decide from here on." : "The rotations decide for that time again."}
      confirm="Take away"
      tone="danger"
      busy={end.isPending}
      error={end.error}
      onConfirm={() => end.mutate({ params: { path: { id: schedule.id, override: override.id } } })}
    />
  );
}
