import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { api } from "@/api/client";
import type { Me } from "@/api/models";
import { type Action, useActions } from "@/lib/actions";
import { useNow } from "@/lib/now";
import { useStored } from "@/lib/stored";
import { setTheme, type Theme } from "@/lib/theme";
import { cityOf, formatBoth, formatClock, safeZone } from "@/lib/time";
import { useZone } from "@/lib/zone";
import { Button } from "@/ui/button";
import { Menu, MenuAction, MenuChoice, MenuSeparator, MenuText } from "@/ui/menu";
import { notifyError } from "@/ui/toast";

// Not in the first load: what waits to be read is counted a moment later.
const Bell = lazy(() => import("@/features/notices/bell"));

export function TopBar({ me, palette, help }: { me: Me; palette: Action; help: Action }) {
  return (
    <header className="topbar">
      <Link to="/queue" className="brand">
        Tocsin
      </Link>
      <Button className="topbar-search" keys={palette.keys} onClick={palette.run}>
        {palette.label}
      </Button>
      <div className="topbar-end">
        <Clock />
        <Suspense>
          <Bell />
        </Suspense>
        <UserMenu me={me} help={help} />
      </div>
    </header>
  );
}

/** "14:00 UTC · 15:00 Amsterdam": nobody should have to compute it during an incident. */
function Clock() {
  const zone = safeZone(useZone());
  const now = useNow(10_000);
  const local = zone === "UTC" ? "" : ` · ${formatClock(now, zone)} ${cityOf(zone)}`;
  return (
    <time className="clock" dateTime={now.toISOString()} title={formatBoth(now, zone)}>
      {formatClock(now, "UTC")} UTC{local}
    </time>
  );
}

const themes: { value: Theme; label: string }[] = [
  { value: "system", label: "Like the system" },
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
];

function UserMenu({ me, help }: { me: Me; help: Action }) {
  const [stored] = useStored("theme");
  const theme = stored === "light" || stored === "dark" ? stored : "system";
  const client = useQueryClient();
  const navigate = useNavigate();
  const signOut: Action = {
    id: "session.end",
    label: "Sign out",
    group: "General",
    run: () => {
      api.DELETE("/session").then(
        async () => {
          await client.cancelQueries(); // what is still asked would be refused, and lead to signing in and back here
          await navigate({ to: "/sign-in" });
          client.clear(); // nothing of this person may be left for the next
        },
        (error: unknown) => notifyError("Could not sign out", error),
      );
    },
  };
  const dark = theme === "system" ? window.matchMedia("(prefers-color-scheme: dark)").matches : theme === "dark";
  const toggle: Action = {
    id: "app.theme",
    label: dark ? "Use the light theme" : "Use the dark theme",
    group: "General",
    run: () => setTheme(dark ? "light" : "dark"),
  };
  const security: Action = { id: "app.security", label: "Security", group: "Go to", run: () => void navigate({ to: "/account/security" }) };
  const notifications: Action = { id: "app.notifications", label: "Notifications", group: "Go to", run: () => void navigate({ to: "/account/notifications" }) };
  useActions([signOut, toggle, security, notifications]);
  return (
    <Menu label={me.user.name || me.user.email}>
      <MenuText>
        {me.user.email}
        <br />
        {me.tenant}
      </MenuText>
      <MenuSeparator />
      <MenuChoice label="Theme" value={theme} options={themes} onChange={setTheme} />
      <MenuSeparator />
      <MenuAction action={notifications} />
      <MenuAction action={security} />
      <MenuAction action={help} />
      <MenuAction action={signOut} />
    </Menu>
  );
}
