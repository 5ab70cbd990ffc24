package connection

import (
	"errors"
	"time"

	"tocsin/internal/connector"
	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// Reconciliation is how what a region's detector holds compares with what came
// in.
type Reconciliation struct {
	Region          string     `json:"region"`
	State           string     `json:"state" enum:"never,running,done,failed" doc:"Of the last run"`
	EverySeconds    int64      `json:"every_seconds"`
	LookbackSeconds int64      `json:"lookback_seconds" doc:"How far each run goes back behind the newest finding seen"`
	StartedAt       *time.Time `json:"started_at"`
	EndedAt         *time.Time `json:"ended_at"`
	NextAt          *time.Time `json:"next_at" doc:"When the next run begins; null while the connection is off"`
	Watermark       *time.Time `json:"watermark" doc:"The newest change that a run that ended has seen"`
	LookedAt        int64      `json:"looked_at" doc:"Findings that the last run saw"`
	Had             int64      `json:"had" doc:"Of those: there already"`
	Missed          int64      `json:"missed" doc:"Of those: new here, or changed; they were taken"`
	Quarantined     int64      `json:"quarantined" doc:"Of those: could not be read"`
	Runs            int64      `json:"runs" doc:"That ended"`
	TotalLookedAt   int64      `json:"total_looked_at"`
	TotalMissed     int64      `json:"total_missed"`
	Error           string     `json:"error"`
}

// run is the row of one place: its last run, or the one in hand.
type run struct {
	region, state  string
	attempt        int64 // the fence: whoever began last may write
	asked          bool  // somebody wants a run now
	watermark      int64 // the newest change that a run that ended has seen
	reached        int64 // up to where the run in hand has seen everything
	newest         int64 // the newest change it has seen
	started, ended int64

	lookedAt, had, missed, quarantined int64
	runs, totalLookedAt, totalMissed   int64

	failure string
	now     int64 // when this attempt began; not stored
}

const (
	stateRunning = "running"
	stateDone    = "done"
	stateFailed  = "failed"
)

const runColumns = `region, state, attempt, asked, watermark, reached, newest, started_at, ended_at,
	looked_at, had, missed, quarantined, runs, total_looked_at, total_missed, error`

func scanRun(s db.Scanner) (run, error) {
	var r run
	err := s.Scan(&r.region, &r.state, &r.attempt, &r.asked, &r.watermark, &r.reached, &r.newest, &r.started, &r.ended,
		&r.lookedAt, &r.had, &r.missed, &r.quarantined, &r.runs, &r.totalLookedAt, &r.totalMissed, &r.failure)
	return r, err
}

// runs are the rows of a connection by region.
func runs(tx *db.Tx, s stored) (map[string]run, error) {
	rows, err := db.All(tx, scanRun, `SELECT `+runColumns+` FROM reconcile WHERE tenant = $1 AND connection = $2`, s.Tenant, s.ID)
	if err != nil {
		return nil, fault.Wrap(err, "loading the comparisons of connection %s", s.ID)
	}
	out := make(map[string]run, len(rows))
	for _, r := range rows {
		out[r.region] = r
	}
	return out, nil
}

// dueAt is when the next run begins, or the interrupted one goes on.
func (r run) dueAt(p connector.Place) int64 {
	switch {
	case r.asked, r.state == stateRunning, r.started == 0:
		return 0
	case r.state == stateFailed:
		return r.ended + min(p.Every, afterFailure).Microseconds()
	}
	return r.started + p.Every.Microseconds()
}

// begin makes the row ready: a new run, or the one that did not end.
func begin(tx *db.Tx, t target) (run, error) {
	r, err := scanRun(tx.QueryRow(`SELECT `+runColumns+` FROM reconcile WHERE tenant = $1 AND connection = $2 AND region = $3`,
		tx.Tenant(), t.ID, t.place.Name))
	if errors.Is(err, db.ErrNoRows) {
		r, err = run{region: t.place.Name}, insertRun(tx, t.ID, t.place.Name, false)
	}
	if err != nil {
		return r, fault.Wrap(err, "loading a comparison of connection %s", t.ID)
	}
	if r.started == 0 || r.state == stateDone {
		r.started, r.ended, r.reached, r.newest = tx.Now(), 0, 0, 0
		r.lookedAt, r.had, r.missed, r.quarantined = 0, 0, 0, 0
	}
	r.state, r.failure, r.asked, r.now = stateRunning, "", false, tx.Now()
	before := r.attempt
	r.attempt++
	n, err := tx.Exec(`UPDATE reconcile SET state = $1, attempt = $2, asked = $3, reached = $4, newest = $5, started_at = $6, ended_at = $7,
		looked_at = $8, had = $9, missed = $10, quarantined = $11, error = ''
		WHERE tenant = $12 AND connection = $13 AND region = $14 AND attempt = $15`,
		r.state, r.attempt, r.asked, r.reached, r.newest, r.started, r.ended, r.lookedAt, r.had, r.missed, r.quarantined,
		tx.Tenant(), t.ID, t.place.Name, before)
	if err == nil && n == 0 {
		err = errTaken
	}
	return r, err
}

func insertRun(tx *db.Tx, id, region string, asked bool) error {
	return tx.Must(`INSERT INTO reconcile(tenant, connection, region, state, attempt, asked, watermark, reached, newest, started_at, ended_at,
		looked_at, had, missed, quarantined, runs, total_looked_at, total_missed, error) VALUES ($1,$2,$3,'never',0,$4,0,0,0,0,0,0,0,0,0,0,0,0,'')`,
		tx.Tenant(), id, region, asked)
}

// ask marks a place for a run now.
func ask(tx *db.Tx, id, region string) error {
	n, err := tx.Exec(`UPDATE reconcile SET asked = $1 WHERE tenant = $2 AND connection = $3 AND region = $4`, true, tx.Tenant(), id, region)
	if err == nil && n == 0 {
		err = insertRun(tx, id, region, true)
	}
	return fault.Wrap(err, "asking for a comparison of connection %s", id)
}

// span is what a run looks at. It overlaps the one before, because a detector
// may show a change later than one that is younger; and it leaves out what may
// still be on its way through the queue.
func (r run) span(p connector.Place) connector.Span {
	s := connector.Span{To: r.now - arriving.Microseconds()}
	switch {
	case r.reached > 0:
		s.From = r.reached
	case r.watermark > 0:
		s.From = r.watermark - p.Lookback.Microseconds()
	default:
		s.From = r.now - max(p.First, p.Lookback).Microseconds()
	}
	s.From = min(s.From, s.To)
	return s
}

// count adds a page. A change that is dated in the future is seen again when
// its time has come: a watermark there would hide everything before it.
func (r *run) count(taken Taken, p connector.Page) {
	latest := r.now - arriving.Microseconds()
	r.had += int64(taken.Had)
	r.missed += int64(taken.Fresh)
	r.quarantined += int64(taken.Quarantined)
	r.lookedAt += int64(taken.Had + taken.Fresh + taken.Quarantined)
	r.newest = max(r.newest, min(p.Newest, latest))
	r.reached = max(r.reached, min(p.Through, latest))
}

const runFence = ` WHERE tenant = $1 AND connection = $2 AND region = $3 AND attempt = $4 AND state = 'running'`

func (r *run) write(tx *db.Tx, t target, set string, args ...any) error {
	n, err := tx.Exec(`UPDATE reconcile SET `+set+runFence, append([]any{tx.Tenant(), t.ID, t.place.Name, r.attempt}, args...)...)
	if err == nil && n == 0 {
		err = errTaken
	}
	return err
}

// save keeps what is done so far, so that a crash costs one page.
func (r *run) save(tx *db.Tx, t target) error {
	return r.write(tx, t, `reached = $5, newest = $6, looked_at = $7, had = $8, missed = $9, quarantined = $10`,
		r.reached, r.newest, r.lookedAt, r.had, r.missed, r.quarantined)
}

func (r *run) fail(tx *db.Tx, t target, why string) error {
	return r.write(tx, t, `state = 'failed', ended_at = $5, error = $6`, tx.Now(), why)
}

func (r *run) finish(tx *db.Tx, t target) error {
	return r.write(tx, t, `state = 'done', ended_at = $5, watermark = $6, runs = runs + 1, total_looked_at = total_looked_at + $7, total_missed = total_missed + $8`,
		tx.Now(), max(r.watermark, r.newest), r.lookedAt, r.missed)
}

// reconciliations are what people see of a connection's places.
func (c *Connections) reconciliations(tx *db.Tx, s stored) ([]Reconciliation, error) {
	out := []Reconciliation{}
	places := c.places(s)
	if len(places) == 0 {
		return out, nil
	}
	rows, err := runs(tx, s)
	if err != nil {
		return nil, err
	}
	for _, p := range places {
		r, ok := rows[p.Name]
		if !ok {
			r.state = "never"
		}
		out = append(out, r.view(p, s.Enabled, tx.Now()))
	}
	return out, nil
}

// troubled makes a comparison that failed part of the connection's health: the
// queue may work, and what it loses is not found.
func (h Health) troubled(lines []Reconciliation) Health {
	for _, l := range lines {
		if l.State == stateFailed && (h.State == string(connector.HealthOK) || h.State == string(connector.HealthStarting)) {
			h.State, h.Since, h.LastError = string(connector.HealthFailing), l.EndedAt, "comparing with what "+l.Region+" holds failed: "+l.Error
		}
	}
	return h
}

func (r run) view(p connector.Place, enabled bool, now int64) Reconciliation {
	v := Reconciliation{
		Region: p.Name, State: r.state, EverySeconds: int64(p.Every.Seconds()), LookbackSeconds: int64(p.Lookback.Seconds()),
		StartedAt: known(r.started), EndedAt: known(r.ended), Watermark: known(r.watermark),
		LookedAt: r.lookedAt, Had: r.had, Missed: r.missed, Quarantined: r.quarantined,
		Runs: r.runs, TotalLookedAt: r.totalLookedAt, TotalMissed: r.totalMissed, Error: r.failure,
	}
	if enabled {
		v.NextAt = known(max(r.dueAt(p), now))
	}
	return v
}

func known(micros int64) *time.Time {
	if micros == 0 {
		return nil
	}
	return new(db.Time(micros))
}
