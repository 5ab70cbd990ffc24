package aws

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestWaitsDoubleUpToTheirMostAndNeverVanish(t *testing.T) {
	t.Parallel()
	p := usualPace()
	for n, whole := range map[int]time.Duration{0: time.Second, 1: time.Second, 2: 2 * time.Second, 6: 32 * time.Second, 7: time.Minute, 1000000: time.Minute} {
		for range 100 {
			if d := p.backoff(n); d < whole/2 || d > whole {
				t.Fatalf("backoff(%d) is %s, want between %s and %s", n, d, whole/2, whole)
			}
		}
	}
	var total time.Duration
	for n := range 9 {
		total += p.hide(n + 1)
	}
	if p.hide(1) > 30*time.Second || p.hide(20) > 15*time.Minute || total < 37*time.Minute {
		t.Errorf("nine waits come to %s; a sink needs the better part of an hour to recover", total)
	}
}

func TestSecondsRoundUpAndStayWithinWhatSQSTakes(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]int32{0: 0, time.Millisecond: 1, time.Second: 1, 1500 * time.Millisecond: 2, 1000 * time.Hour: 43200} {
		if got := seconds(d); got != want {
			t.Errorf("seconds(%s) = %d, want %d", d, got, want)
		}
	}
}

func TestWhatHasBegunOutlivesItsContextByTheGrace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		own, cancel := outlive(ctx, 10*time.Second)
		defer cancel()
		time.Sleep(time.Hour)
		if own.Err() != nil {
			t.Fatal("it ended before its context did")
		}
		stop()
		time.Sleep(10*time.Second - time.Nanosecond)
		synctest.Wait()
		if own.Err() != nil {
			t.Fatal("it ended within the grace")
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if own.Err() == nil {
			t.Fatal("it went on after the grace")
		}
	})
}
