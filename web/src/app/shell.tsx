import { useQueryClient } from "@tanstack/react-query";
import { Navigate, Outlet, useLocation } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useLive } from "@/api/live";
import type { Me } from "@/api/models";
import { useSession } from "@/api/session";
import { type Action, useActions } from "@/lib/actions";
import { toProblem } from "@/lib/problem";
import { ZoneProvider } from "@/lib/zone";
import { browserZone } from "@/lib/time";
import { ErrorState, Skeleton } from "@/ui/states";
import { Toasts } from "@/ui/toast";
import { Banners } from "./banners";
import { Nav } from "./nav-list";
import { StepUp } from "./step-up";
import { TopBar } from "./top-bar";
import "./shell.css";

// Neither is needed before a key is pressed.
const Palette = lazy(() => import("./palette"));
const HelpSheet = lazy(() => import("./help-sheet"));
const Announcer = lazy(() => import("@/features/handovers/announcer"));

/** Any of these lets a person follow the journal. */
const hearsEvents = ["ticket.read", "finding.read", "connection.read", "user.manage"];

/** The frame around every screen: finds out who is there, then draws. */
export function Shell() {
  const session = useSession();
  const location = useLocation();
  if (session.isPending) return <Skeleton lines={6} label="Loading Tocsin" />;
  const isHalf = session.data?.second_factor === "needed"; // the password was right, and no more
  if (isHalf || (session.isError && toProblem(session.error).status === 401)) {
    // While the sign-in page is being fetched this is still drawn, at its address already.
    if (location.pathname === "/sign-in") return null;
    return <Navigate to="/sign-in" search={{ back: location.pathname === "/" ? undefined : location.href }} replace />;
  }
  if (session.data) return <Frame me={session.data} />;
  return <ErrorState error={session.error} onRetry={() => void session.refetch()} />;
}

function Frame({ me }: { me: Me }) {
  useLive(useQueryClient(), me.permissions.some((permission) => hearsEvents.includes(permission)));
  const [overlay, setOverlay] = useState<"palette" | "help">();
  const close = () => setOverlay(undefined);
  const openPalette: Action = { id: "app.palette", label: "Search or run a command", group: "General", keys: "mod+k", keyOnly: true, run: () => setOverlay("palette") };
  const openHelp: Action = { id: "app.help", label: "Show keys", group: "General", keys: "?", run: () => setOverlay("help") };
  useActions([openPalette, openHelp]);
  return (
    <ZoneProvider value={me.time_zone || browserZone()}>
      <div className="shell">
        <a className="skip" href="#main">
          Skip to content
        </a>
        <TopBar me={me} palette={openPalette} help={openHelp} />
        <Nav />
        <main id="main" tabIndex={-1}>
          <Banners me={me} />
          <div className="shell-page">
            <Suspense fallback={<Skeleton lines={6} />}>
              <Outlet />
            </Suspense>
          </div>
        </main>
        <Toasts />
        <StepUp />
        <Suspense>
          {me.permissions.includes("ticket.read") && <Announcer />}
          {overlay === "palette" && <Palette onClose={close} />}
          {overlay === "help" && <HelpSheet onClose={close} />}
        </Suspense>
      </div>
    </ZoneProvider>
  );
}
