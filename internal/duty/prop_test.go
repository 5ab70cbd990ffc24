package duty_test

import (
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"tocsin/internal/duty"
)

// rounds is how many random cases the properties of business time are tried on;
// with -short it is a tenth of them.
var rounds = flag.Int("rounds", 200_000, "random rounds of the business-time properties")

// zones are those that have been wrong before, here or elsewhere: half an hour
// of daylight saving, a date left out, two changes in a year around Ramadan, the
// largest offset, half hours, midnight missing.
func zones() []string {
	return []string{"Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca",
		"Pacific/Kiritimati", "Asia/Kolkata", "America/Sao_Paulo", "UTC"}
}

// calendars are the shapes of a week; the last is made to be awkward where
// clocks are set.
func calendars(zone string) []duty.CalendarSpec {
	awkward := daily(zone, "00:15-00:45", "01:10-02:20", "02:15-02:45", "03:00-03:20", "23:10-01:30")
	awkward.Closed = []string{"2026-10-25", "2027-03-28", "2017-10-15"}
	awkward.Special = map[string][]string{"2011-12-31": {"05:00-07:00"}, "2026-11-01": {"01:30-01:45", "22:00-21:00"}}
	return []duty.CalendarSpec{office(zone, "2026-12-25", "2027-01-01"), daily(zone, "22:00-06:00"), daily(zone, "00:00-24:00"), awkward}
}

// world of one zone: its calendars, and the moments at which its clock is set.
type clockwork struct {
	zone      string
	calendars []*duty.Calendar
	set       []time.Time
}

func works(t testing.TB) []clockwork {
	var out []clockwork
	for _, name := range zones() {
		w := clockwork{zone: name}
		for _, spec := range calendars(name) {
			w.calendars = append(w.calendars, compile(t, spec))
		}
		loc, err := duty.Zone(name)
		if err != nil {
			t.Fatal(err)
		}
		for x := at(t, "2010-01-01T00:00Z").In(loc); x.Year() < 2030; {
			_, next := x.ZoneBounds()
			if next.IsZero() {
				break
			}
			w.set = append(w.set, next)
			x = next
		}
		out = append(out, w)
	}
	return out
}

// moment is near a change of the clock as often as not, since what is wrong is
// wrong there.
func (w clockwork) moment(r *rand.Rand, from time.Time) time.Time {
	if len(w.set) > 0 && r.IntN(2) == 0 {
		return w.set[r.IntN(len(w.set))].Add(time.Duration(r.Int64N(int64(96*time.Hour))) - 48*time.Hour).Truncate(time.Microsecond)
	}
	return from.Add(time.Duration(r.Int64N(int64(18 * 365 * 24 * time.Hour)))).Truncate(time.Second)
}

func TestBusinessTimeAddsUpInEveryZone(t *testing.T) {
	t.Parallel()
	works, n := works(t), *rounds
	if testing.Short() {
		n /= 10
	}
	const lanes = 4
	for lane := range lanes {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(2026, uint64(lane)))
			from := at(t, "2010-06-01T00:00Z")
			for i := range n / lanes {
				w := works[i%len(works)]
				c := w.calendars[(i/len(works))%len(w.calendars)]
				a := w.moment(r, from)
				x, y := time.Duration(r.Int64N(int64(30*time.Hour))), time.Duration(r.Int64N(int64(20*time.Hour)))
				if fault := judge(c, a, x, y); fault != "" {
					t.Fatalf("%s: %s, from %v, %v and %v, week %v", w.zone, fault, a, x, y, c.Weekly)
				}
			}
		})
	}
}

// judge holds the properties against one case and says which is broken.
func judge(c *duty.Calendar, a time.Time, x, y time.Duration) string {
	ax, err := c.Add(a, x)
	if err != nil {
		return err.Error()
	}
	axy, err := c.Add(ax, y)
	if err != nil {
		return err.Error()
	}
	sum, err := c.Add(a, x+y)
	switch {
	case err != nil:
		return err.Error()
	case c.Elapsed(a, ax) != x:
		return "what is added does not pass"
	case x > 0 && c.Elapsed(a, ax.Add(-1)) != x-1:
		return "it might be due earlier"
	case !axy.Equal(sum):
		return "two steps lead elsewhere than one"
	case c.Elapsed(a, ax)+c.Elapsed(ax, axy) != c.Elapsed(a, axy):
		return "the parts do not make the whole"
	}
	// Any instant in between, not only one where the calendar is open.
	mid := a.Add(axy.Sub(a) / 3)
	if c.Elapsed(a, mid)+c.Elapsed(mid, axy) != c.Elapsed(a, axy) {
		return "the parts at any instant do not make the whole"
	}
	return ""
}

// open is the plain meaning of a calendar, minute by minute: what the wall clock
// shows says whether the time counts.
func open(c *duty.Calendar, t time.Time) bool {
	local := t.In(c.Zone)
	for back := range 2 {
		date := time.Date(local.Year(), local.Month(), local.Day()-back, 0, 0, 0, 0, time.UTC)
		key := duty.Date{Year: date.Year(), Month: date.Month(), Day: date.Day()}
		spans, special := c.Special[key]
		if !special && !c.Closed[key] {
			spans = c.Weekly[date.Weekday()]
		}
		minute := local.Hour()*60 + local.Minute() + back*1440
		for _, s := range spans {
			if s.From <= minute && minute < s.To {
				return true
			}
		}
	}
	return false
}

func TestTimeCountsWhileTheWallClockIsWithinTheHours(t *testing.T) {
	t.Parallel()
	for _, w := range works(t) {
		t.Run(w.zone, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(7, 7))
			for range *rounds / 2000 {
				c := w.calendars[r.IntN(3)] // the awkward one has its ends where the clock is set
				from := w.moment(r, at(t, "2012-01-10T00:00Z")).Truncate(time.Minute)
				if from.Year() == 2011 { // a date is missing: the day before is not yesterday
					continue
				}
				want := time.Duration(0)
				for m := range 60 * 60 {
					if open(c, from.Add(time.Duration(m)*time.Minute)) {
						want += time.Minute
					}
				}
				if got := c.Elapsed(from, from.Add(60*time.Hour)); got != want {
					t.Fatalf("from %v: %v, the wall clock says %v; week %v", from, got, want, c.Weekly)
				}
			}
		})
	}
}

func BenchmarkAdd(b *testing.B) {
	c := compile(b, office("Europe/Amsterdam", "2026-12-25"))
	start := at(b, "2026-11-23T14:00Z")
	for b.Loop() {
		if _, err := c.Add(start, 4*time.Hour); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkElapsedOverAMonth(b *testing.B) {
	c := compile(b, office("America/New_York", "2026-12-25"))
	from := at(b, "2026-10-23T14:00Z")
	for b.Loop() {
		c.Elapsed(from, from.Add(30*24*time.Hour))
	}
}
