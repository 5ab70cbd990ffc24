package duty_test

import (
	"testing"
	"time"

	"tocsin/internal/duty"
	"tocsin/internal/fault"
)

// The cases are those of the reference (ux.md §1.8), by their numbers.

func nl(t *testing.T) *duty.Calendar {
	t.Helper()
	return compile(t, office("Europe/Amsterdam", "2026-12-25", "2027-01-01", "2027-03-26", "2027-03-29", "2027-04-27"))
}

func us(t *testing.T) *duty.Calendar {
	t.Helper()
	return compile(t, office("America/New_York", "2026-11-26", "2026-12-25", "2027-01-01", "2027-07-05"))
}

// office is Monday to Friday from nine to five.
func office(zone string, closed ...string) duty.CalendarSpec {
	hours := []string{"09:00-17:00"}
	return duty.CalendarSpec{Zone: zone, Closed: closed, Weekly: map[string][]string{"mon": hours, "tue": hours, "wed": hours, "thu": hours, "fri": hours}}
}

// daily has the same hours on every day.
func daily(zone string, hours ...string) duty.CalendarSpec {
	week := map[string][]string{}
	for _, d := range []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} {
		week[d] = hours
	}
	return duty.CalendarSpec{Zone: zone, Weekly: week}
}

func compile(t testing.TB, spec duty.CalendarSpec) *duty.Calendar {
	t.Helper()
	c, err := spec.Compile()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// at reads an instant; seconds may be left out.
func at(t testing.TB, text string) time.Time {
	t.Helper()
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z"} {
		if v, err := time.Parse(layout, text); err == nil {
			return v
		}
	}
	t.Fatalf("%q is no time", text)
	return time.Time{}
}

func TestTargetsFallDueAsTheReferenceComputed(t *testing.T) {
	t.Parallel()
	round := duty.RoundTheClock()
	nl, us := nl(t), us(t)
	nightNL := compile(t, daily("Europe/Amsterdam", "22:00-06:00"))
	nightUS := compile(t, daily("America/New_York", "22:00-06:00"))
	wholeNL := compile(t, daily("Europe/Amsterdam", "00:00-24:00"))
	lunch := compile(t, daily("Europe/Amsterdam", "09:00-12:00", "13:00-17:00"))
	half := office("America/New_York", "2026-12-25")
	half.Special = map[string][]string{"2026-12-24": {"09:00-13:00"}}
	halfDay := compile(t, half)
	for _, c := range []struct {
		name     string
		calendar *duty.Calendar
		start    string
		target   time.Duration
		due      string
	}{
		{"1 round the clock over the spring night", round, "2027-03-28T00:30Z", 4 * time.Hour, "2027-03-28T04:30Z"},
		{"2 round the clock over the autumn night", round, "2026-10-25T00:30Z", 4 * time.Hour, "2026-10-25T04:30Z"},
		{"3 into a leap day", round, "2028-02-28T23:30Z", time.Hour, "2028-02-29T00:30Z"},
		{"4 no leap day", round, "2027-02-28T23:30Z", time.Hour, "2027-03-01T00:30Z"},
		{"5 thirty days over a leap day", round, "2028-02-10T12:00Z", 720 * time.Hour, "2028-03-11T12:00Z"},
		{"6 within a day", nl, "2026-11-23T09:00Z", 4 * time.Hour, "2026-11-23T13:00Z"},
		{"7 before it opens", nl, "2026-11-23T06:30Z", 4 * time.Hour, "2026-11-23T12:00Z"},
		{"8 after it closes", nl, "2026-11-23T16:30Z", 4 * time.Hour, "2026-11-24T12:00Z"},
		{"9 due exactly at closing time", nl, "2026-11-23T12:00Z", 4 * time.Hour, "2026-11-23T16:00Z"},
		{"10 over a night", nl, "2026-11-23T14:00Z", 4 * time.Hour, "2026-11-24T10:00Z"},
		{"11 over a weekend", nl, "2026-11-27T15:00Z", 2 * time.Hour, "2026-11-30T09:00Z"},
		{"12 over Easter and the spring night", nl, "2027-03-25T15:00Z", 4 * time.Hour, "2027-03-30T10:00Z"},
		{"13 over the autumn night", nl, "2026-10-23T14:00Z", 4 * time.Hour, "2026-10-26T11:00Z"},
		{"14 over Christmas", nl, "2026-12-24T14:00Z", 4 * time.Hour, "2026-12-28T10:00Z"},
		{"15 over King's Day", nl, "2027-04-26T14:00Z", 4 * time.Hour, "2027-04-28T10:00Z"},
		{"16 New York", us, "2026-11-23T15:00Z", 4 * time.Hour, "2026-11-23T19:00Z"},
		{"17 New York over the spring Sunday", us, "2027-03-12T21:00Z", 4 * time.Hour, "2027-03-15T16:00Z"},
		{"18 New York over the autumn Sunday", us, "2026-10-30T20:00Z", 4 * time.Hour, "2026-11-02T17:00Z"},
		{"19 over Thanksgiving", us, "2026-11-25T21:00Z", 4 * time.Hour, "2026-11-27T17:00Z"},
		{"20 over the fourth of July", us, "2027-07-02T20:00Z", 4 * time.Hour, "2027-07-06T16:00Z"},
		{"21 a night of 7 hours", nightNL, "2027-03-27T21:00Z", 8 * time.Hour, "2027-03-28T21:00Z"},
		{"22 a night of 9 hours", nightNL, "2026-10-24T20:00Z", 8 * time.Hour, "2026-10-25T04:00Z"},
		{"23 a night of 7 hours in New York", nightUS, "2027-03-14T03:00Z", 8 * time.Hour, "2027-03-15T03:00Z"},
		{"24 a night of 9 hours in New York", nightUS, "2026-11-01T02:00Z", 8 * time.Hour, "2026-11-01T10:00Z"},
		{"25 a day of 23 hours", wholeNL, "2027-03-27T23:00Z", 24 * time.Hour, "2027-03-28T23:00Z"},
		{"30 lunch is left out", lunch, "2026-11-23T10:30Z", time.Hour, "2026-11-23T12:30Z"},
		{"31 a half day and a holiday", halfDay, "2026-12-24T16:00Z", 4 * time.Hour, "2026-12-28T16:00Z"},
		{"32 into a leap day at work", nl, "2028-02-28T15:00Z", 4 * time.Hour, "2028-02-29T11:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := c.calendar.Add(at(t, c.start), c.target)
			if err != nil || !got.Equal(at(t, c.due)) {
				t.Errorf("due %v, %v; want %s", got.UTC(), err, c.due)
			}
		})
	}
}

