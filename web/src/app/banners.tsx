import { Link } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useLiveState } from "@/api/live";
import type { Me } from "@/api/models";
import { useStored } from "@/lib/stored";
import { Button } from "@/ui/button";
import { Banner } from "@/ui/states";

// Not in the first load: it says nothing on most days.
const StormBanner = lazy(() => import("@/features/storms/storm-banner"));
const RecoveryBanner = lazy(() => import("@/features/session/recovery-banner"));
const HealthBanner = lazy(() => import("./health-banner"));

/** What must be known before reading anything below it. */
export function Banners({ me }: { me: Me }) {
  const live = useLiveState();
  return (
    <>
      <div role="status">
        {live === "lost" && <Banner tone="warn">Connection lost. What is shown may be out of date; trying to connect again.</Banner>}
      </div>
      {me.factors.recovery_code_used_at && (
        <Suspense>
          <RecoveryBanner me={me} />
        </Suspense>
      )}
      {me.permissions.some((permission) => permission === "ticket.read" || permission === "policy.edit") && (
        <Suspense>
          <StormBanner />
        </Suspense>
      )}
      {me.permissions.includes("installation.read") && (
        <Suspense>
          <HealthBanner />
        </Suspense>
      )}
      {me.holds_every_role && <EveryRole userId={me.user.id} />}
      {me.demo && (
        <Banner tone="info">
          <strong>Demo data.</strong> The tickets marked demo are made up.
        </Banner>
      )}
    </>
  );
}

function EveryRole({ userId }: { userId: string }) {
  const [hidden, setHidden] = useStored(`every-role-hidden.${userId}`);
  if (hidden) return null;
  return (
    <Banner tone="info" actions={<Button tone="quiet" onClick={() => setHidden("yes")}>Not now</Button>}>
      You hold every role. Split them before real incidents arrive: <Link to="/people">invite people</Link>.
    </Banner>
  );
}
