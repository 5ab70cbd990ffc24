package identity

import (
	"crypto/sha256"
	"sync"
	"time"

	"tocsin/internal/fault"
)

const (
	freeFailures = 3           // nobody waits for a slip of the finger
	maxWait      = 60 * second // longer, and an attacker could keep responders out
	failuresLast = 15 * 60 * second
	maxStrangers = 4096
)

// nextFailure counts a failed attempt and says until when the next one waits:
// 1 s after the fourth in a row, then twice as long each time, at most a
// minute. A quarter of an hour after the wait ended the count starts again.
func nextFailure(failures, waitUntil, now int64) (count, until int64) {
	if now > waitUntil+failuresLast {
		failures = 0
	}
	count = failures + 1
	if count <= freeFailures {
		return count, now
	}
	// The shift is bounded, since a count may grow for days.
	wait := min(second<<min(count-freeFailures-1, 30), maxWait)
	return count, now + wait
}

// waiting returns fault.Busy while an account has to wait.
func waiting(until, now int64) error {
	if now >= until {
		return nil
	}
	return fault.New(fault.Busy, "There were too many failed attempts; wait a moment before the next one.").
		WithSlug("sign-in-wait").WithRetryAfter(time.Duration(until-now) * time.Microsecond)
}

// strangers counts failures of addresses that have no account, so that the
// delay does not tell which ones have. It is bounded, and lives in this
// process only: no account depends on it.
type strangers struct {
	mu   sync.Mutex
	seen map[[sha256.Size]byte]strangerFailures
}

type strangerFailures struct{ count, until int64 }

func newStrangers() *strangers {
	return &strangers{seen: map[[sha256.Size]byte]strangerFailures{}}
}

func strangerKey(tenant, email string) [sha256.Size]byte {
	return sha256.Sum256([]byte(tenant + "\x00" + email))
}

func (s *strangers) waitUntil(tenant, email string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen[strangerKey(tenant, email)].until
}

// fail counts one failure, unless another attempt at the same time made this
// one wait; it returns until when this attempt itself had to wait.
func (s *strangers) fail(tenant, email string, now int64) (until int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := strangerKey(tenant, email)
	f := s.seen[key]
	if now < f.until {
		return f.until
	}
	if len(s.seen) >= maxStrangers {
		clear(s.seen)
	}
	count, next := nextFailure(f.count, f.until, now)
	s.seen[key] = strangerFailures{count, next}
	return 0
}
