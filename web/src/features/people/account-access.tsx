import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { $api, ifMatch } from "@/api/client";
import { toProblem } from "@/lib/problem";
import { Button } from "@/ui/button";
import { ConfirmDialog } from "@/ui/dialog";
import { notify } from "@/ui/toast";
import type { User } from "./types";

interface AccessProps {
  user: User;
  onInvite: () => void;
  inviting: boolean;
  inviteError: unknown;
  onClose: () => void;
}

/** Inviting again, deactivating and activating; a refusal stands here with the way out of it. */
export function AccountAccess({ user, onInvite, inviting, inviteError, onClose }: AccessProps) {
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const [isReset, setReset] = useState(false);
  const change = $api.useMutation("patch", "/users/{id}", {
    onSuccess: (saved) => {
      void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[1] === "/users" });
      notify(saved.active ? `${saved.name} is active again` : `${saved.name} was deactivated`);
      onClose();
    },
    onError: () => client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[1] === "/users" }),
  });
  const setActive = (active: boolean) => change.mutate({ params: { path: { id: user.id }, header: ifMatch(user.rev) }, body: { active } });
  const error = change.error ?? inviteError;
  return (
    <section className="people-access" aria-label="Access">
      <h3>Access</h3>
      <p className="muted">{accessWords(user)}</p>
      {asking && (
        <p>
          {user.name} is signed out everywhere at once, and tokens and invitations end for good. What {user.name} did stays in the record.
        </p>
      )}
      <div role="alert">{error ? <Refusal error={error} user={user} /> : null}</div>
      <div className="people-access-buttons">
        {user.active && user.kind === "person" && !asking && (
          <Button onClick={onInvite} busy={inviting}>
            {user.has_password ? "New password link" : "New invitation link"}
          </Button>
        )}
        {user.active && user.kind === "person" && !asking && <Button onClick={() => setReset(true)}>Remove second factors…</Button>}
        {!user.active && (
          <Button onClick={() => setActive(true)} busy={change.isPending}>
            Activate
          </Button>
        )}
        {user.active && !asking && <Button onClick={() => setAsking(true)}>Deactivate…</Button>}
        {asking && (
          <>
            <Button onClick={() => setAsking(false)}>Keep active</Button>
            <Button tone="danger" onClick={() => setActive(false)} busy={change.isPending}>
              Deactivate {user.name}
            </Button>
          </>
        )}
      </div>
      {isReset && <RemoveFactors user={user} onClose={() => setReset(false)} />}
    </section>
  );
}

/** For somebody who has lost their app, their passkeys and their recovery codes. */
function RemoveFactors({ user, onClose }: { user: User; onClose: () => void }) {
  const remove = $api.useMutation("delete", "/users/{id}/factors", {
    onSuccess: () => {
      notify(`${user.name} signs in with the password alone now`);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Remove the second factors of ${user.name}`}
      description="Only for somebody who has lost them all, and of whom you are sure that it is really them: from then on the password alone is enough. Their sessions end."
      confirm="Remove second factors"
      tone="danger"
      onConfirm={() => remove.mutate({ params: { path: { id: user.id } } })}
      busy={remove.isPending}
      error={remove.error}
    />
  );
}

function accessWords(user: User): string {
  if (!user.active) return "Deactivated: can’t sign in, and owns no new work.";
  if (user.kind === "service") return "Comes in with its tokens only.";
  return user.has_password ? "Has chosen a password. A new link sets another one and ends every session." : "Has not accepted the invitation yet. A new link ends the one before.";
}

/** The server's reason, and where to mend it. */
function Refusal({ error, user }: { error: unknown; user: User }) {
  const problem = toProblem(error);
  return (
    <div className="form-error">
      <strong>{problem.message}</strong>
      {problem.slug === "leads-team" && (
        <div>
          <Link to="/people" search={{ tab: "teams" }}>
            Open the teams
          </Link>
        </div>
      )}
      {problem.slug === "accountable" && (
        <div>
          <Link to="/queue" search={{ q: `accountable:${user.id} -phase:closed` }}>
            Open those tickets
          </Link>
        </div>
      )}
      {problem.instance && <div className="muted">Reference {problem.instance}</div>}
    </div>
  );
}
