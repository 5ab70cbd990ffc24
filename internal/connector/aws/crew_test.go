package aws

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"tocsin/internal/connector"
	"tocsin/internal/connector/connectortest"
)

// A full queue is read by more and more, up to a bound; a short one by two.
func TestAFullQueueCallsForHelpWhichGoesHomeWhenItIsShort(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		const messages = 2000
		sent := 0
		f.on("ReceiveMessage", func(_ int, body map[string]any) answer {
			f.mu.Lock()
			defer f.mu.Unlock()
			if sent >= messages {
				return nothing(body)
			}
			var ten []string
			for range 10 {
				ten = append(ten, fmt.Sprintf("%05d", sent))
				sent++
			}
			return delivery(ten...)
		})
		f.on("DeleteMessageBatch", deleteAll)
		a := f.account(t, usualPace(), fakeQueue)
		feed := a.Feeds()[0]
		taking := make(chan int, 100)
		var most, now int
		sink := sinkOf(func(_ context.Context, batch []connector.Message) ([]connector.Verdict, error) {
			taking <- 1
			time.Sleep(50 * time.Millisecond)
			taking <- -1
			return kept(batch), nil
		})
		counted := make(chan struct{})
		go func() {
			defer close(counted)
			for d := range taking {
				now += d
				most = max(most, now)
			}
		}()
		stop := consumeFeed(t, feed, sink)
		connectortest.Eventually(t, time.Minute, "the queue is drained", func() bool { return len(sink.Messages()) == messages })
		time.Sleep(time.Minute)
		before := f.count("ReceiveMessage")
		time.Sleep(time.Minute)
		if polls := f.count("ReceiveMessage") - before; polls > 7 {
			t.Errorf("an empty queue was asked %d times in a minute: the helpers stayed", polls)
		}
		stop()
		close(taking)
		<-counted
		if most != usualPace().workersMax {
			t.Errorf("at most %d batches were taken at the same time, want %d", most, usualPace().workersMax)
		}
	})
}
