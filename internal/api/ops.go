package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
)

// registerOps registers what operators and machines ask, outside of the API.
func (s *Server) registerOps() {
	s.route(get("healthz", "/healthz", everybody(), ""), "", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("ok\n"))
	})
	s.route(get("readyz", "/readyz", everybody(), ""), "", s.readyz)
	s.route(get("openapi", "/openapi.json", everybody(), ""), "", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(s.spec)
	})
	if s.deps.Metrics != nil {
		a := may(identity.ReportRead, identity.LogVerify)
		if s.deps.MetricsOpen {
			a = everybody()
		}
		s.route(get("metrics", "/metrics", a, ""), "", promhttp.HandlerFor(s.deps.Metrics, promhttp.HandlerOpts{}).ServeHTTP)
	}
}

// readiness remembers the last look at the database, so that a probe costs
// nothing however often it comes.
type readiness struct {
	mu  sync.Mutex
	at  int64
	err error
}

// readyFor is how long a look counts, in microseconds.
const readyFor = 1_000_000

// readyz says whether this node can make anything durable. The schema was
// brought up to date before the server was made.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	if err := s.writable(r.Context()); err != nil {
		s.refuse(w, r, fault.New(fault.Unavailable, "The database cannot be written.").WithSlug("not-ready").Because(err))
		return
	}
	_, _ = w.Write([]byte("ready\n"))
}

func (s *Server) writable(ctx context.Context) error {
	s.ready.mu.Lock()
	defer s.ready.mu.Unlock()
	now := s.db.Now()
	if s.ready.at != 0 && now >= s.ready.at && now-s.ready.at < readyFor {
		return s.ready.err
	}
	// The look must not end with the one who asked: others use its answer.
	ctx = db.As(context.WithoutCancel(ctx), db.Everyone, "system:api")
	s.ready.at, s.ready.err = now, s.db.Write(ctx, func(*db.Tx) error { return nil })
	return s.ready.err
}

// meter counts requests for operators. A nil meter counts nothing.
type meter struct {
	seconds  *prometheus.HistogramVec
	refusals *prometheus.CounterVec
}

func newMeter(r *prometheus.Registry, streams func() int) (*meter, error) {
	if r == nil {
		return nil, nil
	}
	m := &meter{seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "tocsin_http_request_duration_seconds", Help: "Time to answer, by route and status.",
		Buckets: []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
	}, []string{"route", "status"})}
	m.refusals = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "tocsin_http_refusals_total", Help: "Requests that were not done, by reason: rate, size, sign-in, idempotency, disk, …",
	}, []string{"reason"})
	open := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "tocsin_http_event_streams", Help: "Browsers and programs that follow the journal at this moment.",
	}, func() float64 { return float64(streams()) })
	return m, errors.Join(r.Register(m.seconds), r.Register(m.refusals), r.Register(open))
}

// refused counts a request that was not done. The reason is a word of ours.
func (m *meter) refused(reason string) {
	if m != nil && reason != "" {
		m.refusals.WithLabelValues(reason).Inc()
	}
}

// measured counts a route's requests, and names the route for the log.
func (s *Server) measured(o operation, next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requestOf(r.Context()).route = o.key()
		if s.meter == nil || o.id == streamID {
			next(w, r)
			return
		}
		began := s.db.Now()
		rec := &recorder{ResponseWriter: w}
		next(rec, r)
		s.meter.seconds.WithLabelValues(o.key(), strconv.Itoa(max(rec.status, http.StatusOK))).
			Observe(float64(s.db.Now()-began) / 1e6)
	})
}
