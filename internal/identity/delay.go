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

// patience says how failures are slowed down: longest is the longest wait, and
// so long after a wait has ended the count starts again.
type patience struct{ longest, forgets int64 }

func passwordPatience() patience { return patience{maxWait, failuresLast} }

// codePatience is longer: whoever guesses codes knows the password already, so
// that strangers can keep nobody out with this wait. Of a million codes three
// are right at any time: 96 guesses a day find one in ten years.
func codePatience() patience { return patience{15 * 60 * second, 24 * 3600 * second} }

// nextFailure counts a failed attempt and says until when the next one waits:
// 1 s after the fourth in a row, then twice as long each time.
func (p patience) nextFailure(failures, waitUntil, now int64) (count, until int64) {
	if now > waitUntil+p.forgets {
		failures = 0
	}
	count = failures + 1
	if count <= freeFailures {
		return count, now
	}
	// The shift is bounded, since a count may grow for days.
	wait := min(second<<min(count-freeFailures-1, 30), p.longest)
	return count, now + wait
}

// waiting returns fault.Busy while an account has to wait. A wait longer than
// there is was set by a clock that was wrong, and keeps nobody out.
func (p patience) waiting(until, now int64) error {
	if now >= until || until-now > p.longest {
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
	if passwordPatience().waiting(f.until, now) != nil {
		return f.until
	}
	if len(s.seen) >= maxStrangers {
		clear(s.seen)
	}
	count, next := passwordPatience().nextFailure(f.count, f.until, now)
	s.seen[key] = strangerFailures{count, next}
	return 0
}
