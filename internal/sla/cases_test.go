package sla

import (
	"slices"
	"testing"
	"time"

	"tocsin/internal/duty"
	"tocsin/internal/journal"
)

// at reads a time of the cases: 2026-11-23T10:00Z.
func at(text string) int64 {
	for _, layout := range []string{"2006-01-02T15:04Z", time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UnixMicro()
		}
	}
	panic("not a time: " + text)
}

func clockNamed(st State, name string) Clock {
	for i := len(st.Clocks) - 1; i >= 0; i-- {
		if st.Clocks[i].Name() == name {
			return st.Clocks[i]
		}
	}
	return Clock{}
}

// nl is Europe/Amsterdam, Monday to Friday, 09 to 17.
func nl() CalendarDoc {
	nine := []string{"09:00-17:00"}
	return CalendarDoc{ID: "nl", Name: "NL", CalendarSpec: duty.CalendarSpec{
		Zone:   "Europe/Amsterdam",
		Weekly: map[string][]string{"mon": nine, "tue": nine, "wed": nine, "thu": nine, "fri": nine},
		Closed: []string{"2026-12-25", "2027-01-01", "2027-03-26", "2027-03-29", "2027-04-27"},
	}}
}

// asks is a version in which a ticket of each severity has to be resolved in
// some time, by some calendar ("" is round the clock).
func asks(t *testing.T, targets, calendars map[string]string) *Version {
	t.Helper()
	doc := Document{
		Calendars: []CalendarDoc{nl()},
		Policies: []Policy{{
			ID: "p", Name: "P", Enabled: true, Ladder: "soc", WarnAt: []int{50, 75, 90},
			Timers: []Target{{Metric: MetricResolve, Targets: targets, Calendar: calendars, Pausable: true}},
		}},
		Ladders: []Ladder{defaultLadder()},
	}
	return compiled(t, doc)
}

func compiled(t testing.TB, doc Document) *Version {
	t.Helper()
	v, problems := compile(doc.filled(), 1, 1)
	if err := problems.err(); err != nil {
		t.Fatal(err)
	}
	return v
}

// opened begins a story.
func opened(when, severity string, more ...Event) []Event {
	return append([]Event{{At: at(when), Kind: journal.TicketOpened, Facts: Facts{Severity: severity}}}, more...)
}

func paused(when string) Event {
	return Event{At: at(when), Kind: journal.SLAPaused, ID: "p1", Reason: "third_party", Until: at(when) + 400*24*3600e6, Actor: "user:u1"}
}

func resumed(when string) Event {
	return Event{At: at(when), Kind: journal.SLAResumed, ID: "p1", Actor: "user:u1"}
}

func severity(when, to string) Event {
	return Event{At: at(when), Kind: journal.TicketChanged, Severity: to, Actor: "user:u1"}
}

func closed(when, resolution string) Event {
	return Event{At: at(when), Kind: journal.TicketClosed, Resolution: resolution, Actor: "user:u1"}
}

func each(targets string) map[string]string { return map[string]string{"*": targets} }

func wantTime(t *testing.T, what string, got int64, want string) {
	t.Helper()
	if got != at(want) {
		t.Errorf("%s: got %s, want %s", what, clockTime(got), want)
	}
}

func TestCase35APauseMovesWhatIsDue(t *testing.T) {
	t.Parallel()
	v := asks(t, each("4h"), nil)
	story := opened("2026-11-23T10:00Z", "high", paused("2026-11-23T10:45Z"), resumed("2026-11-23T11:30Z"))
	c := clockNamed(Replay([]*Version{v}, story, at("2026-11-23T12:00Z")), MetricResolve)
	wantTime(t, "due", c.DueAt, "2026-11-23T14:45Z")
	if c.Used != 75*60e6 || c.PausedMicros != 45*60e6 {
		t.Errorf("used %d, paused %d", c.Used, c.PausedMicros)
	}
}

