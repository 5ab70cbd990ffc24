package query

import (
	"strings"
	"testing"
	"time"
)

func TestDurations(t *testing.T) {
	t.Parallel()
	const hour = int64(3600e6)
	for in, want := range map[string]int64{
		"2h": 2 * hour, "3d": 72 * hour, "30m": hour / 2, "1w": 168 * hour, "90s": hour / 40,
		"1h30m": hour * 3 / 2, "0s": 0, "2H": 2 * hour,
	} {
		if got, ok := parseDuration(in); !ok || got != want {
			t.Errorf("%s: got %d, %v, want %d", in, got, ok, want)
		}
	}
	for _, in := range []string{"", "h", "2", "2x", "-2h", "2h3", "1.5h", "99999999999999999999h", "6000w", "5000w5000w", "٣h"} {
		if got, ok := parseDuration(in); ok {
			t.Errorf("%q is taken for %d µs", in, got)
		}
	}
}

func TestMoments(t *testing.T) {
	t.Parallel()
	e := env(t)
	for in, want := range map[string]int64{
		"now": now, "NOW": now, "now-1h": now - 3600e6, "now+1h30m": now + 5400e6,
		"2026-10-05T10:00:00Z": now, "2026-10-05T12:00+02:00": now, "2026-10-05t10:00:00.000001z": now + 1,
	} {
		q := parse(t, "due:"+in)
		if !Match(q, func(string) Values { return Integers(want) }, e) {
			t.Errorf("%s is not %d", in, want)
		}
		if Match(q, func(string) Values { return Integers(want - 1) }, e) || Match(q, func(string) Values { return Integers(want + 1) }, e) {
			t.Errorf("%s is more than one microsecond", in)
		}
	}
	for _, in := range []string{"now1h", "nowadays", "now-", "now--1h", `"now"`, "tomorow", "2026-10-05T10:00", "2026-13-01", "1791194400"} {
		if _, err := Parse("due:"+in, tickets()); err == nil {
			t.Errorf("due:%s is taken for a moment", in)
		}
	}
}

func TestComparisonsWithADayMeanTheWholeDay(t *testing.T) {
	t.Parallel()
	e := env(t)
	day, length := now-12*3600e6, int64(24*3600e6)
	for text, want := range map[string][4]bool{ // just before, first, last, just after
		"due<2026-10-05":  {true, false, false, false},
		"due<=2026-10-05": {true, true, true, false},
		"due:2026-10-05":  {false, true, true, false},
		"due!=2026-10-05": {true, false, false, true},
		"due>=2026-10-05": {false, true, true, true},
		"due>2026-10-05":  {false, false, false, true},
	} {
		q := parse(t, text)
		for i, at := range []int64{day - 1, day, day + length - 1, day + length} {
			if got := Match(q, func(string) Values { return Integers(at) }, e); got != want[i] {
				t.Errorf("%s at point %d: got %v, want %v", text, i, got, want[i])
			}
		}
	}
}

func TestOrderedWordsCompareByRank(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"severity<medium": "info low", "severity<=medium": "info low medium", "severity:medium": "medium",
		"severity!=medium": "info low high critical odd", "severity>=medium": "medium high critical", "severity>medium": "high critical",
		"severity<info": "", "-severity>=info": "odd",
	} {
		var got []string
		for _, s := range []string{"info", "low", "medium", "high", "critical", "odd"} {
			if Match(parse(t, text), func(string) Values { return Strings(s) }, Env{}) {
				got = append(got, s)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s accepts %v, want %s", text, got, want)
		}
	}
}

// The days of a zone tile its time line, whatever its clocks do; an hour that
// belongs to no day, or to two, would hide a ticket or show it twice.
func TestDaysTileTheTimeLine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		zone string
		day  date
		want string // the first moment, UTC
		long time.Duration
	}{
		{"Europe/Amsterdam", date{2026, 10, 25}, "2026-10-24T22:00:00Z", 25 * time.Hour},
		{"Europe/Amsterdam", date{2026, 3, 29}, "2026-03-28T23:00:00Z", 23 * time.Hour},
		{"America/Sao_Paulo", date{2018, 11, 4}, "2018-11-04T03:00:00Z", 23 * time.Hour},      // midnight is skipped
		{"America/Havana", date{2026, 11, 1}, "2026-11-01T04:00:00Z", 25 * time.Hour},         // midnight comes twice
		{"Asia/Amman", date{2021, 10, 29}, "2021-10-28T21:00:00Z", 25 * time.Hour},            // twice, east of Greenwich
		{"Asia/Beirut", date{2026, 3, 29}, "2026-03-28T22:00:00Z", 23 * time.Hour},            // skipped, east of Greenwich
		{"America/St_Johns", date{2010, 11, 7}, "2010-11-07T02:30:00Z", 25 * time.Hour},       // back at 00:01
		{"Pacific/Apia", date{2011, 12, 30}, "2011-12-30T10:00:00Z", 0},                       // a day that was not
		{"Pacific/Apia", date{2011, 12, 31}, "2011-12-30T10:00:00Z", 24 * time.Hour},          //
		{"Africa/Casablanca", date{2026, 2, 15}, "2026-02-14T23:00:00Z", 25 * time.Hour},      // negative summer time
		{"Australia/Lord_Howe", date{2026, 4, 5}, "2026-04-04T13:00:00Z", 1470 * time.Minute}, // half an hour
		{"UTC", date{2026, 12, 31}, "2026-12-31T00:00:00Z", 24 * time.Hour},
	} {
		t.Run(c.zone+" "+c.want, func(t *testing.T) {
			t.Parallel()
			zone, err := time.LoadLocation(c.zone)
			if err != nil {
				t.Fatal(err)
			}
			start, end := c.day.start(zone), c.day.next().start(zone)
			if got := time.UnixMicro(start).UTC().Format(time.RFC3339); got != c.want {
				t.Errorf("begins %s, want %s", got, c.want)
			}
			if got := time.Duration(end-start) * time.Microsecond; got != c.long {
				t.Errorf("lasts %s, want %s", got, c.long)
			}
		})
	}
}

// Every moment of sixty years lies in the day that the clock shows, in zones
// with unusual clocks, except in the hour that a clock repeats over midnight.
func TestEveryHourLiesInItsDay(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Europe/Amsterdam", "America/Sao_Paulo", "America/Havana", "Asia/Beirut", "Pacific/Apia", "Asia/Kathmandu"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			zone, err := time.LoadLocation(name)
			if err != nil {
				t.Fatal(err)
			}
			for at := time.Date(1972, 1, 1, 0, 30, 0, 0, time.UTC); at.Year() < 2032; at = at.Add(time.Hour) {
				y, m, d := at.In(zone).Date()
				day := date{y, m, d}
				if us := at.UnixMicro(); (us < day.start(zone) || us >= day.next().start(zone)) && !repeated(at.In(zone)) {
					t.Fatalf("%s is outside its day", at.In(zone))
				}
			}
		})
	}
}

// repeated reports whether the clock has shown this time shortly before, or
// will again.
func repeated(t time.Time) bool {
	begin, end := t.ZoneBounds()
	return !begin.IsZero() && t.Sub(begin) < 2*time.Hour || !end.IsZero() && end.Sub(t) < 2*time.Hour
}
