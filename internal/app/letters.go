package app

import (
	"github.com/prometheus/client_golang/prometheus"

	"tocsin/internal/notify"
)

// letters counts the attempts of this process to tell somebody.
type letters struct{ n *notify.Notify }

func (l *letters) desc() *prometheus.Desc {
	return prometheus.NewDesc("tocsin_letters_total", "Attempts to tell somebody, by the kind of the channel and whether it took the letter.", []string{"channel", "state"}, nil)
}

// Describe implements prometheus.Collector.
func (l *letters) Describe(to chan<- *prometheus.Desc) { to <- l.desc() }

// Collect implements prometheus.Collector.
func (l *letters) Collect(to chan<- prometheus.Metric) {
	for o, n := range l.n.Outcomes() {
		to <- prometheus.MustNewConstMetric(l.desc(), prometheus.CounterValue, float64(n), o.Channel, o.State)
	}
}
