package sla

import (
	"fmt"
	"time"
)

// Sentence is one thing that happened to the clocks, in words.
type Sentence struct {
	At     int64
	Kind   string
	Metric string // "" for none
	Text   string
}

func (m *machine) step(at int64, kind, metric, format string, args ...any) {
	if m.say != nil {
		m.say(Sentence{at, kind, metric, fmt.Sprintf(format, args...)})
	}
}

// stepDue says what a clock is about to do.
func (m *machine) stepDue(at int64, tr *track, what string) {
	if m.say == nil || tr.limit == 0 {
		return
	}
	due := "paused"
	if d := tr.due(); d > 0 {
		due = "due " + clockTime(d)
	}
	m.step(at, "clock", tr.Name(), "%s %s: %s of %s, %s, %s used so far.", tr.Name(), what, spell(tr.limit), calendarName(tr.goal.calendar), due, spell(tr.used))
}

func calendarName(id string) string {
	if id == RoundTheClock {
		return "round-the-clock time"
	}
	return "the calendar " + id
}

func clockTime(at int64) string { return time.UnixMicro(at).UTC().Format(time.RFC3339) }
