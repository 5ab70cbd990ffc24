package notify

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestQuietHoursFollowTheLocalClock(t *testing.T) {
	t.Parallel()
	night := Quiet{Enabled: true, Days: weekdays(), From: "22:00", To: "07:00", Zone: "Europe/Amsterdam"}
	tests := []struct {
		name  string
		quiet Quiet
		at    string
		until string // "" is not quiet
	}{
		{"an evening is quiet until the morning", night, "2026-11-02T21:30:00Z", "2026-11-03T06:00:00Z"},
		{"the begin belongs to them", night, "2026-11-02T21:00:00Z", "2026-11-03T06:00:00Z"},
		{"the end does not", night, "2026-11-02T06:00:00Z", ""},
		{"a day is not quiet", night, "2026-11-02T12:00:00Z", ""},
		{"the spring night ends at seven by the new time", night, "2026-03-29T00:30:00Z", "2026-03-29T05:00:00Z"},
		{"the autumn night ends at seven by the new time", night, "2026-10-25T00:30:00Z", "2026-10-25T06:00:00Z"},
		{"an end that the spring leaves out moves on by the gap", Quiet{true, weekdays(), "22:00", "02:30", "Europe/Amsterdam"}, "2026-03-28T23:00:00Z", "2026-03-29T01:30:00Z"},
		{"an end that comes twice is the first", Quiet{true, weekdays(), "22:00", "02:30", "Europe/Amsterdam"}, "2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z"},
		{"the second time that it comes is not quiet", Quiet{true, weekdays(), "22:00", "02:30", "Europe/Amsterdam"}, "2026-10-25T01:00:00Z", ""},
		{"the day on which they begin counts", Quiet{true, []string{"fri"}, "22:00", "07:00", "UTC"}, "2026-11-07T03:00:00Z", "2026-11-07T07:00:00Z"},
		{"and no other", Quiet{true, []string{"fri"}, "22:00", "07:00", "UTC"}, "2026-11-07T23:00:00Z", ""},
		{"hours within a day", Quiet{true, weekdays(), "12:00", "13:00", "UTC"}, "2026-11-02T12:30:00Z", "2026-11-02T13:00:00Z"},
		{"a day that a zone leaves out", Quiet{true, weekdays(), "22:00", "07:00", "Pacific/Apia"}, "2011-12-30T09:00:00Z", "2011-12-30T17:00:00Z"},
		{"switched off", Quiet{false, weekdays(), "00:00", "24:00", "UTC"}, "2026-11-02T12:30:00Z", ""},
		{"a zone that has vanished holds nothing back", Quiet{true, weekdays(), "00:00", "24:00", "Mars/Olympus"}, "2026-11-02T12:30:00Z", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			at, err := time.Parse(time.RFC3339, tt.at)
			if err != nil {
				t.Fatal(err)
			}
			end, quiet := tt.quiet.until(at)
			got := ""
			if quiet {
				got = end.UTC().Format(time.RFC3339)
			}
			if got != tt.until {
				t.Errorf("until %q, want %q", got, tt.until)
			}
		})
	}
}

func TestQuietHoursEndAlways(t *testing.T) {
	t.Parallel()
	zones := []string{"UTC", "Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "Africa/Casablanca", "America/St_Johns"}
	clock := rapid.Custom(func(t *rapid.T) string {
		return time.Date(2000, 1, 1, 0, rapid.IntRange(0, 24*60-1).Draw(t, "minute"), 0, 0, time.UTC).Format("15:04")
	})
	rapid.Check(t, func(t *rapid.T) {
		q := Quiet{
			Enabled: true, From: clock.Draw(t, "from"), To: clock.Draw(t, "to"), Zone: rapid.SampledFrom(zones).Draw(t, "zone"),
			Days: slices.Compact(slices.Sorted(slices.Values(rapid.SliceOfN(rapid.SampledFrom(weekdays()), 1, 7).Draw(t, "days")))),
		}
		at := time.Unix(rapid.Int64Range(1_100_000_000, 2_000_000_000).Draw(t, "at"), 0)
		end, quiet := q.until(at)
		if !quiet {
			return
		}
		if !end.After(at) || end.Sub(at) > 50*time.Hour {
			t.Fatalf("%+v at %s ends %s", q, at.UTC(), end.UTC())
		}
		if again, still := q.until(end.Add(-time.Microsecond)); !still || again.Before(end) {
			t.Fatalf("%+v: just before its end at %s it is quiet until %s (%v)", q, end.UTC(), again.UTC(), still)
		}
	})
}

func TestWhatQuietHoursHold(t *testing.T) {
	t.Parallel()
	of := func(kind Kind, severity string, urgent, onDuty bool, level int64) *waiting {
		return &waiting{kind: kind, ticket: "t", rank: rank(severity), urgent: urgent, onDuty: onDuty, level: level}
	}
	tests := []struct {
		name string
		w    *waiting
		held bool
	}{
		{"a call of whoever is on duty, critical", of(Page, "critical", true, true, 1), false},
		{"a call of whoever is on duty, low", of(Page, "low", true, true, 1), false},
		{"a warning to whoever is on duty, high", of(Warn, "high", false, true, 0), false},
		{"a warning to whoever is on duty, low", of(Warn, "low", false, true, 0), true},
		{"a call of somebody else at the second level", of(Page, "critical", true, false, 2), true},
		{"a call of somebody else at the third level", of(Page, "high", true, false, 3), false},
		{"a call of somebody else at the third level, medium", of(Page, "medium", true, false, 3), true},
		{"the last resort", of(Page, "critical", true, false, 0), false},
		{"an offer to somebody else", of(Offer, "critical", false, false, 0), true},
		{"an alarm about the system", &waiting{kind: Alarm, rank: 6, urgent: true}, false},
		{"news about the system", &waiting{kind: Gap, rank: 6}, true},
		{"a test", &waiting{kind: Trial, rank: 6}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := holds(tt.w); got != tt.held {
				t.Errorf("held: %v", got)
			}
		})
	}
}
