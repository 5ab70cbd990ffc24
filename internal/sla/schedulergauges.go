package sla

import "sync/atomic"

// Gauges are the numbers of the scheduler of this process.
type Gauges struct {
	fired, late, failed, missed, unreachable atomic.Int64
	backlog, age                             atomic.Int64
}

func (g *Gauges) count(t tally) {
	g.fired.Add(t.fired)
	g.late.Add(t.late)
}

// due notes when the first thing was due that nobody has done yet; 0 for none.
func (g *Gauges) due(next, now int64) {
	if next == 0 || next > now {
		g.age.Store(0)
		return
	}
	// A row that has never been looked at is due since the beginning of time.
	g.age.Store(min(now-next, maxAge))
}

// maxAge is the longest delay that is told: a year.
const maxAge = 365 * 24 * 60 * minute

// Fired counts warnings, breaches, calls and questions.
func (g *Gauges) Fired() int64 { return g.fired.Load() }

// Late counts those that came more than 5 seconds after they were due.
func (g *Gauges) Late() int64 { return g.late.Load() }

// Failed counts tickets that could not be looked at and were put off.
func (g *Gauges) Failed() int64 { return g.failed.Load() }

// Missed counts what the auditor found: somebody should have been called.
func (g *Gauges) Missed() int64 { return g.missed.Load() }

// Unreachable is 1 while no way to the last resort of a ladder is known to work.
func (g *Gauges) Unreachable() int64 { return g.unreachable.Load() }

// Backlog is how many tickets are due and not looked at, up to ten thousand.
func (g *Gauges) Backlog() int64 { return g.backlog.Load() }

// Age is how long ago, in microseconds, the first of them fell due.
func (g *Gauges) Age() int64 { return g.age.Load() }

// Gauges are the numbers of the scheduler of this process.
func (s *SLA) Gauges() *Gauges { return &s.gauges }
