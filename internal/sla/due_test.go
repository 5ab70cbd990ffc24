package sla

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tocsin/internal/duty"
)

func dueOf(t *testing.T, cal duty.CalendarSpec, start, target, events string) (string, error) {
	t.Helper()
	c, err := cal.Compile()
	if err != nil {
		t.Fatal(err)
	}
	from, err := ParseMoment(start)
	if err != nil {
		t.Fatal(err)
	}
	l, err := ParseLength(target)
	if err != nil {
		t.Fatal(err)
	}
	list, err := ParseDueEvents([]byte(events))
	if err != nil {
		return "", err
	}
	due, err := Due(c, from.Time, l, list)
	if err != nil {
		return "", err
	}
	if due == nil {
		return "never", nil
	}
	return due.Format("2006-01-02T15:04:05Z"), nil
}

func TestDueOffline(t *testing.T) {
	t.Parallel()
	always, office := duty.CalendarSpec{Always: true}, nl().CalendarSpec
	day := func(s string) string { return "2026-11-23T" + s + "Z" }
	for name, c := range map[string]struct {
		cal                         duty.CalendarSpec
		start, target, events, want string
	}{
		"nothing happens":                {office, day("14:00"), "4h", `[]`, "2026-11-24T10:00:00Z"},
		"a business day":                 {office, day("09:00"), "1bd", `[]`, "2026-11-24T09:00:00Z"},
		"35 a pause":                     {always, day("10:00"), "4h", `[{"at":"2026-11-23T10:45Z","do":"pause"},{"at":"2026-11-23T11:30Z","do":"resume"}]`, day("14:45:00")},
		"36 a pause over an evening":     {office, day("14:00"), "4h", `[{"at":"2026-11-23T15:00Z","do":"pause"},{"at":"2026-11-24T08:30Z","do":"resume"}]`, "2026-11-24T11:30:00Z"},
		"37 a pause out of hours":        {office, day("14:00"), "4h", `[{"at":"2026-11-23T17:00Z","do":"pause"},{"at":"2026-11-24T05:00Z","do":"resume"}]`, "2026-11-24T10:00:00Z"},
		"38 another target":              {always, day("10:00"), "8h", `[{"at":"2026-11-23T12:00Z","do":"retarget","target":"4h"}]`, day("14:00:00")},
		"39 a target that is used up":    {always, day("10:00"), "8h", `[{"at":"2026-11-23T12:00Z","do":"retarget","target":"1h"}]`, day("12:15:00")},
		"40 a longer one afterwards":     {always, day("10:00"), "1h", `[{"at":"2026-11-23T11:30Z","do":"retarget","target":"8h"}]`, day("18:00:00")},
		"42 another target in a pause":   {always, day("10:00"), "4h", `[{"at":"2026-11-23T11:00Z","do":"pause"},{"at":"2026-11-23T12:00Z","do":"retarget","target":"2h"},{"at":"2026-11-23T12:30Z","do":"resume"}]`, day("13:30:00")},
		"events in any order":            {always, day("10:00"), "4h", `[{"at":"2026-11-23T11:30Z","do":"resume"},{"at":"2026-11-23T10:45Z","do":"pause"}]`, day("14:45:00")},
		"a pause that lasts":             {always, day("10:00"), "4h", `[{"at":"2026-11-23T10:45Z","do":"pause"}]`, "never"},
		"a pause twice":                  {always, day("10:00"), "4h", `[{"at":"2026-11-23T10:30Z","do":"pause"},{"at":"2026-11-23T10:45Z","do":"pause"},{"at":"2026-11-23T11:00Z","do":"resume"}]`, day("14:30:00")},
		"a resume that resumes nothing":  {always, day("10:00"), "4h", `[{"at":"2026-11-23T10:30Z","do":"resume"}]`, day("14:00:00")},
		"times with a zone of their own": {always, "2026-11-23T11:00+01:00", "4h", `[]`, day("14:00:00")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := dueOf(t, c.cal, c.start, c.target, c.events)
			if err != nil || got != c.want {
				t.Errorf("%s, %v, want %s", got, err, c.want)
			}
		})
	}
	for name, events := range map[string]string{
		"no list":              `{"at":"2026-11-23T10:30Z","do":"pause"}`,
		"an unknown deed":      `[{"at":"2026-11-23T10:30Z","do":"dance"}]`,
		"an unknown member":    `[{"at":"2026-11-23T10:30Z","do":"pause","why":"x"}]`,
		"no time":              `[{"do":"pause"}]`,
		"a time that is none":  `[{"at":"yesterday","do":"pause"}]`,
		"a retarget to none":   `[{"at":"2026-11-23T10:30Z","do":"retarget"}]`,
		"before the start":     `[{"at":"2026-11-23T09:30Z","do":"pause"}]`,
		"something afterwards": `[] []`,
	} {
		t.Run("refused: "+name, func(t *testing.T) {
			t.Parallel()
			if got, err := dueOf(t, always, day("10:00"), "4h", events); err == nil {
				t.Errorf("taken: %s", got)
			}
		})
	}
}