func TestCase36APauseOverAnEvening(t *testing.T) {
	t.Parallel()
	v := asks(t, each("4h"), each("nl"))
	story := opened("2026-11-23T14:00Z", "high", paused("2026-11-23T15:00Z"), resumed("2026-11-24T08:30Z"))
	c := clockNamed(Replay([]*Version{v}, story, at("2026-11-24T09:00Z")), MetricResolve)
	wantTime(t, "due", c.DueAt, "2026-11-24T11:30Z")
}

func TestCase37APauseOutOfHoursChangesNothing(t *testing.T) {
	t.Parallel()
	v := asks(t, each("4h"), each("nl"))
	story := opened("2026-11-23T14:00Z", "high", paused("2026-11-23T17:00Z"), resumed("2026-11-24T05:00Z"))
	c := clockNamed(Replay([]*Version{v}, story, at("2026-11-24T06:00Z")), MetricResolve)
	wantTime(t, "due", c.DueAt, "2026-11-24T10:00Z")
}

func TestCase38ARaisedSeverityKeepsTheStart(t *testing.T) {
	t.Parallel()
	v := asks(t, map[string]string{"high": "8h", "critical": "4h"}, nil)
	story := opened("2026-11-23T10:00Z", "high", severity("2026-11-23T12:00Z", "critical"))
	c := clockNamed(Replay([]*Version{v}, story, at("2026-11-23T12:00Z")), MetricResolve)
	wantTime(t, "due", c.DueAt, "2026-11-23T14:00Z")
	wantTime(t, "start", c.StartedAt, "2026-11-23T10:00Z")
	if c.State != Running {
		t.Errorf("it is %s", c.State)
	}
}

func TestCase39ATargetUsedUpAlreadyLeavesSomeTime(t *testing.T) {
	t.Parallel()
	v := asks(t, map[string]string{"high": "8h", "critical": "1h"}, nil)
	story := opened("2026-11-23T10:00Z", "high", severity("2026-11-23T12:00Z", "critical"))
	st := Replay([]*Version{v}, story, at("2026-11-23T12:00Z"))
	c := clockNamed(st, MetricResolve)
	wantTime(t, "guidance", c.DueAt, "2026-11-23T12:15Z")
	if c.State != Breached || !c.OnRetarget {
		t.Errorf("it is %s, on retarget %v", c.State, c.OnRetarget)
	}
	got := passed(st, Breach)
	if len(got) != 1 || !got[0].OnRetarget || got[0].At != at("2026-11-23T12:00Z") {
		t.Errorf("%+v", got)
	}
	later := Replay([]*Version{v}, append(story, entryOf(got[0], "2026-11-23T12:00:01Z")), at("2026-11-23T13:00Z"))
	if again := passed(later, Breach); len(again) != 0 {
		t.Errorf("the end of the grace is a breach again: %+v", again)
	}
}

func TestCase40ABreachSticks(t *testing.T) {
	t.Parallel()
	v := asks(t, map[string]string{"critical": "1h", "high": "8h"}, nil)
	story := opened("2026-11-23T10:00Z", "critical", severity("2026-11-23T11:30Z", "high"))
	c := clockNamed(Replay([]*Version{v}, story, at("2026-11-23T12:00Z")), MetricResolve)
	wantTime(t, "breached", c.BreachedAt, "2026-11-23T11:00Z")
	wantTime(t, "guidance", c.DueAt, "2026-11-23T18:00Z")
	c = clockNamed(Replay([]*Version{v}, append(story, closed("2026-11-23T13:00Z", "resolved")), at("2026-11-23T14:00Z")), MetricResolve)
	if c.State != Breached || c.OnRetarget {
		t.Errorf("it is %s, on retarget %v", c.State, c.OnRetarget)
	}
}

