import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useCan } from "@/api/session";
import { type Action, useActions } from "@/lib/actions";
import { ActionButton } from "@/ui/button";
import { Loaded, NoPermission } from "@/ui/loaded";
import { Page } from "@/ui/panel";
import { ViewTabs } from "@/ui/tabs";
import { AddPerson } from "./add-person";
import { EditPerson } from "./edit-person";
import { PeopleTab } from "./people-tab";
import { useRoles, useTeams, useUsers } from "./queries";
import { RolesTab } from "./roles-tab";
import { TeamDialog } from "./team-dialog";
import { TeamsTab } from "./teams-tab";
import type { Role, Team, User } from "./types";
import "./people.css";

/** Who is here, what each may do, and in which team. */
export function PeoplePage() {
  const can = useCan();
  if (!can("user.manage")) return <NoPermission what="managing people" />;
  return <People />;
}

interface Data {
  users: User[];
  teams: Team[];
  roles: Role[];
}

function People() {
  const { tab = "people" } = useSearch({ from: "/shell/people" });
  const users = useUsers();
  const teams = useTeams();
  const roles = useRoles();
  const navigate = useNavigate({ from: "/people" });
  const onTeams = tab === "teams";
  const add: Action = { id: "people.add", label: "Add person", group: "People", keys: "n", hidden: onTeams, run: () => void navigate({ search: (old) => ({ ...old, sel: "new" }) }) };
  const addTeam: Action = { ...add, id: "team.add", label: "Add team", hidden: !onTeams };
  useActions([add, addTeam]);
  return (
    <Page
      title="People"
      lead={<Views tab={tab} />}
      actions={
        <>
          <ActionButton action={add} tone="primary" />
          <ActionButton action={addTeam} tone="primary" />
        </>
      }
    >
      <Loaded query={users} label="Loading people">
        {(users) => (
          <Loaded query={teams} label="Loading teams">
            {(teams) => <Loaded query={roles} label="Loading roles">{({ items }) => <Content tab={tab} data={{ users, teams, roles: items }} />}</Loaded>}
          </Loaded>
        )}
      </Loaded>
    </Page>
  );
}

function Views({ tab }: { tab: string }) {
  const view = (id: string | undefined, label: string) => (
    <Link to="/people" search={id ? { tab: id } : {}} className="tab" activeProps={{}} activeOptions={{ exact: true }} aria-current={tab === (id ?? "people") ? "page" : undefined}>
      {label}
    </Link>
  );
  return (
    <ViewTabs label="Views">
      {view(undefined, "People")}
      {view("teams", "Teams")}
      {view("roles", "Roles")}
    </ViewTabs>
  );
}

function Content({ tab, data }: { tab: string; data: Data }) {
  const { users, teams, roles } = data;
  if (tab === "teams") return <TeamsTab users={users} teams={teams} dialog={<TeamDialogs {...data} />} />;
  if (tab === "roles") return <RolesTab users={users} roles={roles} />;
  return <PeopleTab users={users} teams={teams} roles={roles} dialog={<PersonDialogs {...data} />} />;
}

// What is open stands in the address; an id that is not there any more opens nothing.
function useOpen() {
  const { sel } = useSearch({ from: "/shell/people" });
  const navigate = useNavigate({ from: "/people" });
  const show = (id: string | undefined) => void navigate({ search: (old) => ({ ...old, sel: id }), replace: id === undefined });
  return { sel, show, close: () => show(undefined) };
}

function PersonDialogs({ users, teams, roles }: Data): ReactNode {
  const { sel, close } = useOpen();
  if (sel === "new") return <AddPerson teams={teams} roles={roles} onClose={close} />;
  const user = users.find((u) => u.id === sel);
  return user && <EditPerson key={user.id} user={user} teams={teams} roles={roles} onClose={close} />;
}

function TeamDialogs({ users, teams }: Data): ReactNode {
  const { sel, close } = useOpen();
  if (sel === "new") return <TeamDialog users={users} onClose={close} />;
  const team = teams.find((t) => t.id === sel);
  return team && <TeamDialog key={team.id} team={team} users={users} onClose={close} />;
}
