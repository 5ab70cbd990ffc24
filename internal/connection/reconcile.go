package connection

import (
	"context"
	"errors"
	"sync"
	"time"

	"tocsin/internal/connector"
	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
)

const (
	// dueEvery is how often the due runs are looked for.
	dueEvery = 5 * time.Second
	// maxRuns is how many runs go on at the same time.
	maxRuns = 4
	// afterFailure is how soon a run that failed goes on.
	afterFailure = 5 * time.Minute
	// arriving is how long a change may be on its way through a queue before its
	// absence counts.
	arriving = 5 * time.Minute
)

// Reconcile does every comparison that is due until ctx ends, then waits for
// those in hand. The caller sees to it that only one node does; for the moment
// in which two may, a run is fenced by its attempt.
func (c *Connections) Reconcile(ctx context.Context) error {
	r := &reconciler{c: c, going: map[string]bool{}}
	for ctx.Err() == nil {
		due, err := c.due(ctx)
		if err != nil && ctx.Err() == nil {
			c.Log.Warn("due comparisons could not be looked up", "error", err)
		}
		for _, t := range due {
			r.start(ctx, t)
		}
		t := time.NewTimer(dueEvery)
		select {
		case <-t.C:
		case <-c.hurry:
		case <-ctx.Done():
		}
		t.Stop()
	}
	r.Wait()
	return nil
}

// target is one place of one connection.
type target struct {
	stored
	place connector.Place
}

func (t target) key() string { return t.Tenant + "/" + t.ID + "/" + t.place.Name }

// reconciler knows which runs go on in this process.
type reconciler struct {
	c *Connections
	sync.WaitGroup
	mu    sync.Mutex
	going map[string]bool
}

// start begins a run, unless it goes on or too many do: it is due again soon.
func (r *reconciler) start(ctx context.Context, t target) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.going[t.key()] || len(r.going) >= maxRuns {
		return
	}
	r.going[t.key()] = true
	r.Go(func() {
		r.c.reconcile(db.As(ctx, t.Tenant, db.Actor(Stream(t.ID))), t)
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.going, t.key())
	})
}

// due lists the places whose time has come, of every tenant.
func (c *Connections) due(ctx context.Context) (due []target, err error) {
	err = c.DB.Read(everyone(ctx), func(tx *db.Tx) error {
		due = nil
		all, err := enabled(tx)
		if err != nil {
			return err
		}
		for _, s := range all {
			rows := map[string]run{}
			for _, place := range c.places(s) {
				if len(rows) == 0 {
					if rows, err = runs(tx, s); err != nil {
						return err
					}
				}
				if r, ok := rows[place.Name]; !ok || r.dueAt(place) <= tx.Now() {
					due = append(due, target{s, place})
				}
			}
		}
		return nil
	})
	return due, err
}

func (c *Connections) places(s stored) []connector.Place {
	if list := c.Kinds[s.Kind].Places; list != nil {
		return list(s.Settings)
	}
	return nil
}

// reconcile does one run, or goes on with the one that was interrupted.
func (c *Connections) reconcile(ctx context.Context, t target) {
	var r run
	err := c.DB.Write(ctx, func(tx *db.Tx) (err error) {
		r, err = begin(tx, t)
		return err
	})
	if err != nil {
		if !db.IsReference(err) && ctx.Err() == nil { // a connection removed meanwhile is not compared
			c.Log.Warn("a comparison could not begin", "connection", t.ID, "region", t.place.Name, "error", err)
		}
		return
	}
	failure := c.walk(ctx, t, &r)
	if ctx.Err() != nil || errors.Is(failure, errTaken) {
		return // it is still running to whoever looks next, and goes on from there
	}
	if failure != nil {
		c.Log.Warn("a comparison failed", "connection", t.ID, "region", t.place.Name, "looked_at", r.lookedAt, "error", failure)
	}
	err = c.DB.Write(ctx, func(tx *db.Tx) error { return c.ended(tx, t, r, failure) })
	if err != nil && ctx.Err() == nil {
		c.Log.Warn("the end of a comparison could not be written", "connection", t.ID, "region", t.place.Name, "error", err)
	}
}

// walk hands everything that changed to the intake and counts.
func (c *Connections) walk(ctx context.Context, t target, r *run) error {
	live, err := c.live(ctx, t.ID)
	if err != nil {
		return err
	}
	reconciler, ok := live.(connector.Reconciler)
	if !ok {
		return fault.New(fault.Internal, "connectors of kind %s have places and cannot be asked", t.Kind)
	}
	return reconciler.Reconcile(ctx, t.place.Name, r.span(t.place), func(ctx context.Context, p connector.Page) error {
		taken, err := c.takePage(ctx, t, p)
		if err != nil {
			return err
		}
		r.count(taken, p)
		return c.DB.Write(ctx, func(tx *db.Tx) error { return r.save(tx, t) })
	})
}

// takePage gives a page to the intake, again when it is busy.
func (c *Connections) takePage(ctx context.Context, t target, p connector.Page) (Taken, error) {
	for attempt := 1; ; attempt++ {
		taken, err := c.Take(ctx, Stream(t.ID), p.Messages)
		after, again := connector.RetryAfter(err)
		if err == nil || !again || attempt == 5 {
			return taken, err
		}
		wait := time.NewTimer(max(after, time.Second))
		select {
		case <-wait.C:
		case <-ctx.Done():
			return taken, ctx.Err()
		}
	}
}

// said is what an error says to people.
func said(err error) string {
	if e := fault.As(err); e != nil && e.Code != fault.Internal {
		return e.Message
	}
	return "the server's log says why."
}

// ended writes the outcome of a run with its entry in the journal. A run that
// failed has no entry: it goes on, and its end has one.
func (c *Connections) ended(tx *db.Tx, t target, r run, failure error) error {
	if failure != nil {
		return r.fail(tx, t, said(failure))
	}
	if err := r.finish(tx, t); err != nil {
		return err
	}
	_, err := c.Journal.Append(tx, journal.Entry{Stream: Stream(t.ID), Kind: journal.ReconcileDone, Data: map[string]any{
		"connection": t.ID, "had": r.had, "looked_at": r.lookedAt, "missed": r.missed, "quarantined": r.quarantined, "region": t.place.Name,
	}})
	return err
}

// ReconcileNow asks for a run of every place of a connection. It begins within
// seconds, on whichever node sees to them.
func (c *Connections) ReconcileNow(ctx context.Context, id string) (out Connection, err error) {
	err = c.DB.Write(ctx, func(tx *db.Tx) error {
		s, err := load(tx, id)
		if err != nil {
			return err
		}
		places := c.places(s)
		switch {
		case len(places) == 0:
			return fault.New(fault.Conflict, "The settings of this connection name no region to reconcile.").WithSlug("nothing-to-reconcile")
		case !s.Enabled:
			return fault.New(fault.Conflict, "The connection is switched off.").WithSlug("switched-off")
		}
		for _, p := range places {
			if err := ask(tx, s.ID, p.Name); err != nil {
				return err
			}
		}
		_, err = c.Journal.Append(tx, journal.Entry{Stream: Stream(id), Kind: journal.ConnectionCalled, Data: map[string]any{"action": "reconcile", "connection": id, "ok": true}})
		if err != nil {
			return err
		}
		out, err = c.Get(tx, id)
		return err
	})
	if err == nil {
		select {
		case c.hurry <- struct{}{}:
		default:
		}
	}
	return out, err
}

// errTaken: another node goes on with the run.
var errTaken = errors.New("another node took the comparison over")