func TestOpenTimeIsAddedUpAsTheReferenceComputed(t *testing.T) {
	t.Parallel()
	night := compile(t, daily("Europe/Amsterdam", "22:00-06:00"))
	whole := compile(t, daily("Europe/Amsterdam", "00:00-24:00"))
	for _, c := range []struct {
		name     string
		calendar *duty.Calendar
		from, to string
		want     time.Duration
	}{
		{"26 the spring day", whole, "2027-03-27T23:00Z", "2027-03-28T22:00Z", 23 * time.Hour},
		{"27 the autumn day", whole, "2026-10-24T22:00Z", "2026-10-25T23:00Z", 25 * time.Hour},
		{"28 the spring night", night, "2027-03-27T21:00Z", "2027-03-28T04:00Z", 7 * time.Hour},
		{"29 the autumn night", night, "2026-10-24T20:00Z", "2026-10-25T05:00Z", 9 * time.Hour},
		{"34 over Easter", nl(t), "2027-03-25T12:00Z", "2027-03-30T10:00Z", 7 * time.Hour},
		{"backwards", whole, "2027-03-28T22:00Z", "2027-03-27T23:00Z", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := c.calendar.Elapsed(at(t, c.from), at(t, c.to)); got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

func TestCase33ACalendarThatIsNeverOpenIsRefused(t *testing.T) {
	t.Parallel()
	shut := make([]string, 0, 420)
	for d := at(t, "2027-01-01T00:00Z"); len(shut) < cap(shut); d = d.AddDate(0, 0, 1) {
		shut = append(shut, d.Format(time.DateOnly))
	}
	special := duty.CalendarSpec{Zone: "UTC", Special: map[string][]string{"2027-01-04": {"09:00-17:00"}}}
	mondays := duty.CalendarSpec{Zone: "UTC", Weekly: map[string][]string{"mon": {"09:00-17:00"}}, Special: map[string][]string{}}
	for d := at(t, "2027-01-04T00:00Z"); len(mondays.Special) < 58; d = d.AddDate(0, 0, 7) {
		mondays.Special[d.Format(time.DateOnly)] = nil
	}
	for name, spec := range map[string]duty.CalendarSpec{
		"no hours at all":            {Zone: "Europe/Amsterdam"},
		"hours on special days only": special,
		"closed for 420 days":        office("Europe/Amsterdam", shut...),
		"every Monday of 58 closed":  mondays,
	} {
		_, err := spec.Compile()
		if e := fault.As(err); e == nil || e.Slug != "calendar-never-open" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := office("Europe/Amsterdam", shut[:380]...).Compile(); err != nil {
		t.Errorf("380 closed days are much, but it opens again: %v", err)
	}
	never := &duty.Calendar{Zone: time.UTC}
	if _, err := never.Add(at(t, "2026-11-23T09:00Z"), time.Hour); fault.As(err) == nil {
		t.Errorf("one that was not checked: %v", err)
	}
}

func TestCases46And47ALocalTimeThatIsMissingOrTwice(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, zone, local, want string
	}{
		{"46 the gap in Amsterdam", "Europe/Amsterdam", "2027-03-28T02:30Z", "2027-03-28T01:30Z"},
		{"46 the gap in New York", "America/New_York", "2027-03-14T02:30Z", "2027-03-14T07:30Z"},
		{"47 twice in Amsterdam", "Europe/Amsterdam", "2026-10-25T02:30Z", "2026-10-25T00:30Z"},
		{"47 twice in New York", "America/New_York", "2026-11-01T01:30Z", "2026-11-01T05:30Z"},
		{"a gap of half an hour", "Australia/Lord_Howe", "2026-10-04T02:10Z", "2026-10-03T15:40Z"},
		{"midnight is missing", "America/Sao_Paulo", "2017-10-15T00:00Z", "2017-10-15T03:00Z"},
		{"the day is missing", "Pacific/Apia", "2011-12-30T08:00Z", "2011-12-30T18:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			zone, err := duty.Zone(c.zone)
			if err != nil {
				t.Fatal(err)
			}
			l := at(t, c.local)
			got := duty.Resolve(l.Year(), l.Month(), l.Day(), l.Hour()*60+l.Minute(), zone)
			if !got.Equal(at(t, c.want)) {
				t.Errorf("%v, want %s", got.UTC(), c.want)
			}
		})
	}
}
