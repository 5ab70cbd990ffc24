package app

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"time"

	"tocsin/internal/api"
	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/identity"
	"tocsin/internal/journal"
)

const (
	retainEvery = time.Minute   // a look, which costs a few index probes
	dueEvery    = 6 * time.Hour // a run, so that the journal tells it rarely
	pressEvery  = 10 * time.Minute
	retainPiece = 100 // things in one transaction
	retainPause = 20 * time.Millisecond
	dayMicros   = int64(24 * 3600 * 1e6)
)

// step is one kind of things that go. Steps stand in the order in which a full
// disk takes them: what can be had again from nowhere goes last, and tickets
// never go early.
type step struct {
	kind   string
	days   func(s api.RetentionSettings) int
	early  int64 // days that it is kept however full the disk is; 0 is never early
	remove func(r *Rooms, tx *db.Tx, run run, before int64) (finding.Expired, error)
}

func steps() []step {
	return []step{
		{"originals", func(s api.RetentionSettings) int { return s.OriginalsDays }, 7,
			func(r *Rooms, tx *db.Tx, run run, before int64) (finding.Expired, error) {
				return r.Findings.ExpireOriginals(tx, run.originalsUntil, before, retainPiece)
			}},
		{"quarantine", func(s api.RetentionSettings) int { return s.QuarantineDays }, 30,
			func(r *Rooms, tx *db.Tx, _ run, before int64) (finding.Expired, error) {
				return r.Findings.ExpireQuarantine(tx, before, retainPiece)
			}},
		{"findings", func(s api.RetentionSettings) int { return s.FindingsDays }, 30,
			func(r *Rooms, tx *db.Tx, _ run, before int64) (finding.Expired, error) {
				return r.Findings.ExpireFindings(tx, before, retainPiece)
			}},
		{"tickets", func(s api.RetentionSettings) int { return s.TicketsDays }, 0,
			func(r *Rooms, tx *db.Tx, _ run, before int64) (finding.Expired, error) {
				return r.Tickets.Expire(tx, before, retainPiece/5)
			}},
	}
}

// run is one run of retention, as it is stored with every piece of it.
type run struct {
	cause          string // "due" or "disk"
	began, ended   int64
	counts         map[string]int64
	originalsUntil int64
}

func loadRun(tx *db.Tx) (out run, err error) {
	var counts []byte
	err = tx.QueryRow(`SELECT cause, began_at, ended_at, counts, originals_until FROM retention_run WHERE tenant = $1`, tx.Tenant()).
		Scan(&out.cause, &out.began, &out.ended, &counts, &out.originalsUntil)
	if errors.Is(err, db.ErrNoRows) {
		return run{counts: map[string]int64{}}, nil
	}
	if err == nil {
		err = json.Unmarshal(counts, &out.counts)
	}
	return out, fault.Wrap(err, "loading the run of retention")
}

