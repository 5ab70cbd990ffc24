package duty

import (
	"cmp"
	"slices"
	"time"

	"tocsin/internal/fault"
)

// Span is open time of a day in minutes after local midnight; To may lie beyond
// 1440, when it runs over midnight.
type Span struct{ From, To int }

// Date is a day of the calendar.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// Calendar says when time counts.
type Calendar struct {
	Zone    *time.Location
	Always  bool            // round the clock; the rest is then without meaning
	Weekly  [7][]Span       // by time.Weekday
	Closed  map[Date]bool   // holidays
	Special map[Date][]Span // replaces Weekly on that date; an empty list is closed
}

// RoundTheClock is the calendar in which all time counts.
func RoundTheClock() *Calendar { return &Calendar{Zone: time.UTC, Always: true} }

// lookAhead is how many days Add looks for open time.
const lookAhead = 400

// errNever says that a calendar has no open time within lookAhead days.
func errNever() error {
	return fault.New(fault.Invalid, "The calendar is never open in %d days.", lookAhead).WithSlug("calendar-never-open")
}

// opening is open time, in Unix seconds.
type opening struct{ from, to int64 }

// openings lists the open time within one local date, in order and without
// overlap. The dates of a zone tile time, so that what runs over midnight is
// told with the date in which it counts. The room of out is used again.
func (c *Calendar) openings(w *wall, day int64, out []opening) []opening {
	begin, end := w.midnight(day), w.midnight(day+1)
	if begin >= end { // the zone leaves the date out (Apia had no 30 December 2011)
		return out
	}
	first := day - 1
	if w.midnight(first) >= begin { // what runs over midnight comes from the date before that
		first--
	}
	for d := first; d <= day; d++ {
		if w.midnight(d) >= w.midnight(d+1) {
			continue
		}
		for _, s := range c.hours(d) {
			from, to := max(w.at(d, s.From), begin), min(w.at(d, s.To), end)
			if from < to {
				out = append(out, opening{from, to})
			}
		}
	}
	return mergeOpenings(out)
}

// mergeOpenings puts in order and joins; where daylight saving moves the ends of
// spans, they may have come out of order.
func mergeOpenings(in []opening) []opening {
	slices.SortFunc(in, func(a, b opening) int { return cmp.Compare(a.from, b.from) })
	out := in[:0]
	for _, o := range in {
		if n := len(out); n > 0 && o.from <= out[n-1].to {
			out[n-1].to = max(out[n-1].to, o.to)
			continue
		}
		out = append(out, o)
	}
	return out
}

// hours are the open times that begin on a date.
func (c *Calendar) hours(day int64) []Span {
	if len(c.Special)+len(c.Closed) > 0 {
		y, m, d := time.Unix(day*daySeconds, 0).UTC().Date()
		if open, ok := c.Special[Date{y, m, d}]; ok {
			return open
		}
		if c.Closed[Date{y, m, d}] {
			return nil
		}
	}
	return c.Weekly[weekday(day)]
}

// Add is the earliest instant at which d of open time has passed since t. It
// fails when the calendar is not open long enough within 400 days.
func (c *Calendar) Add(t time.Time, d time.Duration) (time.Time, error) {
	if c.Always || d <= 0 {
		return t.Add(max(d, 0)), nil
	}
	w := wall{zone: c.Zone}
	var buf [8]opening
	first := w.day(t) - 1
	for day := first; day < first+lookAhead; day++ {
		for _, o := range c.openings(&w, day, buf[:0]) {
			from, to := later(time.Unix(o.from, 0), t), time.Unix(o.to, 0)
			if n := to.Sub(from); n <= 0 {
				continue
			} else if d > n {
				d -= n
			} else {
				return from.Add(d).In(t.Location()), nil
			}
		}
	}
	return time.Time{}, errNever()
}

// Elapsed is the open time between two instants; 0 when the second is not
// later.
func (c *Calendar) Elapsed(from, to time.Time) (sum time.Duration) {
	if !to.After(from) {
		return 0
	}
	if c.Always {
		return to.Sub(from)
	}
	w := wall{zone: c.Zone}
	var buf [8]opening
	for day, last := w.day(from)-1, w.day(to)+1; day <= last; day++ {
		for _, o := range c.openings(&w, day, buf[:0]) {
			begin, end := later(time.Unix(o.from, 0), from), earlier(time.Unix(o.to, 0), to)
			sum += max(end.Sub(begin), 0)
		}
	}
	return sum
}

// Day is how much open time a business day has: the longest of the week, which
// is what people mean by it. It is 24 hours where all time counts.
func (c *Calendar) Day() time.Duration {
	if c.Always {
		return 24 * time.Hour
	}
	longest := 0
	for _, spans := range c.Weekly {
		sum := 0
		for _, s := range spans {
			sum += s.To - s.From
		}
		longest = max(longest, sum)
	}
	return time.Duration(longest) * time.Minute
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
