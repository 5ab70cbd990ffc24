package duty

import (
	"errors"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// The newest shift that has begun is the only one that can still run, as shifts
// of a schedule never overlap: one step into an index, however long the past.
const (
	sqlOnTeam = `SELECT s.person, s.to_at, u.active FROM shift s JOIN users u ON u.tenant = s.tenant AND u.id = s.person
		WHERE s.tenant = $1 AND s.schedule = (SELECT c.id FROM schedule c WHERE c.tenant = $1 AND c.team = $2 AND c.main AND c.removed_at IS NULL)
		AND s.from_at <= $3 ORDER BY s.from_at DESC LIMIT 1`
	sqlTeamOf     = `SELECT team FROM schedule WHERE tenant = $1 AND id = $2 AND removed_at IS NULL`
	sqlOnSchedule = `SELECT s.person, s.to_at, u.active FROM shift s JOIN users u ON u.tenant = s.tenant AND u.id = s.person
		WHERE s.tenant = $1 AND s.schedule = $2 AND s.from_at <= $3 ORDER BY s.from_at DESC LIMIT 1`
)

// OnTeam is who is on duty now by the primary schedule of a team; "" in a gap,
// without such a schedule, or when that person is not active. Every new ticket
// asks it.
func OnTeam(tx *db.Tx, team string) (person string, err error) { return OnTeamAt(tx, team, tx.Now()) }

// OnTeamAt is who will be on duty at a time for which shifts are made.
func OnTeamAt(tx *db.Tx, team string, at int64) (person string, err error) {
	return on(tx, sqlOnTeam, team, at)
}

// Scheduled reports whether a team has a primary schedule: without one nobody
// says who is on duty, which is not the same as a gap.
func Scheduled(tx *db.Tx, team string) (bool, error) {
	var n int
	err := tx.QueryRow(`SELECT COUNT(*) FROM schedule WHERE tenant = $1 AND team = $2 AND main AND removed_at IS NULL`, tx.Tenant(), team).Scan(&n)
	return n > 0, fault.Wrap(err, "asking whether a team has a schedule")
}

// OnSchedule is who is on duty now by a schedule; "" in a gap, when that person
// is not active, or when there is no such schedule any more.
func OnSchedule(tx *db.Tx, schedule string) (person string, err error) {
	return OnScheduleAt(tx, schedule, tx.Now())
}

// OnScheduleAt is who will be on duty at a time for which shifts are made.
func OnScheduleAt(tx *db.Tx, schedule string, at int64) (person string, err error) {
	return on(tx, sqlOnSchedule, schedule, at)
}

// TeamOf is the team of a schedule; "" when there is no such schedule any more.
func TeamOf(tx *db.Tx, schedule string) (team string, err error) {
	err = tx.QueryRow(sqlTeamOf, tx.Tenant(), schedule).Scan(&team)
	if errors.Is(err, db.ErrNoRows) {
		return "", nil
	}
	return team, fault.Wrap(err, "asking for the team of a schedule")
}

func on(tx *db.Tx, text, of string, at int64) (person string, err error) {
	var to int64
	var active bool
	err = tx.QueryRow(text, tx.Tenant(), of, at).Scan(&person, &to, &active)
	if errors.Is(err, db.ErrNoRows) {
		return "", nil
	}
	if err != nil || to <= at || !active {
		return "", fault.Wrap(err, "asking who is on duty")
	}
	return person, nil
}
