package db

import (
	"math/bits"
	"sync/atomic"
)

// Gauges count what the writer did, for metrics. Groups is the number of
// commits; Closures/Groups is how well commits are shared; Apart counts groups
// that ran again with a savepoint for each closure.
type Gauges struct {
	Groups, Closures, Apart, Alone, Panics, Checkpoints, Retries atomic.Int64

	Commit    Histogram // microseconds of a commit, which waits for the disk
	Wait      Histogram // microseconds that a transaction waited for its turn
	GroupSize Histogram // transactions in a commit
}

// Gauges returns the live counters.
func (d *DB) Gauges() *Gauges { return &d.gauge }

// Waiting is how many transactions wait for the writer, or for a connection.
func (d *DB) Waiting() int { return d.engine.waiting() }

func (e *sqliteEngine) waiting() int {
	if e.writer == nil {
		return 0
	}
	return len(e.writer.queue)
}

// PostgreSQL's pool does not say how many wait now; what is in use tells.
func (e *postgresEngine) waiting() int { return e.db.Stats().InUse }

// histogramBuckets reach to 2^24: in microseconds 17 seconds.
const histogramBuckets = 25

// Histogram counts values by powers of two. It costs two atomic additions.
type Histogram struct {
	counts [histogramBuckets + 1]atomic.Int64
	sum    atomic.Int64
}

// Observe counts a value.
func (h *Histogram) Observe(v int64) {
	v = max(v, 0)
	at := 0
	if v > 1 {
		at = min(bits.Len64(uint64(v-1)), histogramBuckets)
	}
	h.counts[at].Add(1)
	h.sum.Add(v)
}

// Read returns how many values were at most each power of two, all together,
// and their sum.
func (h *Histogram) Read() (atMost map[int64]uint64, count uint64, sum int64) {
	atMost = map[int64]uint64{}
	for i := range histogramBuckets {
		count += uint64(h.counts[i].Load()) //nolint:gosec // counts only grow
		atMost[1<<i] = count
	}
	return atMost, count + uint64(h.counts[histogramBuckets].Load()), h.sum.Load() //nolint:gosec // counts only grow
}
