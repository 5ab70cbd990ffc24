package duty

import (
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

// lookBack is how many days before a moment a span may begin that still runs:
// one over midnight, and one more where the zone left a date out.
const lookBack = 2

// errNever says that a calendar has no open time within lookAhead days.
func errNever() error {
	return fault.New(fault.Invalid, "The calendar is never open in %d days.", lookAhead).WithSlug("calendar-never-open")
}

// spans lists the open time of one date as instants, in order. A date that the
// zone leaves out has none (Apia had no 30 December 2011).
func (c *Calendar) spans(y int, m time.Month, d int) [][2]time.Time {
	n := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	date := Date{n.Year(), n.Month(), n.Day()}
	if Resolve(date.Year, date.Month, date.Day, 720, c.Zone).In(c.Zone).Day() != date.Day {
		return nil
	}
	open, special := c.Special[date]
	switch {
	case special:
	case c.Closed[date]:
		return nil
	default:
		open = c.Weekly[n.Weekday()]
	}
	out := make([][2]time.Time, 0, len(open))
	for _, s := range open {
		from := Resolve(date.Year, date.Month, date.Day, s.From, c.Zone)
		to := Resolve(date.Year, date.Month, date.Day, s.To, c.Zone)
		if to.After(from) {
			out = append(out, [2]time.Time{from, to})
		}
	}
	return out
}

// Add is the earliest instant at which d of open time has passed since t. It
// fails when the calendar is not open long enough within 400 days.
func (c *Calendar) Add(t time.Time, d time.Duration) (time.Time, error) {
	if c.Always || d <= 0 {
		return t.Add(max(d, 0)), nil
	}
	local := t.In(c.Zone)
	reached := t
	for i := -lookBack; i < lookAhead; i++ {
		for _, open := range c.spans(local.Year(), local.Month(), local.Day()+i) {
			from, to := later(open[0], reached), open[1]
			if !to.After(reached) {
				continue
			}
			if n := to.Sub(from); d > n {
				d -= n
			} else {
				return from.Add(d), nil
			}
			reached = to
		}
	}
	return time.Time{}, errNever()
}

// Elapsed is the open time between two instants; 0 when the second is not
// later.
func (c *Calendar) Elapsed(from, to time.Time) time.Duration {
	if !to.After(from) {
		return 0
	}
	if c.Always {
		return to.Sub(from)
	}
	local := from.In(c.Zone)
	reached := from
	var sum time.Duration
	for i := -lookBack; ; i++ {
		y, m, d := local.Year(), local.Month(), local.Day()+i
		if Resolve(y, m, d, 0, c.Zone).After(to) {
			return sum
		}
		for _, open := range c.spans(y, m, d) {
			begin, end := later(open[0], reached), earlier(open[1], to)
			if end.After(begin) {
				sum += end.Sub(begin)
				reached = end
			}
		}
	}
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
