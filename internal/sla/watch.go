package sla

import (
	"time"

	"tocsin/internal/duty"
)

// watch measures open time against a limit. Nothing in it can fail: open time
// that does not come within 400 days is due at their end, so that no ticket is
// without a time at which somebody looks.
type watch struct {
	cal   *duty.Calendar
	limit int64 // µs of open time at which it is due; 0: never
	warn  []int
	used  int64   // until since
	since int64   // 0 while it stands still
	marks []int64 // when each share of warn passed; 0: not yet
	fixed int64   // when it is due, whatever the limit says; 0 for none
	// asleep is since when it is paused; slept for how much open time before.
	asleep, slept int64
	ahead         []int64 // while it runs: when it is due, and when each share passes; nil: not worked out
}

func newWatch(cal *duty.Calendar, limit int64, warn []int) watch {
	return watch{cal: cal, limit: limit, warn: warn, marks: make([]int64, len(warn))}
}

func (w *watch) run(at int64) { w.since, w.ahead = at, nil }

// foresee works out once what a calendar has to be asked for.
func (w *watch) foresee() []int64 {
	if w.ahead != nil {
		return w.ahead
	}
	w.ahead = make([]int64, 1+len(w.warn))
	w.ahead[0] = after(w.cal, w.since, w.limit-w.used)
	for i := range w.warn {
		if w.marks[i] == 0 {
			w.ahead[1+i] = after(w.cal, w.since, w.share(i)-w.used)
		}
	}
	return w.ahead
}

// halt stops it at an instant and reports when it fell due before or at that
// instant; 0 when it did not.
func (w *watch) halt(at int64) (due int64) {
	if w.since == 0 {
		return 0
	}
	if d := w.due(); d > 0 && d <= at {
		due = d
	}
	w.mark(at)
	w.used += elapsed(w.cal, w.since, at)
	w.since, w.ahead = 0, nil
	return due
}

// due is when the limit is reached if nothing stops it; 0 for never.
func (w *watch) due() int64 {
	switch {
	case w.since == 0:
		return 0
	case w.fixed > 0:
		return w.fixed
	case w.limit == 0:
		return 0
	}
	return w.foresee()[0]
}

// usedAt is the open time used until an instant.
func (w *watch) usedAt(at int64) int64 {
	if w.since == 0 {
		return w.used
	}
	return w.used + elapsed(w.cal, w.since, at)
}

// share is the open time of a percentage of the limit.
func (w *watch) share(i int) int64 { return w.limit * int64(w.warn[i]) / 100 }

// passes is when a share passes, or has passed; 0 while it stands still.
func (w *watch) passes(i int) int64 {
	if w.marks[i] > 0 || w.since == 0 || w.limit == 0 {
		return w.marks[i]
	}
	return w.foresee()[1+i]
}

// mark keeps when shares have passed by an instant.
func (w *watch) mark(at int64) {
	for i := range w.marks {
		if p := w.passes(i); p > 0 && p <= at {
			w.marks[i] = p
		}
	}
}

// aim gives it another calendar, limit and shares from an instant on; what was
// used stays. Shares begin anew. The caller has halted it.
func (w *watch) aim(cal *duty.Calendar, limit int64, warn []int) {
	w.cal, w.limit, w.warn, w.marks, w.ahead = cal, limit, warn, make([]int64, len(warn)), nil
}

// sleep and wake keep how much open time is spent paused.
func (w *watch) sleep(at int64) { w.asleep = at }

func (w *watch) wake(at int64) {
	w.slept = w.sleptAt(at)
	w.asleep = 0
}

func (w *watch) sleptAt(at int64) int64 {
	if w.asleep == 0 {
		return w.slept
	}
	return w.slept + elapsed(w.cal, w.asleep, at)
}

func elapsed(c *duty.Calendar, from, to int64) int64 {
	if c.Always {
		return max(to-from, 0)
	}
	return c.Elapsed(time.UnixMicro(from), time.UnixMicro(to)).Microseconds()
}

func after(c *duty.Calendar, from, open int64) int64 {
	if c.Always || open <= 0 {
		return from + max(open, 0)
	}
	t, err := c.Add(time.UnixMicro(from), micros(open))
	if err != nil {
		return from + maxLength.Microseconds()
	}
	return t.UnixMicro()
}
