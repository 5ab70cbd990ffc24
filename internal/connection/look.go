package connection

import (
	"cmp"
	"context"
	"errors"
	"time"

	"tocsin/internal/connector"
	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
)

const (
	// lookPages is how many pages of what the detectors hold a look reads.
	lookPages = 20
	// lookBytes is how much of it stands in memory at once.
	lookBytes = 64 << 20
	// lookWithin bounds a look: somebody waits for it.
	lookWithin = 50 * time.Second
)

// Look is what the detectors of a connection hold.
type Look struct {
	Messages  []connector.Message
	Truncated bool // there is more
}

// errEnough ends a look at its bound.
var errEnough = errors.New("enough was seen")

// Look asks the detectors for what the first comparison would take in and keeps
// nothing of it; with days, it goes that far back instead. The connection may
// be switched off. Errors: fault.Conflict where the settings name no region.
func (c *Connections) Look(ctx context.Context, id string, days int) (Look, error) {
	var s stored
	err := c.DB.Read(ctx, func(tx *db.Tx) (err error) {
		s, err = load(tx, id)
		return err
	})
	if err != nil {
		return Look{}, err
	}
	places := c.places(s)
	if len(places) == 0 {
		return Look{}, fault.New(fault.Conflict, "The settings of this connection name no region to reconcile, so there is nothing to look at.").WithSlug("nothing-to-reconcile")
	}
	l, failure := c.look(ctx, id, places, time.Duration(days)*24*time.Hour)
	err = c.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := c.Journal.Append(tx, journal.Entry{Stream: Stream(id), Kind: journal.ConnectionCalled, Data: map[string]any{"action": "preview", "connection": id, "ok": failure == nil}})
		return err
	})
	return l, errors.Join(failure, err)
}

func (c *Connections) look(ctx context.Context, id string, places []connector.Place, back time.Duration) (Look, error) {
	live, err := c.live(ctx, id)
	if err != nil {
		return Look{}, err
	}
	reconciler, ok := live.(connector.Reconciler)
	if !ok {
		return Look{}, fault.New(fault.Internal, "connectors with places cannot be asked")
	}
	bounded, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	l := &looking{pages: max(lookPages/len(places), 1)}
	for _, p := range places {
		l.left = l.pages
		// What may still be on its way through the queue is looked at too: it comes soon.
		err := reconciler.Reconcile(bounded, p.Name, connector.Span{From: c.DB.Now() - cmp.Or(back, p.First, p.Lookback).Microseconds(), To: c.DB.Now()}, l.take)
		switch {
		case errors.Is(err, errEnough):
		case err != nil && ctx.Err() == nil && bounded.Err() != nil && len(l.seen.Messages) > 0:
			l.seen.Truncated = true
			return l.seen, nil // what was seen until now is worth saying
		case err != nil && bounded.Err() != nil && ctx.Err() == nil:
			return Look{}, fault.New(fault.Unavailable, "%s did not answer in time.", p.Name)
		case err != nil:
			return Look{}, err
		}
	}
	return l.seen, nil
}

// looking is a look in hand.
type looking struct {
	seen        Look
	pages, left int // of each place
	bytes       int
}

func (l *looking) take(_ context.Context, p connector.Page) error {
	for _, m := range p.Messages {
		l.bytes += len(m.Body)
	}
	if l.left == 0 || l.bytes > lookBytes {
		l.seen.Truncated = true
		return errEnough
	}
	l.left--
	l.seen.Messages = append(l.seen.Messages, p.Messages...)
	return nil
}
