package job

import (
	"context"
	"errors"
	"time"

	"tocsin/internal/db"
)

// Lease is the right of one node to do something alone, for a while.
type Lease struct {
	Name, Owner string
	Fence       int64
	Until       int64 // microseconds UTC
}

// standing reads who has a lease; its fence is 0 when nobody ever had it.
func standing(tx *db.Tx, name string) (Lease, error) {
	l := Lease{Name: name}
	err := tx.QueryRow(`SELECT owner, fence, until FROM lease WHERE name = $1`, name).Scan(&l.Owner, &l.Fence, &l.Until)
	if errors.Is(err, db.ErrNoRows) {
		err = nil
	}
	return l, err
}

// acquire takes a lease from whoever stands there; it reports false when
// somebody was faster, or when the holder is alive after all.
func acquire(tx *db.Tx, was Lease, owner string, length time.Duration) (Lease, bool, error) {
	l := Lease{Name: was.Name, Owner: owner, Until: tx.Now() + length.Microseconds()}
	err := tx.QueryRow(`INSERT INTO lease(name, owner, fence, until) VALUES ($1,$2,1,$3)
		ON CONFLICT (name) DO UPDATE SET owner = $2, fence = lease.fence + 1, until = $3
		WHERE lease.fence = $4 AND lease.until = $5 RETURNING fence`, l.Name, owner, l.Until, was.Fence, was.Until).Scan(&l.Fence)
	if errors.Is(err, db.ErrNoRows) {
		return l, false, nil
	}
	return l, err == nil, err
}

// renew shows that the holder lives; it fails when another node has taken the
// lease. until grows each time, also while the clock stands or steps back,
// because others watch for the change and not for the time.
func (l *Lease) renew(tx *db.Tx, length time.Duration) error {
	until := tx.Now() + length.Microseconds()
	n, err := tx.Exec(`UPDATE lease SET until = CASE WHEN until >= $1 THEN until + 1 ELSE $1 END
		WHERE name = $2 AND owner = $3 AND fence = $4`, until, l.Name, l.Owner, l.Fence)
	if err == nil && n == 0 {
		return errLost(l.Name)
	}
	return err
}

// watch is since when a sign of life has not changed, by the time that runs
// evenly. Nodes do not compare their clocks with each other: one whose clock
// stepped would take over what is alive, or leave what is dead.
type watch struct {
	sign  Lease
	since time.Time
}

// still takes a look and returns for how long the sign has stood still.
func (w *watch) still(sign Lease) time.Duration {
	if w.since.IsZero() || w.sign != sign {
		w.sign, w.since = sign, time.Now()
	}
	return time.Since(w.since)
}

// free reports whether a lease may be taken: it was given back, or is our own
// from before, or its holder has shown no life for its whole length; for half of
// it when the clock, too, says that it ran out long ago.
func (w *watch) free(l Lease, node string, now int64, t term) bool {
	still := w.still(l)
	switch {
	case l.Until == 0, l.Owner == node, still >= t.length:
		return true
	case t.fenced:
		return l.Until < now
	}
	return still >= t.length/2 && l.Until+t.length.Microseconds() < now
}

// Hold proves in a transaction that the lease is still this node's, and keeps
// it so until the commit.
func (l *Lease) Hold(tx *db.Tx) error {
	n, err := tx.Exec(`UPDATE lease SET fence = fence WHERE name = $1 AND owner = $2 AND fence = $3`, l.Name, l.Owner, l.Fence)
	if err == nil && n == 0 {
		return errLost(l.Name)
	}
	return err
}

func release(tx *db.Tx, l Lease) error {
	_, err := tx.Exec(`UPDATE lease SET until = 0 WHERE name = $1 AND owner = $2 AND fence = $3`, l.Name, l.Owner, l.Fence)
	return err
}

// term is a kind of lease: its name, and for how long it is given. It is renewed
// three times in that while, and looked at six times.
type term struct {
	name   string
	length time.Duration
	// fenced is work that holds the lease in every transaction, so that two who
	// believe to have it cannot both write. Such a lease is free as soon as the
	// time is up, whosever clock says so.
	fenced bool
}

// alone runs work while this node holds a lease, and waits for the lease
// otherwise. work gets a context that ends when the lease is lost.
func (r *Runner) alone(ctx context.Context, t term, work func(ctx context.Context, l *Lease)) {
	var w watch
	for ctx.Err() == nil {
		l, got, err := r.ask(ctx, t, &w)
		if err != nil && ctx.Err() == nil {
			r.log.Warn("a lease could not be asked for", "lease", t.name, "error", err)
		}
		if got {
			r.held(ctx, &l, t.length, work)
		}
		sleep(ctx, t.length/6)
	}
}

func (r *Runner) ask(ctx context.Context, t term, w *watch) (l Lease, got bool, err error) {
	var was Lease
	var now int64
	err = r.db.Read(system(ctx), func(tx *db.Tx) (err error) {
		now = tx.Now()
		was, err = standing(tx, t.name)
		return err
	})
	if err != nil || !w.free(was, r.node, now, t) {
		return l, false, err
	}
	err = r.db.Write(system(ctx), func(tx *db.Tx) (err error) {
		l, got, err = acquire(tx, was, r.node, t.length)
		return err
	})
	return l, got, err
}

// held renews the lease beside the work and ends the work when that fails.
func (r *Runner) held(ctx context.Context, l *Lease, length time.Duration, work func(context.Context, *Lease)) {
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		work(inner, l)
	}()
	for {
		select {
		case <-done:
			if ctx.Err() != nil {
				_ = r.db.Write(context.WithoutCancel(system(ctx)), func(tx *db.Tx) error { return release(tx, *l) })
			}
			return
		case <-time.After(length / 3):
		}
		err := r.db.Write(system(ctx), func(tx *db.Tx) error { return l.renew(tx, length) })
		if err != nil && ctx.Err() == nil {
			r.log.Warn("a lease was lost", "lease", l.Name, "error", err)
			cancel()
		}
	}
}

// freeAll gives up every lease and job of the past, where the lock of the data
// directory proves that no other process lives.
func freeAll(tx *db.Tx) error {
	if _, err := tx.Exec(`UPDATE lease SET until = 0`); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE job SET state = 'queued', last_error = 'the process that ran it ended' WHERE state = 'running'`)
	return err
}

// sleep waits for d or for the end of ctx.
func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// system is the context of the server's own work over all tenants.
func system(ctx context.Context) context.Context {
	return db.As(ctx, db.Everyone, "system:job")
}
