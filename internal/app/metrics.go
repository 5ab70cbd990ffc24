package app

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// register adds what the rooms count to the metrics.
func (r *Rooms) register(to *prometheus.Registry) error {
	g := r.DB.Gauges()
	counters := map[string]struct {
		help string
		get  func() int64
	}{
		"tocsin_db_groups_total":      {"Commits.", g.Groups.Load},
		"tocsin_db_closures_total":    {"Transactions asked for; many share one commit.", g.Closures.Load},
		"tocsin_db_apart_total":       {"Groups that ran again with a savepoint for each transaction.", g.Apart.Load},
		"tocsin_db_alone_total":       {"Transactions that ran again alone because a neighbour failed.", g.Alone.Load},
		"tocsin_db_panics_total":      {"Panics inside transactions.", g.Panics.Load},
		"tocsin_db_checkpoints_total": {"Attempts to cut the write-ahead log.", g.Checkpoints.Load},
		"tocsin_db_retries_total":     {"Transactions run again because another node was faster.", g.Retries.Load},
		"tocsin_feed_position":        {"Journal position that the live feed has reached.", r.Feed.Last},
	}
	for name, c := range counters {
		metric := prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: c.help}, func() float64 { return float64(c.get()) })
		if err := to.Register(metric); err != nil {
			return err
		}
	}
	for _, c := range []prometheus.Collector{collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})} {
		if err := to.Register(c); err != nil {
			return err
		}
	}
	return nil
}
