import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { $api, ifMatch } from "@/api/client";
import { fieldError, toProblem } from "@/lib/problem";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Select, TextField } from "@/ui/field";
import { Form, FormRow, Why } from "@/ui/form";
import { notify } from "@/ui/toast";
import { MemberBoxes } from "./member-boxes";
import type { Team, User } from "./types";
import { sameSet } from "./words";

interface TeamDialogProps {
  /** Nothing for a new one. */
  team?: Team;
  users: readonly User[];
  onClose: () => void;
}

/** Makes or changes a team: its name, its lead and its members. */
export function TeamDialog({ team, users, onClose }: TeamDialogProps) {
  return (
    <Dialog open wide onClose={onClose} title={team ? team.name : "Add a team"} description={team?.intake ? "New tickets come to this team." : undefined}>
      <TeamForm team={team} users={users} onClose={onClose} />
    </Dialog>
  );
}

function TeamForm({ team, users, onClose }: { team: Team | undefined; users: readonly User[]; onClose: () => void }) {
  const [base, setBase] = useState(team);
  const [name, setName] = useState(team?.name ?? "");
  const [lead, setLead] = useState(team?.lead ?? "");
  const [members, setMembers] = useState(team?.members ?? []);
  const { save, busy, error } = useSaveTeam(base, onClose);
  const people = users.filter((user) => (user.active && user.kind === "person") || user.id === base?.lead);
  const wrong = (field: string) => fieldError(error, field);
  const all = lead === "" || members.includes(lead) ? members : [...members, lead];
  const unchanged = base !== undefined && name.trim() === base.name && lead === base.lead && sameSet(all, base.members) && "Nothing changed";
  const stale = error !== null && toProblem(error).slug === "stale-revision" && team !== undefined;
  const again = () => {
    setBase(team);
    setName(team?.name ?? "");
    setLead(team?.lead ?? "");
    setMembers(team?.members ?? []);
  };
  return (
    <Form
      onSubmit={() => !unchanged && save({ name: name.trim(), lead, members: all })}
      error={error}
      shown={["name", "lead", "members"]}
      footer={
        <>
          <Why>{unchanged}</Why>
          {stale ? <Button onClick={again}>Show as it is now</Button> : <Button onClick={onClose}>Cancel</Button>}
          <Button type="submit" tone="primary" busy={busy} blocked={unchanged}>
            {base ? "Save" : "Add team"}
          </Button>
        </>
      }
    >
      <FormRow>
        <TextField label="Name" value={name} maxLength={100} autoComplete="off" onChange={(e) => setName(e.target.value)} error={wrong("name")} />
        <Select
          label="Lead"
          help="Accountable for what nobody has taken."
          value={lead}
          onChange={(e) => setLead(e.target.value)}
          error={wrong("lead")}
          options={[{ value: "", label: "Choose a person" }, ...people.map((user) => ({ value: user.id, label: user.name }))]}
        />
      </FormRow>
      <MemberBoxes users={users} lead={lead} value={members} onChange={setMembers} error={wrong("members")} />
    </Form>
  );
}

interface TeamFields {
  name: string;
  lead: string;
  members: string[];
}

function useSaveTeam(base: Team | undefined, onClose: () => void) {
  const client = useQueryClient();
  const refetch = () => client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[1] === "/teams" || queryKey[1] === "/users" });
  const done = (saved: { name: string }) => {
    void refetch();
    notify(`${saved.name} was saved`);
    onClose();
  };
  const create = $api.useMutation("post", "/teams", { onSuccess: done });
  const change = $api.useMutation("patch", "/teams/{id}", { onSuccess: done, onError: refetch });
  const save = (body: TeamFields) => {
    if (base) change.mutate({ params: { path: { id: base.id }, header: ifMatch(base.rev) }, body });
    else create.mutate({ body });
  };
  return { save, busy: create.isPending || change.isPending, error: base ? change.error : create.error };
}
