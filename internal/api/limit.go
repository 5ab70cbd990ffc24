package api

import (
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"tocsin/internal/fault"
)

const (
	// A person who mistypes needs a few tries; somebody who guesses needs
	// thousands. identity slows down each account beside this.
	guessesEvery = 2 * time.Second
	guessesBurst = 20

	intakeRate = 5000 // findings a second for each token and each webhook
	hooksRate  = 500  // calls of webhooks a second from each network address
	// maxBuckets bounds the memory: callers choose how many addresses there are.
	maxBuckets = 8192
)

// limits holds the token buckets of the server.
type limits struct {
	guesses *buckets // by network address
	intake  *buckets // by API token, or webhook
	hooks   *buckets // calls of webhooks, by network address
}

func newLimits(perSecond float64) limits {
	if perSecond <= 0 {
		perSecond = intakeRate
	}
	return limits{
		guesses: &buckets{every: rate.Every(guessesEvery), burst: guessesBurst},
		// The burst takes the largest body at once.
		intake: &buckets{every: rate.Limit(perSecond), burst: max(int(2*perSecond), maxParts)},
		hooks:  &buckets{every: hooksRate, burst: 2 * hooksRate},
	}
}

// buckets is a bounded set of token buckets. When it is full, the half that was
// not used for longest starts anew.
type buckets struct {
	every rate.Limit
	burst int

	mu         sync.Mutex
	young, old map[string]*rate.Limiter
}

func (b *buckets) of(key string) *rate.Limiter {
	b.mu.Lock()
	defer b.mu.Unlock()
	if l := b.young[key]; l != nil {
		return l
	}
	l := b.old[key]
	if l == nil {
		l = rate.NewLimiter(b.every, b.burst)
	}
	if b.young == nil || len(b.young) >= maxBuckets/2 {
		b.young, b.old = map[string]*rate.Limiter{}, b.young
	}
	b.young[key] = l
	return l
}

// take takes one from the bucket, or says when there is one again.
func (b *buckets) take(key string, now time.Time) error {
	l := b.of(key)
	if l.AllowN(now, 1) {
		return nil
	}
	wait := time.Duration((1 - l.TokensAt(now)) / float64(b.every) * float64(time.Second))
	return fault.New(fault.Busy, "Too many requests; try again in a moment.").WithSlug("rate").WithRetryAfter(wait)
}

// charge takes n more after the fact; the bucket may go below nothing, which
// later requests wait for.
func (b *buckets) charge(key string, now time.Time, n int) {
	if n > 0 {
		b.of(key).ReserveN(now, min(n, b.burst))
	}
}

// unhurried lets each network address try only so often.
func (s *Server) unhurried(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := s.limits.guesses.take(network(r), s.now()); err != nil {
			s.refuse(w, r, err)
			return
		}
		next(w, r)
	}
}

// network is the address a request came from; of IPv6 the /64, which one
// customer has whole. What proxies claim in headers is not believed.
func network(r *http.Request) string {
	ip := remote(r)
	if ip.Is6() {
		p, err := ip.Prefix(64)
		if err == nil {
			return p.String()
		}
	}
	return ip.String()
}

func remote(r *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}
	}
	return ip.Unmap().WithZone("")
}