func TestCase41WhatWasUsedIsCarriedToAnotherCalendar(t *testing.T) {
	t.Parallel()
	v := asks(t, map[string]string{"high": "8h", "critical": "4h"}, map[string]string{"high": "nl"})
	story := opened("2026-11-23T15:00Z", "high", severity("2026-11-24T06:00Z", "critical"))
	c := clockNamed(Replay([]*Version{v}, story, at("2026-11-24T06:00Z")), MetricResolve)
	wantTime(t, "due", c.DueAt, "2026-11-24T09:00Z")
	if c.Used != 3600e6 {
		t.Errorf("used %d", c.Used)
	}
}

func TestCase42AnotherTargetWhilePaused(t *testing.T) {
	t.Parallel()
	// The severity falls, which does not end a pause, to one with less time.
	v := asks(t, map[string]string{"high": "4h", "medium": "2h"}, nil)
	story := opened("2026-11-23T10:00Z", "high", paused("2026-11-23T11:00Z"), severity("2026-11-23T12:00Z", "medium"))
	while := Replay([]*Version{v}, story, at("2026-11-23T12:29Z"))
	if c := clockNamed(while, MetricResolve); c.State != Paused || c.DueAt != 0 {
		t.Errorf("while paused it is %s, due %d", c.State, c.DueAt)
	}
	if warned := passed(while, Warn); len(warned) != 0 {
		t.Errorf("warnings while paused: %+v", warned)
	}
	c := clockNamed(Replay([]*Version{v}, append(story, resumed("2026-11-23T12:30Z")), at("2026-11-23T12:30Z")), MetricResolve)
	wantTime(t, "due", c.DueAt, "2026-11-23T13:30Z")
}

func TestCase43WarningsCountOpenTime(t *testing.T) {
	t.Parallel()
	v := asks(t, each("4h"), each("nl"))
	c := clockNamed(Replay([]*Version{v}, opened("2026-11-23T14:00Z", "high"), at("2026-11-23T14:00Z")), MetricResolve)
	for i, want := range []string{"2026-11-23T16:00Z", "2026-11-24T09:00Z", "2026-11-24T09:36Z"} {
		wantTime(t, "warning", c.Warnings[i].At, want)
	}
}

func TestCase44ExactlyWhenDueIsInTime(t *testing.T) {
	t.Parallel()
	v := asks(t, each("4h"), nil)
	for stop, want := range map[string]string{
		"2026-11-23T14:00:00Z": Met, "2026-11-23T14:00:01Z": Breached, "2026-11-23T13:59:59Z": Met,
	} {
		st := Replay([]*Version{v}, opened("2026-11-23T10:00Z", "high", closed(stop, "resolved")), at("2026-11-23T14:00:05Z"))
		if c := clockNamed(st, MetricResolve); c.State != want {
			t.Errorf("ended %s: %s, want %s", stop, c.State, want)
		}
		if got := len(passed(st, Breach)); got != 0 != (want == Breached) {
			t.Errorf("ended %s: %d breaches to write", stop, got)
		}
	}
}

func TestCase45SharpWhenDueItIsBreached(t *testing.T) {
	t.Parallel()
	v := asks(t, each("4h"), nil)
	story := opened("2026-11-23T10:00Z", "high")
	if got := passed(Replay([]*Version{v}, story, at("2026-11-23T14:00Z")-1), Breach); len(got) != 0 {
		t.Errorf("a microsecond early: %+v", got)
	}
	got := passed(Replay([]*Version{v}, story, at("2026-11-23T14:00Z")), Breach)
	if len(got) != 1 || got[0].At != at("2026-11-23T14:00Z") {
		t.Errorf("%+v", got)
	}
}

func passed(st State, kind string) []Happening {
	return slices.DeleteFunc(st.Passed(st.At), func(h Happening) bool { return h.Kind != kind })
}

// entryOf is the entry that the scheduler writes of a happening.
func entryOf(h Happening, when string) Event {
	kind := journal.SLABreached
	if h.Kind == Warn {
		kind = journal.SLAWarned
	}
	return Event{At: at(when), Kind: kind, Metric: h.Metric, Phase: h.Phase, Cycle: h.Cycle, Percent: h.Percent, DueAt: h.At, Actor: "system:sla"}
}
