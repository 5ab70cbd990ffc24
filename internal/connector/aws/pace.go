package aws

import (
	"context"
	"math/rand/v2"
	"time"
)

// pace is how a feed keeps time. Tests shorten it.
type pace struct {
	workers    int           // receiving at the same time, for each queue
	workersMax int           // while the queue is full
	wait       time.Duration // long poll; whole seconds, 20 s is SQS's most
	visibility time.Duration // how long a received message stays hidden without a heartbeat; whole seconds
	floor      time.Duration // an empty answer that came sooner is waited out
	retry      time.Duration // after the first failure; doubles
	retryMost  time.Duration
	again      time.Duration // until a message that was not kept comes again; doubles with each receive
	againMost  time.Duration
	page       time.Duration // between two requests of a reconcile run
	takeGrace  time.Duration // for the sink, once the feed is told to stop
	stopGrace  time.Duration // for the whole batch in hand, once the feed is told to stop
}

// usualPace: with a dead-letter queue after ten receives, as our template sets
// it up, a sink that keeps nothing has over an hour before a message is moved
// there (30 s, 1, 2, 4, 8, then 15 minutes four times).
func usualPace() pace {
	return pace{
		workers: 2, workersMax: 8, wait: 20 * time.Second, visibility: 60 * time.Second, floor: time.Second,
		retry: time.Second, retryMost: time.Minute, again: 30 * time.Second, againMost: 15 * time.Minute,
		page: 500 * time.Millisecond, takeGrace: 7 * time.Second, stopGrace: 10 * time.Second,
	}
}

// backoff is the wait after the nth failure in a row (n from 1): doubling,
// between half and the whole of it, so that many workers do not return at once.
func (p pace) backoff(n int) time.Duration { return jitter(double(p.retry, p.retryMost, n)) }

// hide is how long a message that was not kept stays hidden after its nth
// receive (n from 1).
func (p pace) hide(n int) time.Duration { return jitter(double(p.again, p.againMost, n)) }

func double(first, most time.Duration, n int) time.Duration {
	d := first
	for ; n > 1 && d < most; n-- {
		d *= 2
	}
	return min(d, most)
}

func jitter(d time.Duration) time.Duration {
	if d <= 1 {
		return d
	}
	return d/2 + rand.N(d/2)
}

// seconds is d for SQS, which counts in whole seconds up to 12 hours.
func seconds(d time.Duration) int32 {
	return int32(min((d+time.Second-1)/time.Second, 12*3600))
}

// sleep waits for d or for ctx, whichever ends first.
func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// outlive returns a context that ends grace after ctx does: what has begun is
// finished, but not for ever.
func outlive(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		sleep(own, grace)
		cancel()
	})
	return own, func() {
		stop()
		cancel()
	}
}
