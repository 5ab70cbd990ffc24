import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { $api, ifMatch } from "@/api/client";
import { fieldError, toProblem } from "@/lib/problem";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { Form, Why } from "@/ui/form";
import { notify } from "@/ui/toast";
import { AccountAccess } from "./account-access";
import { InviteLink } from "./invite-link";
import { RoleBoxes } from "./role-boxes";
import type { Role, Team, User } from "./types";
import { sameSet, teamWords } from "./words";

interface EditPersonProps {
  user: User;
  teams: readonly Team[];
  roles: readonly Role[];
  onClose: () => void;
}

/** One account: its name and roles, its invitation, and whether it may come in at all. */
export function EditPerson({ user, teams, roles, onClose }: EditPersonProps) {
  const invite = $api.useMutation("post", "/users/{id}/invite", { gcTime: 0 });
  const of = teamWords(user, teams);
  const description = [user.email, user.kind === "service" ? "service account" : "", of.length > 0 ? of.join(", ") : "in no team"].filter(Boolean).join(" · ");
  return (
    <Dialog open wide onClose={onClose} title={user.name} description={description}>
      {invite.data ? (
        <InviteLink user={user} url={invite.data.invite_url} until={invite.data.expires_at} onClose={onClose} />
      ) : (
        <>
          {user.active && <EditForm user={user} roles={roles} onClose={onClose} />}
          <AccountAccess
            user={user}
            onInvite={() => invite.mutate({ params: { path: { id: user.id } } })}
            inviting={invite.isPending}
            inviteError={invite.error}
            onClose={onClose}
          />
        </>
      )}
    </Dialog>
  );
}

function EditForm({ user, roles, onClose }: { user: User; roles: readonly Role[]; onClose: () => void }) {
  const client = useQueryClient();
  // What was read when the form opened: a change by somebody else meanwhile must be seen, not written over.
  const [base, setBase] = useState(user);
  const [name, setName] = useState(user.name);
  const [held, setHeld] = useState(user.roles);
  const save = $api.useMutation("patch", "/users/{id}", {
    onSuccess: (saved) => {
      void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[1] === "/users" || queryKey[1] === "/session" });
      notify(`${saved.name} was saved`);
      onClose();
    },
    onError: () => client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[1] === "/users" }),
  });
  const error = (field: string) => fieldError(save.error, field);
  const unchanged = name.trim() === base.name && sameSet(held, base.roles) && "Nothing changed";
  const stale = save.error && toProblem(save.error).slug === "stale-revision";
  const again = () => {
    setBase(user);
    setName(user.name);
    setHeld(user.roles);
    save.reset();
  };
  return (
    <Form
      onSubmit={() => !unchanged && save.mutate({ params: { path: { id: base.id }, header: ifMatch(base.rev) }, body: { name: name.trim(), roles: held } })}
      error={save.error}
      shown={["name", "roles"]}
      footer={
        <>
          <Why>{unchanged}</Why>
          {stale ? <Button onClick={again}>Show as it is now</Button> : <Button onClick={onClose}>Cancel</Button>}
          <Button type="submit" tone="primary" busy={save.isPending} blocked={unchanged}>
            Save
          </Button>
        </>
      }
    >
      <TextField label="Name" value={name} maxLength={200} autoComplete="off" onChange={(e) => setName(e.target.value)} error={error("name")} />
      <RoleBoxes roles={roles} value={held} onChange={setHeld} error={error("roles")} />
      {user.kind === "service" && (
        <p>
          <Link to="/tokens" search={{ for: user.id }}>
            Tokens of this account
          </Link>
        </p>
      )}
    </Form>
  );
}