func (u run) save(tx *db.Tx) error {
	counts, err := json.Marshal(u.counts)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO retention_run(tenant, cause, began_at, ended_at, counts, originals_until) VALUES ($1,$2,$3,$4,$5,$6)
		ON CONFLICT (tenant) DO UPDATE SET cause = $2, began_at = $3, ended_at = $4, counts = $5, originals_until = $6`,
		tx.Tenant(), u.cause, u.began, u.ended, counts, u.originalsUntil)
	return fault.Wrap(err, "keeping the run of retention")
}

// with is the run after one more piece.
func (u run) with(kind string, done finding.Expired) run {
	u.counts = maps.Clone(u.counts)
	u.counts[kind] += done.Count
	u.counts["bytes"] += done.Bytes
	if kind == "originals" {
		u.originalsUntil = max(u.originalsUntil, done.Last)
	}
	return u
}

// Retain removes what is over, of every tenant; give it to Runner.Every.
func (r *Rooms) Retain(ctx context.Context) error {
	var tenants []string
	err := r.DB.Read(ctx, func(tx *db.Tx) (err error) {
		tenants, err = identity.TenantNames(tx)
		return err
	})
	for _, t := range tenants {
		err = errors.Join(err, r.retainTenant(db.As(ctx, t, "system:retention")))
	}
	return err
}

func (r *Rooms) retainTenant(ctx context.Context) error {
	var s storedRetention
	var u run
	err := r.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if s, err = loadRetention(tx); err == nil {
			u, err = loadRun(tx)
		}
		return err
	})
	if err != nil {
		return err
	}
	if u.began == 0 {
		if u.cause = r.cause(ctx, s.RetentionSettings, u); u.cause == "" {
			return nil
		}
		u.began = r.DB.Now()
	}
	u, err = r.runSteps(ctx, s.RetentionSettings, u)
	if ctx.Err() != nil {
		return ctx.Err() // it goes on where it stopped
	}
	return errors.Join(err, r.finishRun(ctx, u))
}

// cause is why a run should begin now; "" when none should.
func (r *Rooms) cause(ctx context.Context, s api.RetentionSettings, u run) string {
	since := r.DB.Now() - u.ended
	switch {
	case since >= pressEvery.Microseconds() && r.pressed(ctx, s):
		return "disk"
	case since >= dueEvery.Microseconds():
		return "due"
	}
	return ""
}

// pressed reports whether there is less room than wanted. Room inside the
// database counts: what is removed becomes that, and it is used before the file
// grows.
func (r *Rooms) pressed(ctx context.Context, s api.RetentionSettings) bool {
	here := r.disk.look()
	if !here.known {
		return false
	}
	sizes, err := r.DB.Sizes(ctx)
	if err != nil {
		r.Log.WarnContext(ctx, "the size of the database is not known", "error", err)
		return false
	}
	return here.free+sizes.Free < wanted(s, here.total)
}

// runSteps does what is due, and when the disk asks for it then more, as long as
// it does. A step that fails does not hold up the others.
func (r *Rooms) runSteps(ctx context.Context, s api.RetentionSettings, u run) (_ run, err error) {
	now := r.DB.Now()
	for _, st := range steps() {
		if before := cutoff(now, st.days(s)); before > 0 {
			var failed error
			u, failed = r.runStep(ctx, st, u, before, func() bool { return true })
			err = errors.Join(err, failed)
		}
	}
	if u.cause != "disk" {
		return u, err
	}
	for _, st := range steps() {
		if st.early > 0 && st.days(s) > 0 {
			var failed error
			u, failed = r.runStep(ctx, st, u, now-st.early*dayMicros, func() bool { return r.pressed(ctx, s) })
			err = errors.Join(err, failed)
		}
	}
	return u, err
}

func (r *Rooms) runStep(ctx context.Context, st step, u run, before int64, wants func() bool) (run, error) {
	for ctx.Err() == nil && wants() {
		var next run
		var done finding.Expired
		err := r.DB.Write(ctx, func(tx *db.Tx) (err error) {
			if done, err = st.remove(r, tx, u, before); err != nil {
				return err
			}
			next = u.with(st.kind, done)
			return next.save(tx)
		})
		if err != nil {
			return u, fault.Wrap(err, "removing %s whose time is over", st.kind)
		}
		r.removed[st.kind].Add(done.Count)
		u = next
		if !done.More {
			return u, nil
		}
		pause(ctx, retainPause) // others write too
	}
	return u, nil
}

// finishRun records a run that removed something.
func (r *Rooms) finishRun(ctx context.Context, u run) error {
	total := int64(0)
	for _, n := range u.counts {
		total += n
	}
	return r.DB.Write(ctx, func(tx *db.Tx) error {
		if total > 0 {
			counts := map[string]any{}
			for kind, n := range u.counts {
				counts[kind] = n
			}
			_, err := r.Journal.Append(tx, journal.Entry{Stream: retentionStream, Kind: journal.RetentionDone, Data: map[string]any{
				"cause": u.cause, "counts": counts, "began_at": u.began,
			}})
			if err != nil {
				return err
			}
		}
		return run{cause: u.cause, ended: tx.Now(), counts: map[string]int64{}, originalsUntil: u.originalsUntil}.save(tx)
	})
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
