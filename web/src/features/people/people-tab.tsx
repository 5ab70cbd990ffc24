import { Link } from "@tanstack/react-router";
import { type ReactNode, useRef, useState } from "react";
import { useMe } from "@/api/session";
import { useActions } from "@/lib/actions";
import { formatCount } from "@/lib/format";
import { Badge } from "@/ui/badge";
import { Checkbox } from "@/ui/field";
import { Input } from "@/ui/input";
import { EmptyState } from "@/ui/states";
import type { Role, Team, User } from "./types";
import { accountState, holdsEvery, matching, roleTitle, teamWords } from "./words";

// More rows than anybody reads; the filter finds the rest.
const MOST = 300;

interface PeopleTabProps {
  users: readonly User[];
  teams: readonly Team[];
  roles: readonly Role[];
  dialog: ReactNode;
}

/** Everybody and their roles, side by side. */
export function PeopleTab({ users, teams, roles, dialog }: PeopleTabProps) {
  const [text, setText] = useState("");
  const [inactive, setInactive] = useState(false);
  const filter = useRef<HTMLInputElement>(null);
  useActions([{ id: "people.filter", label: "Filter people", group: "People", keys: "/", keyOnly: true, run: () => filter.current?.focus() }]);
  const found = matching(users, text, inactive);
  const hidden = users.filter((u) => !u.active).length;
  return (
    <>
      <EveryRole users={users} roles={roles} />
      <div className="people-filter">
        <Input ref={filter} type="search" aria-label="Filter people" placeholder="Name, address or role" value={text} onChange={(e) => setText(e.target.value)} />
        {hidden > 0 && <Checkbox label={`Show deactivated (${formatCount(hidden)})`} checked={inactive} onChange={(e) => setInactive(e.target.checked)} />}
      </div>
      {found.length === 0 ? (
        <EmptyState title="Nobody matches">No name, address or role holds those words.</EmptyState>
      ) : (
        <Matrix users={found.slice(0, MOST)} teams={teams} roles={roles} />
      )}
      {found.length > MOST && <p className="muted">{formatCount(found.length - MOST)} more. Filter to find them.</p>}
      {dialog}
    </>
  );
}

/** The prompt to split roles leads here, so this says how. */
function EveryRole({ users, roles }: { users: readonly User[]; roles: readonly Role[] }) {
  const me = useMe();
  const all = users.filter((user) => holdsEvery(user, roles));
  if (all.length === 0) return null;
  const mine = all.some((user) => user.id === me.user.id);
  const [other] = all;
  return (
    <section className="people-split" aria-label="Split the roles">
      <h2>{mine ? "You hold every role: split them" : `${other?.name} holds every role: split them`}</h2>
      <p>Whoever administers people should not also work tickets or hold the secrets of connections, so that nobody can act and hide it.</p>
      <ol>
        <li>Add the people who work tickets, and give each only the roles they need.</li>
        <li>Give a second person the role Tenant admin, so that one may be away.</li>
        <li>{mine ? "Open your own name below and take the roles away that are somebody else’s now." : "Open that name below and take the roles away that are somebody else’s now."}</li>
      </ol>
    </section>
  );
}

function Matrix({ users, teams, roles }: { users: readonly User[]; teams: readonly Team[]; roles: readonly Role[] }) {
  return (
    // Focusable so that a narrow window can be scrolled by keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="table-frame" tabIndex={0} role="group" aria-label="People and their roles">
      <table className="table people-matrix" aria-label="People and their roles">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Teams</th>
            {roles.map((role) => (
              <th key={role.name} scope="col" className="people-role" title={role.meaning}>
                {roleTitle(role.name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {users.map((user) => (
            <tr key={user.id}>
              <th scope="row">
                <Name user={user} />
              </th>
              <td className="people-teams muted">{teamWords(user, teams).join(", ")}</td>
              {roles.map((role) => (
                <td key={role.name} className="people-role">
                  {user.roles.includes(role.name) ? (
                    <>
                      <span aria-hidden="true">✓</span>
                      <span className="visually-hidden">yes</span>
                    </>
                  ) : (
                    <span className="visually-hidden">no</span>
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Name({ user }: { user: User }) {
  const state = accountState(user);
  return (
    <>
      <span className="people-name">
        <Link to="/people" search={{ sel: user.id }} className="strong" activeProps={{}} aria-current={undefined}>
          {user.name}
        </Link>
        {user.kind === "service" && <Badge>Service account</Badge>}
        {user.demo && <Badge>Demo</Badge>}
        {state && <Badge tone={user.active ? "medium" : "info"}>{state}</Badge>}
      </span>
      <span className="people-email muted">{user.email}</span>
    </>
  );
}
