import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { formatCount } from "@/lib/format";
import { Badge } from "@/ui/badge";
import { EmptyState } from "@/ui/states";
import { Table, type TableColumn } from "@/ui/table";
import type { Team, User } from "./types";

/** The teams, each with whoever answers for what nobody has taken. */
export function TeamsTab({ users, teams, dialog }: { users: readonly User[]; teams: readonly Team[]; dialog: ReactNode }) {
  const names = new Map(users.map((user) => [user.id, user.name]));
  const columns: TableColumn<Team>[] = [
    {
      id: "name",
      head: "Team",
      cell: (team) => (
        <span className="people-name">
          <Link to="/people" search={{ tab: "teams", sel: team.id }} className="strong" activeProps={{}} aria-current={undefined}>
            {team.name}
          </Link>
          {team.intake && <Badge tone="low">New tickets come here</Badge>}
        </span>
      ),
    },
    { id: "lead", head: "Lead", cell: (team) => team.lead_name },
    { id: "members", head: "Members", grow: true, cell: (team) => team.members.map((id) => names.get(id) ?? id).join(", ") },
    { id: "count", head: "Count", end: true, cell: (team) => formatCount(team.members.length) },
  ];
  return (
    <>
      <p className="muted page-intro">The lead of a team is accountable for its tickets until somebody takes them.</p>
      <Table label="Teams" columns={columns} rows={teams} rowKey={(team) => team.id} empty={<EmptyState title="No teams yet">Tickets need a team to come to.</EmptyState>} />
      {dialog}
    </>
  );
}
