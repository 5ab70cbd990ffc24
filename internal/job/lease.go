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

// acquire takes a lease that is free or has run out; it reports whether it did.
func acquire(tx *db.Tx, name, owner string, length time.Duration) (Lease, bool, error) {
	l := Lease{Name: name, Owner: owner, Until: tx.Now() + length.Microseconds()}
	err := tx.QueryRow(`INSERT INTO lease(name, owner, fence, until) VALUES ($1,$2,1,$3)
		ON CONFLICT (name) DO UPDATE SET owner = $4, fence = lease.fence + 1, until = $5
		WHERE lease.until < $6 RETURNING fence`, name, owner, l.Until, owner, l.Until, tx.Now()).Scan(&l.Fence)
	if errors.Is(err, db.ErrNoRows) {
		return l, false, nil
	}
	return l, err == nil, err
}

// renew makes a lease longer; it fails when another node has taken it.
func (l *Lease) renew(tx *db.Tx, length time.Duration) error {
	until := tx.Now() + length.Microseconds()
	n, err := tx.Exec(`UPDATE lease SET until = $1 WHERE name = $2 AND owner = $3 AND fence = $4`, until, l.Name, l.Owner, l.Fence)
	if err == nil && n == 0 {
		return errLost(l.Name)
	}
	return err
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
// and asked for three times in that while.
type term struct {
	name   string
	length time.Duration
}

// alone runs work while this node holds a lease, and waits for the lease
// otherwise. work gets a context that ends when the lease is lost.
func (r *Runner) alone(ctx context.Context, t term, work func(ctx context.Context, l *Lease)) {
	for ctx.Err() == nil {
		var l Lease
		var got bool
		err := r.db.Write(system(ctx), func(tx *db.Tx) (err error) {
			l, got, err = acquire(tx, t.name, r.node, t.length)
			return err
		})
		if err != nil {
			r.log.Warn("a lease could not be asked for", "lease", t.name, "error", err)
		}
		if got {
			r.held(ctx, &l, t.length, work)
		}
		sleep(ctx, t.length/3)
	}
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
