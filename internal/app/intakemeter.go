package app

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"tocsin/internal/fault"
	"tocsin/internal/finding"
)

// intakeMeter counts what comes in.
type intakeMeter struct {
	outcomes    *prometheus.CounterVec
	quarantined *prometheus.CounterVec
	decode      prometheus.Histogram
	refused     atomic.Int64
}

func newIntakeMeter() *intakeMeter {
	m := &intakeMeter{
		outcomes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tocsin_intake_outcomes_total", Help: "Findings taken in, by what became of them.",
		}, []string{"outcome"}),
		quarantined: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tocsin_intake_quarantined_total", Help: "Parts that could not be read, by the kind of reason.",
		}, []string{"reason"}),
		decode: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "tocsin_intake_decode_seconds", Help: "Time to read a body and tell its findings apart.",
			Buckets: []float64{.0001, .0005, .001, .005, .01, .05, .1, .5, 1, 5},
		}),
	}
	for _, o := range []finding.Outcome{finding.Opened, finding.Joined, finding.Updated, finding.Recorded, finding.Duplicate, finding.Quarantined} {
		m.outcomes.WithLabelValues(string(o))
	}
	return m
}

// count counts what is durable.
func (m *intakeMeter) count(results []finding.Result) {
	for _, r := range results {
		m.outcomes.WithLabelValues(string(r.Outcome)).Inc()
		if r.Outcome == finding.Quarantined {
			m.quarantined.WithLabelValues(reasonOf(r.Error)).Inc()
		}
	}
}

// reasonOf is a word of ours, never one of the sender's.
func reasonOf(e *fault.Error) string {
	switch {
	case e == nil:
		return "unknown"
	case e.Slug != "":
		return e.Slug
	}
	return string(e.Code)
}
