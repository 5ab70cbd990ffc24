import { formatList } from "@/lib/format";
import { Panel } from "@/ui/panel";
import type { Role, User } from "./types";
import { permissionWords, roleTitle } from "./words";

/** What each role is for, what it allows, and who holds it. */
export function RolesTab({ users, roles }: { users: readonly User[]; roles: readonly Role[] }) {
  return (
    <div className="people-roles">
      {roles.map((role) => (
        <Panel key={role.name} title={roleTitle(role.name)} aside={<code>{role.name}</code>}>
          <p>{role.meaning}</p>
          <p className="muted">May {role.permissions.map(permissionWords).join("; ")}.</p>
          <Holders users={users.filter((user) => user.active && user.roles.includes(role.name))} />
        </Panel>
      ))}
    </div>
  );
}

function Holders({ users }: { users: readonly User[] }) {
  if (users.length === 0) return <p className="muted">Nobody holds it.</p>;
  const names = users.slice(0, 6).map((user) => user.name);
  const rest = users.length - names.length;
  return <p>Held by {formatList(rest > 0 ? [...names, `${rest} more`] : names)}.</p>;
}
