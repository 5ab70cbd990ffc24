package aws

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"tocsin/internal/connector"
)

// crew is who reads one queue: the workers, and helpers while it is full.
type crew struct {
	sync.WaitGroup
	helpers atomic.Int64
}

const (
	// fullTurns is after how many full batches in a row a worker calls for help.
	fullTurns = 3
	// slackTurns is after how many batches in a row that are less than half full
	// a helper goes home.
	slackTurns = 3
	// helperWait is a helper's poll: an empty answer sends it home.
	helperWait = time.Second
)

// callHelp counts full batches in a row and adds a helper after some: what
// waits is then read faster. No more is asked of a slow sink than it takes,
// since a helper waits for its own batch like everybody.
func (c *consumer) callHelp(ctx context.Context, sink connector.Sink, received, full int) int {
	if received < batchSize {
		return 0
	}
	if full++; full < fullTurns {
		return full
	}
	most := int64(c.pace.workersMax - c.pace.workers)
	if c.crew.helpers.Add(1) > most {
		c.crew.helpers.Add(-1)
		return 0
	}
	c.crew.Go(func() {
		defer c.crew.helpers.Add(-1)
		c.help(ctx, sink)
	})
	return 0
}

// help works until the queue is short again or anything is wrong: the workers
// see to trouble.
func (c *consumer) help(ctx context.Context, sink connector.Sink) {
	for slack := 0; slack < slackTurns && ctx.Err() == nil; {
		n, err := c.turn(ctx, sink, batchSize, min(helperWait, c.pace.wait))
		switch {
		case err != nil:
			if t := c.explain(err); ctx.Err() == nil {
				c.log.Warn("a helper went home early", "reason", t.reason, "detail", t.detail)
			}
			return
		case n == 0:
			return
		case n < batchSize/2:
			slack++
		default:
			slack = 0
		}
	}
}
