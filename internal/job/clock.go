package job

import (
	"context"
	"sync"
	"time"

	"tocsin/internal/db"
)

const (
	// jumpAtLeast is how far the wall clock must step to be worth a word; a
	// clock that is slewed moves half a millisecond in a second.
	jumpAtLeast = 5 * time.Second
	clockPoll   = time.Second
)

// clock compares the wall clock with the time that runs evenly.
type clock struct {
	mu   sync.Mutex
	wall int64
	even time.Time
}

// jumped returns by how much the wall clock was set since it last said so.
// Small steps add up, since the beginning stays.
func (c *clock) jumped(now int64) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.even.IsZero() {
		c.wall, c.even = now, time.Now()
	}
	by := time.Duration(now-c.wall)*time.Microsecond - time.Since(c.even)
	if by.Abs() < jumpAtLeast {
		return 0
	}
	c.wall, c.even = now, time.Now()
	return by
}

func (r *Runner) watchClock(ctx context.Context) {
	for ctx.Err() == nil {
		r.minded(ctx)
		sleep(ctx, clockPoll)
	}
}

// minded says when the clock was set, and moves what waits for a while along
// with it: it does not wait for a time of day. It comes before each time that
// is written for later, so that no step stays unseen that such a time is
// counted from.
func (r *Runner) minded(ctx context.Context) {
	now := r.db.Now()
	by := r.clock.jumped(now)
	if by == 0 {
		return
	}
	r.log.Warn("the clock of this machine jumped", "by", by.String(), "now", db.Time(now))
	err := r.db.Write(context.WithoutCancel(system(ctx)), func(tx *db.Tx) error { return shift(tx, r.node, by.Microseconds()) })
	if err != nil {
		r.log.Warn("what waits to be tried again waits by the old clock", "error", err)
	}
}
