import { Link } from "@tanstack/react-router";
import { Button } from "@/ui/button";
import { SecretOnce } from "@/ui/secret-once";
import { Time } from "@/ui/time";
import type { User } from "./types";
import { fullLink } from "./words";

/** What is left to do for an account that was just made or invited again. */
export function InviteLink({ user, url, until, onClose }: { user: User; url: string; until?: string; onClose: () => void }) {
  return (
    <>
      {url === "" ? (
        <p>
          {user.name} is a service account: it signs in with a token, never with a password. <Link to="/tokens" search={{ for: user.id }}>Make a token for it</Link>
        </p>
      ) : (
        <SecretOnce label={`Invitation of ${user.name}`} value={fullLink(url, window.location.origin)}>
          Tocsin sends nothing: give this link to {user.name} yourself. It works once{until ? <>, until <Time at={until} show="date" /></> : ", within seven days"}, and is not shown again.
        </SecretOnce>
      )}
      <div className="form-footer">
        <Button tone="primary" onClick={onClose}>
          Done
        </Button>
      </div>
    </>
  );
}
