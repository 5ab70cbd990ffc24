package connection

import (
	"context"
	"sync"
	"time"

	"tocsin/internal/connector"
	"tocsin/internal/db"
)

// running is one connection whose feeds run on this node.
type running struct {
	rev    int64
	cancel context.CancelFunc
	done   chan struct{}
	tally  *tally
}

// lookEvery is how soon a change made on another node is seen.
const lookEvery = 2 * time.Second

// Run keeps the feeds of every enabled connection running until ctx ends, then
// lets each finish the batch it holds.
func (c *Connections) Run(ctx context.Context) {
	for ctx.Err() == nil {
		if err := c.align(ctx); err != nil && ctx.Err() == nil {
			c.Log.Warn("connections could not be loaded", "error", err)
		}
		c.flush(ctx)
		t := time.NewTimer(lookEvery)
		select {
		case <-t.C:
		case <-c.wake:
		case <-ctx.Done():
		}
		t.Stop()
	}
	c.stopAll()
	c.flush(context.WithoutCancel(ctx))
}

// poke makes Run look at once.
func (c *Connections) poke() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func everyone(ctx context.Context) context.Context {
	return db.As(ctx, db.Everyone, "system:connection")
}

// align starts what should run and ends what should not.
func (c *Connections) align(ctx context.Context) error {
	var want []stored
	err := c.DB.Read(everyone(ctx), func(tx *db.Tx) (err error) {
		want, err = enabled(tx)
		return err
	})
	if err != nil {
		return err
	}
	keep := map[string]bool{}
	for _, s := range want {
		key := s.Tenant + "/" + s.ID
		keep[key] = true
		c.mu.Lock()
		r := c.running[key]
		c.mu.Unlock()
		if r != nil && r.rev == s.Rev {
			continue
		}
		if r != nil {
			c.end(key, r)
		}
		c.begin(ctx, key, s)
	}
	for key, r := range c.snapshot() {
		if !keep[key] {
			c.end(key, r)
		}
	}
	return nil
}

func (c *Connections) snapshot() map[string]*running {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := map[string]*running{}
	for k, r := range c.running {
		out[k] = r
	}
	return out
}

// begin starts the feeds of a connection. One that cannot be built is shown as
// failing and looked at again when it is changed.
func (c *Connections) begin(ctx context.Context, key string, s stored) {
	own, cancel := context.WithCancel(db.As(ctx, s.Tenant, db.Actor("connection:"+s.ID)))
	r := &running{rev: s.Rev, cancel: cancel, done: make(chan struct{}), tally: newTally(s)}
	c.mu.Lock()
	c.running[key] = r
	c.mu.Unlock()
	live, err := c.live(own, s.ID)
	if err != nil {
		r.tally.report(connector.FeedEvent{Health: connector.HealthFailing, Detail: err.Error()})
		close(r.done)
		return
	}
	if resting(live) {
		r.tally.rest()
		close(r.done)
		return
	}
	feeder, ok := live.(connector.Feeder)
	if !ok {
		r.tally.report(connector.FeedEvent{Health: connector.HealthOK})
		close(r.done)
		return
	}
	go c.feed(own, feeder, r)
}

// resting tells whether a connector's health is that of the calls that come, or
// of the letters that go.
func resting(live connector.Connector) bool {
	_, receives := live.(connector.Receiver)
	_, tells := live.(connector.Notifier)
	return receives || tells
}

func (c *Connections) feed(ctx context.Context, feeder connector.Feeder, r *running) {
	defer close(r.done)
	var wg sync.WaitGroup
	feeds := feeder.Feeds()
	if len(feeds) == 0 { // nothing to read, and nothing wrong with that
		r.tally.report(connector.FeedEvent{Health: connector.HealthOK})
	}
	for _, f := range feeds {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if err := f.Run(ctx, &sink{c, r.tally}); err != nil {
				r.tally.report(connector.FeedEvent{Feed: f.Name, Health: connector.HealthFailing, Detail: err.Error()})
				c.Log.Warn("a feed ended", "connection", r.tally.id, "feed", f.Name, "error", err)
			}
		}()
	}
	wg.Wait()
}

func (c *Connections) end(key string, r *running) {
	r.cancel()
	<-r.done
	c.mu.Lock()
	delete(c.running, key)
	c.mu.Unlock()
	c.write(context.Background(), r.tally)
}

func (c *Connections) stopAll() {
	for _, r := range c.snapshot() {
		r.cancel()
	}
	for _, r := range c.snapshot() {
		<-r.done
	}
}

// sink hands messages of one connection to the intake.
type sink struct {
	c     *Connections
	tally *tally
}

// Take implements connector.Sink.
func (s *sink) Take(ctx context.Context, batch []connector.Message) ([]connector.Verdict, error) {
	taken, err := s.c.Take(ctx, Stream(s.tally.id), batch)
	s.tally.quarantined(taken.Quarantined)
	return taken.Verdicts, err
}

// Report implements connector.Sink. A change of health is written at once,
// counts with the next look.
func (s *sink) Report(e connector.FeedEvent) {
	if s.tally.report(e) {
		s.c.poke()
	}
}