func TestATargetBeyondTheCalendarIsSaid(t *testing.T) {
	t.Parallel()
	cal := duty.CalendarSpec{Zone: "UTC", Weekly: map[string][]string{"mon": {"09:00-09:01"}}}
	if got, err := dueOf(t, cal, "2026-11-23T10:00Z", "4h", `[]`); err == nil {
		t.Errorf("due %s", got)
	}
}

// What is computed offline is what a ticket's clock does.
func TestDueIsWhatATicketsClockDoes(t *testing.T) {
	t.Parallel()
	v := asks(t, map[string]string{"critical": "2h", "high": "9h", "medium": "1bd", "low": "40h"}, map[string]string{"*": "nl"})
	cal, err := nl().Compile()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		start := at("2026-12-20T00:00Z") + rapid.Int64Range(0, 20*86400).Draw(t, "start")*1e6
		story := []Event{{At: start, Kind: "ticket.opened", Facts: Facts{Severity: "low"}}}
		events, now, was, paused := []DueEvent{}, start, 3, false
		for i := range rapid.IntRange(0, 6).Draw(t, "events") {
			now += rapid.Int64Range(1, 40*3600).Draw(t, "gap") * 1e6
			e := DueEvent{At: Moment{time.UnixMicro(now)}}
			to := rapid.IntRange(0, 3).Draw(t, "to")
			switch {
			case rapid.Bool().Draw(t, "pause") && !paused:
				e.Do, paused = "pause", true
				story = append(story, Event{At: now, Kind: "sla.paused", ID: fmt.Sprint(i), Until: now + 400*86400e6})
			case paused && to >= was: // a fall does not end a pause
				e.Do, paused = "resume", false
				story = append(story, Event{At: now, Kind: "sla.resumed"})
			case to != was && (!paused || to > was):
				e.Do, e.Target = "retarget", []string{"2h", "9h", "1bd", "40h"}[to]
				story = append(story, Event{At: now, Kind: "ticket.changed", Severity: []string{"critical", "high", "medium", "low"}[to]})
				was = to
			default:
				continue
			}
			events = append(events, e)
		}
		length, _ := ParseLength("40h")
		due, err := Due(cal, time.UnixMicro(start), length, events)
		if err != nil {
			t.Fatal(err)
		}
		c := clockNamed(Replay([]*Version{v}, story, now), MetricResolve)
		if due == nil && c.DueAt != 0 || due != nil && due.UnixMicro() != c.DueAt {
			t.Fatalf("offline %v, the ticket's clock %s", due, clockTime(c.DueAt))
		}
	})
}

func FuzzDueEvents(f *testing.F) {
	f.Add([]byte(`[{"at":"2026-11-23T10:45Z","do":"pause"},{"at":"2026-11-23T11:30:00Z","do":"resume"}]`))
	f.Add([]byte(`[{"at":"2026-11-23T12:00:00.5+02:00","do":"retarget","target":"1bd"}]`))
	cal, err := nl().Compile()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		events, err := ParseDueEvents(raw)
		if err != nil {
			return
		}
		length, err := ParseLength("4h")
		if err != nil {
			t.Fatal(err)
		}
		start := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
		if due, err := Due(cal, start, length, events); err == nil && due != nil && due.Before(start) {
			t.Fatalf("due %s, before it began", due)
		}
	})
}
