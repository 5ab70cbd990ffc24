import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { $api } from "@/api/client";
import { fieldError } from "@/lib/problem";
import { Button } from "@/ui/button";
import { Choices } from "@/ui/choices";
import { Dialog } from "@/ui/dialog";
import { Select, TextField } from "@/ui/field";
import { Form, FormRow, Why } from "@/ui/form";
import { InviteLink } from "./invite-link";
import { RoleBoxes } from "./role-boxes";
import type { Role, Team } from "./types";

type Kind = "person" | "service";

interface AddPersonProps {
  teams: readonly Team[];
  roles: readonly Role[];
  onClose: () => void;
}

/** Adds a person, who gets a link to choose a password, or a service account, which gets tokens. */
export function AddPerson({ teams, roles, onClose }: AddPersonProps) {
  const create = useAddUser();
  const made = create.data;
  return (
    <Dialog open wide onClose={onClose} title={made ? `${made.user.name} was added` : "Add a person or service account"}>
      {made ? <InviteLink user={made.user} url={made.invite_url} onClose={onClose} /> : <AddForm teams={teams} roles={roles} create={create} onClose={onClose} />}
    </Dialog>
  );
}

function useAddUser() {
  const client = useQueryClient();
  return $api.useMutation("post", "/users", {
    gcTime: 0, // the link lives only as long as this window
    onSuccess: () => client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[1] === "/users" || queryKey[1] === "/teams" }),
  });
}

interface AddFormProps extends AddPersonProps {
  create: ReturnType<typeof useAddUser>;
}

function AddForm({ teams, roles, create, onClose }: AddFormProps) {
  const [kind, setKind] = useState<Kind>("person");
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [team, setTeam] = useState("");
  const [held, setHeld] = useState<string[]>([]);
  const error = (field: string) => fieldError(create.error, field);
  const submit = () => create.mutate({ body: { email: email.trim(), name: name.trim(), kind, roles: held, ...(team ? { team } : {}) } });
  return (
    <Form
      onSubmit={submit}
      error={create.error}
      shown={["kind", "email", "name", "team", "roles"]}
      footer={
        <>
          <Why>{held.length === 0 && "Without a role the account may do nothing"}</Why>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" busy={create.isPending}>
            {kind === "person" ? "Add and invite" : "Add service account"}
          </Button>
        </>
      }
    >
      <Choices<Kind>
        label="Kind"
        value={kind}
        onChange={setKind}
        error={error("kind")}
        choices={[
          { value: "person", label: "Person", note: "Signs in with a password, chosen by a link that works once." },
          { value: "service", label: "Service account", note: "A program: has tokens and no password." },
        ]}
      />
      <FormRow>
        <TextField label="Email" type="email" autoComplete="off" help={kind === "service" ? "Its name as an address; nothing is sent there." : undefined} value={email} onChange={(e) => setEmail(e.target.value)} error={error("email")} />
        <TextField label="Name" optional autoComplete="off" value={name} maxLength={200} onChange={(e) => setName(e.target.value)} error={error("name")} />
        <Select label="Team" optional value={team} onChange={(e) => setTeam(e.target.value)} error={error("team")} options={[{ value: "", label: "None" }, ...teams.map((t) => ({ value: t.id, label: t.name }))]} />
      </FormRow>
      <RoleBoxes roles={roles} value={held} onChange={setHeld} error={error("roles")} />
    </Form>
  );
}
