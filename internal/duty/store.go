package duty

import (
	"encoding/json"
	"errors"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// record is a schedule as it is kept.
type record struct {
	id                   string
	plan                 Plan
	createdAt, updatedAt int64
	rev                  int64
	ready                *plan
}

const scheduleColumns = `id, plan, created_at, updated_at, rev`

const (
	sqlSchedule  = `SELECT ` + scheduleColumns + ` FROM schedule WHERE tenant = $1 AND id = $2 AND removed_at IS NULL`
	sqlSchedules = `SELECT ` + scheduleColumns + ` FROM schedule WHERE tenant = $1 AND removed_at IS NULL ORDER BY name, id`
	sqlCount     = `SELECT COUNT(*) FROM schedule WHERE tenant = $1 AND removed_at IS NULL`
	sqlNamed     = `SELECT COUNT(*) FROM schedule WHERE tenant = $1 AND name = $2 AND removed_at IS NULL AND id <> $3`
	sqlMain      = `SELECT COUNT(*) FROM schedule WHERE tenant = $1 AND team = $2 AND main AND removed_at IS NULL AND id <> $3`
	sqlInsert    = `INSERT INTO schedule(tenant, id, name, team, main, plan, created_at, updated_at, rev) VALUES ($1,$2,$3,$4,$5,$6,$7,$7,1)`
	sqlUpdate    = `UPDATE schedule SET name = $1, team = $2, main = $3, plan = $4, updated_at = $5, rev = rev + 1
		WHERE tenant = $6 AND id = $7 AND removed_at IS NULL`
	sqlRemove = `UPDATE schedule SET removed_at = $1, updated_at = $1, rev = rev + 1 WHERE tenant = $2 AND id = $3 AND removed_at IS NULL`

	sqlInsertTurn = `INSERT INTO duty_turn(tenant, schedule, next_at, fresh_at, team, shift, person, ending_at) VALUES ($1,$2,$3,$3,'','','',0)`
	// sqlLock makes changes of one schedule wait for each other, on all nodes.
	sqlLock    = `UPDATE duty_turn SET schedule = schedule WHERE tenant = $1 AND schedule = $2`
	sqlDue     = `SELECT tenant, schedule FROM duty_turn WHERE next_at <= $1 ORDER BY next_at LIMIT 200`
	sqlTurn    = `SELECT next_at, fresh_at, team, shift, person, ending_at FROM duty_turn WHERE tenant = $1 AND schedule = $2`
	sqlSetTurn = `UPDATE duty_turn SET next_at = $1, fresh_at = $2, team = $3, shift = $4, person = $5, ending_at = $6
		WHERE tenant = $7 AND schedule = $8`
	sqlStale   = `UPDATE duty_turn SET next_at = 0, fresh_at = 0 WHERE tenant = $1`
	sqlPutOff  = `UPDATE duty_turn SET next_at = $1 WHERE tenant = $2 AND schedule = $3`
	sqlEndTurn = `DELETE FROM duty_turn WHERE tenant = $1 AND schedule = $2`

	sqlGaps      = `SELECT from_at, days FROM duty_gap WHERE tenant = $1 AND schedule = $2`
	sqlTellGap   = `INSERT INTO duty_gap(tenant, schedule, from_at, days) VALUES ($1,$2,$3,$4) ON CONFLICT (tenant, schedule, from_at) DO UPDATE SET days = $4`
	sqlForgetGap = `DELETE FROM duty_gap WHERE tenant = $1 AND schedule = $2 AND from_at = $3`
)

func scanRecord(s db.Scanner) (record, error) {
	var r record
	var doc []byte
	if err := s.Scan(&r.id, &doc, &r.createdAt, &r.updatedAt, &r.rev); err != nil {
		return r, err
	}
	if err := json.Unmarshal(doc, &r.plan); err != nil {
		return r, fault.Wrap(err, "reading schedule %s", r.id)
	}
	r.plan = r.plan.normal()
	var err error
	r.ready, err = r.plan.compile()
	return r, fault.Wrap(err, "reading schedule %s", r.id)
}

// find reads a schedule, or fault.Missing.
func find(tx *db.Tx, id string) (*record, error) {
	r, err := scanRecord(tx.QueryRow(sqlSchedule, tx.Tenant(), id))
	if errors.Is(err, db.ErrNoRows) {
		return nil, missing("schedule")
	}
	return &r, err
}

func missing(what string) *fault.Error { return fault.New(fault.Missing, "There is no such %s.", what) }

// hold locks a schedule for a change and reads it.
func hold(tx *db.Tx, id string) (*record, error) {
	n, err := tx.Exec(sqlLock, tx.Tenant(), id)
	if err == nil && n == 0 {
		err = missing("schedule")
	}
	if err != nil {
		return nil, err
	}
	return find(tx, id)
}

func allSchedules(tx *db.Tx) ([]record, error) {
	return db.All(tx, scanRecord, sqlSchedules, tx.Tenant())
}

// told is what the journal knows of a schedule.
type told struct {
	nextAt, freshAt int64
	team            string // whose accountability follows it; "" when it is not primary
	shift, person   string // on duty; "" in a gap
	endingAt        int64  // the end of a shift that was announced
}

func readTold(tx *db.Tx, id string) (t told, err error) {
	return t, tx.QueryRow(sqlTurn, tx.Tenant(), id).Scan(&t.nextAt, &t.freshAt, &t.team, &t.shift, &t.person, &t.endingAt)
}

func writeTold(tx *db.Tx, id string, t told) error {
	return tx.Must(sqlSetTurn, t.nextAt, t.freshAt, t.team, t.shift, t.person, t.endingAt, tx.Tenant(), id)
}

// shift is a row of the table.
type shift struct {
	id, schedule string
	piece
	seq, changedAt int64
}

const shiftColumns = `id, schedule, person, layer, from_at, to_at, seq, changed_at`

const (
	// The first is the one that runs at the beginning, so that the past is not read.
	fromRunning = ` AND to_at > $3 AND from_at >= COALESCE((SELECT MAX(p.from_at) FROM shift p
		WHERE p.tenant = $1 AND p.schedule = $2 AND p.from_at <= $3), 0) ORDER BY from_at`
	sqlShiftsAhead = `SELECT ` + shiftColumns + ` FROM shift WHERE tenant = $1 AND schedule = $2` + fromRunning
	sqlTwoAhead    = sqlShiftsAhead + ` LIMIT 2`
	sqlShiftsIn    = `SELECT ` + shiftColumns + ` FROM shift WHERE tenant = $1 AND schedule = $2 AND from_at < $4` + fromRunning
	sqlShiftsOf    = `SELECT ` + shiftColumns + ` FROM shift WHERE tenant = $1 AND person = $2 AND to_at > $3 ORDER BY to_at LIMIT $4`
	sqlShift       = `SELECT ` + shiftColumns + ` FROM shift WHERE tenant = $1 AND schedule = $2 AND id = $3`
	sqlLastEnd     = `SELECT to_at FROM shift WHERE tenant = $1 AND schedule = $2 AND from_at < $3 ORDER BY from_at DESC LIMIT 1`
	sqlNewShift    = `INSERT INTO shift(tenant, id, schedule, person, layer, from_at, to_at, seq, changed_at) VALUES ($1,$2,$3,$4,$5,$6,$7,0,$8)`
	sqlSetShift    = `UPDATE shift SET person = $1, layer = $2, to_at = $3, seq = seq + 1, changed_at = $4 WHERE tenant = $5 AND id = $6`
	sqlNoShift     = `DELETE FROM shift WHERE tenant = $1 AND id = $2`
)

func scanShift(s db.Scanner) (v shift, err error) {
	return v, s.Scan(&v.id, &v.schedule, &v.person, &v.layer, &v.from, &v.to, &v.seq, &v.changedAt)
}

func shiftsAhead(tx *db.Tx, schedule string) ([]shift, error) {
	return db.All(tx, scanShift, sqlShiftsAhead, tx.Tenant(), schedule, tx.Now())
}

// override is a row of the table.
type override struct {
	id, schedule, person string
	from, to             int64
	reason               string
	madeAt               int64
	madeBy               string
}

const overrideColumns = `id, schedule, person, from_at, to_at, reason, made_at, made_by`

const (
	// Overrides in the order in which they were made: a later one wins.
	sqlOverrides = `SELECT ` + overrideColumns + ` FROM duty_override WHERE tenant = $1 AND schedule = $2 AND to_at > $3 AND removed_at IS NULL
		ORDER BY place`
	sqlOverridesShown = `SELECT ` + overrideColumns + ` FROM duty_override WHERE tenant = $1 AND schedule = $2 AND to_at > $3 AND removed_at IS NULL
		ORDER BY from_at, id`
	sqlOverridesOf = `SELECT ` + overrideColumns + ` FROM duty_override WHERE tenant = $1 AND person = $2 AND to_at > $3 AND removed_at IS NULL
		ORDER BY schedule, place`
	sqlOverride    = `SELECT ` + overrideColumns + ` FROM duty_override WHERE tenant = $1 AND schedule = $2 AND id = $3 AND removed_at IS NULL`
	sqlNewOverride = `INSERT INTO duty_override(tenant, id, schedule, place, person, from_at, to_at, reason, made_at, made_by)
		VALUES ($1,$2,$3,(SELECT COALESCE(MAX(place),0)+1 FROM duty_override WHERE tenant = $1 AND schedule = $3),$4,$5,$6,$7,$8,$9)`
	sqlRemoveOverride = `UPDATE duty_override SET removed_at = $1 WHERE tenant = $2 AND id = $3`
	sqlCutOverride    = `UPDATE duty_override SET to_at = $1 WHERE tenant = $2 AND id = $3`
)

func scanOverride(s db.Scanner) (o override, err error) {
	return o, s.Scan(&o.id, &o.schedule, &o.person, &o.from, &o.to, &o.reason, &o.madeAt, &o.madeBy)
}

func overridesAfter(tx *db.Tx, schedule string, at int64) ([]override, error) {
	return db.All(tx, scanOverride, sqlOverrides, tx.Tenant(), schedule, at)
}
