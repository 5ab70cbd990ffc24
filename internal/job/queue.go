package job

import (
	"encoding/json"
	"errors"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// Spec asks for one piece of work.
type Spec struct {
	Kind        string
	Key         string // one waiting or running job per tenant, kind and key
	Payload     any    // JSON
	RunAt       int64  // microseconds UTC; 0 is at once
	MaxAttempts int64  // 0 means 12
}

// Job is one piece of work in the hands of a node.
type Job struct {
	ID, Tenant, Kind, Key string
	Payload               json.RawMessage
	Attempts, MaxAttempts int64
	Fence                 int64
}

const defaultAttempts = 12

// atOnce is due whatever the clock says later.
const atOnce = 1

// Enqueue writes the job in the caller's transaction. A job of the same key
// that still waits stays as it is.
func Enqueue(tx *db.Tx, s Spec) error {
	payload, err := json.Marshal(s.Payload)
	if err != nil {
		return fault.Wrap(err, "encoding job %s", s.Kind)
	}
	if s.MaxAttempts == 0 {
		s.MaxAttempts = defaultAttempts
	}
	if s.RunAt == 0 {
		s.RunAt = atOnce
	}
	_, err = tx.Exec(`INSERT INTO job(id, tenant, kind, key, payload, state, run_at, attempts, max_attempts, owner, fence, lease_until, last_error, created_at)
		VALUES ($1,$2,$3,$4,$5,'queued',$6,0,$7,'',0,0,'',$8) ON CONFLICT DO NOTHING`,
		tx.NewID(), tx.Tenant(), s.Kind, s.Key, payload, s.RunAt, s.MaxAttempts, tx.Now())
	return fault.Wrap(err, "queueing job %s", s.Kind)
}

// Cancel takes a job out of the queue before it has begun. It reports whether
// there was one.
func Cancel(tx *db.Tx, kind, key string) (bool, error) {
	n, err := tx.Exec(`UPDATE job SET state = 'cancelled', done_at = $1 WHERE tenant = $2 AND kind = $3 AND key = $4 AND state = 'queued'`,
		tx.Now(), tx.Tenant(), kind, key)
	return n > 0, err
}

// Hold proves in a handler's own transaction that the job is still this
// node's, and keeps it so until the commit. It fails when the lease was lost.
func (j Job) Hold(tx *db.Tx) error {
	n, err := tx.Exec(`UPDATE job SET fence = fence WHERE id = $1 AND fence = $2 AND state = 'running'`, j.ID, j.Fence)
	if err == nil && n == 0 {
		err = errLost("job " + j.ID)
	}
	return err
}

func errLost(what string) error {
	return fault.New(fault.Conflict, "The lease of %s was taken over.", what).WithSlug("lease-lost")
}

// permanent marks an error after which trying again is useless.
type permanent struct{ error }

// Permanent says that the job must not be tried again.
func Permanent(err error) error { return permanent{err} }

const sqlDue = `SELECT id, tenant, kind, key, payload, attempts, max_attempts, fence FROM job
	WHERE (state = 'queued' AND run_at <= $1) ORDER BY run_at, id LIMIT $2`

func scanJob(s db.Scanner) (Job, error) {
	var j Job
	var payload []byte
	err := s.Scan(&j.ID, &j.Tenant, &j.Kind, &j.Key, &payload, &j.Attempts, &j.MaxAttempts, &j.Fence)
	j.Payload = payload
	return j, err
}

// claim takes due jobs for a node until leaseUntil.
func claim(tx *db.Tx, node string, leaseUntil int64, limit int) ([]Job, error) {
	jobs, err := db.All(tx, scanJob, sqlDue+tx.LockRows(), tx.Now(), limit)
	if err != nil {
		return nil, err
	}
	for i := range jobs {
		jobs[i].Fence++
		jobs[i].Attempts++
		err := tx.Must(`UPDATE job SET state = 'running', owner = $1, fence = $2, attempts = $3, lease_until = $4 WHERE id = $5`,
			node, jobs[i].Fence, jobs[i].Attempts, leaseUntil, jobs[i].ID)
		if err != nil {
			return nil, err
		}
	}
	return jobs, nil
}

// beats reads the newest sign of life of every other node that has jobs.
func beats(tx *db.Tx, node string) ([]Lease, error) {
	return db.All(tx, func(s db.Scanner) (l Lease, err error) {
		return l, s.Scan(&l.Owner, &l.Until)
	}, `SELECT owner, MAX(lease_until) FROM job WHERE state = 'running' AND owner <> $1 GROUP BY owner`, node)
}

// releaseJobs puts back what a dead node held, unless it lives after all.
func releaseJobs(tx *db.Tx, dead Lease) error {
	_, err := tx.Exec(`UPDATE job SET state = 'queued', last_error = 'the node that ran it was lost'
		WHERE state = 'running' AND owner = $1 AND lease_until <= $2`, dead.Owner, dead.Until)
	return err
}

// heartbeat shows that a node lives: the time grows each time, whatever the
// clock does.
func heartbeat(tx *db.Tx, node string, leaseUntil int64) error {
	_, err := tx.Exec(`UPDATE job SET lease_until = CASE WHEN lease_until >= $1 THEN lease_until + 1 ELSE $1 END
		WHERE state = 'running' AND owner = $2`, leaseUntil, node)
	return err
}

// shift moves what waits to be tried again with a clock that was set: it waits
// for a while, not for a time of day.
func shift(tx *db.Tx, node string, by int64) error {
	_, err := tx.Exec(`UPDATE job SET run_at = run_at + $1 WHERE state = 'queued' AND attempts > 0 AND owner = $2`, by, node)
	return err
}

// finish records the outcome of a job; it does nothing when the lease was lost.
func finish(tx *db.Tx, j Job, outcome error, retryAt int64) error {
	state, text, runAt := "done", "", tx.Now()
	if outcome != nil {
		state, text, runAt = "queued", outcome.Error(), retryAt
		var p permanent
		if errors.As(outcome, &p) || j.Attempts >= j.MaxAttempts {
			state = "failed"
		}
	}
	_, err := tx.Exec(`UPDATE job SET state = $1, last_error = $2, run_at = $3, done_at = $4 WHERE id = $5 AND fence = $6 AND state = 'running'`,
		state, text, runAt, tx.Now(), j.ID, j.Fence)
	return err
}

// nextDue is when the next job falls due, or 0.
func nextDue(tx *db.Tx) (at int64, err error) {
	err = tx.QueryRow(`SELECT COALESCE(MIN(run_at),0) FROM job WHERE state = 'queued'`).Scan(&at)
	return at, err
}

// purge forgets work that is long done.
func purge(tx *db.Tx, before int64) error {
	_, err := tx.Exec(`DELETE FROM job WHERE state IN ('done','cancelled') AND done_at < $1`, before)
	return err
}
