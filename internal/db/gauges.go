package db

import "sync/atomic"

// Gauges count what the writer did, for metrics. Groups is the number of
// commits; Closures/Groups is how well commits are shared; Apart counts groups
// that ran again with a savepoint for each closure.
type Gauges struct {
	Groups, Closures, Apart, Alone, Panics, Checkpoints, Retries atomic.Int64
}

// Gauges returns the live counters.
func (d *DB) Gauges() *Gauges { return &d.gauge }
