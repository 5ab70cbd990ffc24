import type { Team } from "@/api/people";
import { useNow } from "@/lib/now";
import { useZone } from "@/lib/zone";
import { cx } from "@/ui/cx";
import type { OnCall } from "./types";
import { nowWords } from "./words";

/** Who is on duty now, for every team: by its schedules, or by its lead where there is none. */
export function NowBoard({ teams, now: rows }: { teams: readonly Team[]; now: readonly OnCall[] }) {
  return (
    <ul className="duty-board" aria-label="On duty now">
      {teams.map((team) => (
        <li key={team.id} className="duty-card">
          <h2>{team.name}</h2>
          <TeamNow team={team} rows={rows.filter((row) => row.team === team.id)} />
        </li>
      ))}
    </ul>
  );
}

function TeamNow({ team, rows }: { team: Team; rows: readonly OnCall[] }) {
  const uncovered = rows.length === 0 || rows.some((row) => row.gap);
  return (
    <>
      {rows.map((row) => (
        <Standing key={row.schedule} row={row} alone={rows.length === 1} />
      ))}
      {rows.length === 0 && <p className="muted">No schedule.</p>}
      <p className={cx(!uncovered && "muted")}>{leadWords(team, uncovered)}</p>
    </>
  );
}

function leadWords(team: Team, uncovered: boolean): string {
  if (!team.lead_name) return "No lead.";
  return uncovered ? `${team.lead_name}, the lead, answers.` : `Lead: ${team.lead_name}`;
}

function Standing({ row, alone }: { row: OnCall; alone: boolean }) {
  const zone = useZone();
  const { who, until, next } = nowWords(row, useNow(30_000), zone);
  return (
    <div className={cx("duty-standing", row.gap && "duty-standing-gap")}>
      <div className="duty-who">
        {row.gap && <span aria-hidden="true">▲ </span>}
        {who} <span className="muted">{until}</span>
      </div>
      <div className="muted">
        {next}
        {(!alone || !row.primary) && ` · ${row.name}`}
        {row.primary && !alone && ", the first in line"}
      </div>
    </div>
  );
}
