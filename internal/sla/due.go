package sla

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"tocsin/internal/duty"
	"tocsin/internal/fault"
)

// DueEvent is something that happens to one clock.
type DueEvent struct {
	At     Moment `json:"at"`
	Do     string `json:"do"` // pause, resume, retarget
	Target string `json:"target,omitempty"`
}

// Moment is a time as people write it: RFC 3339, of which seconds may be left
// out.
type Moment struct{ time.Time }

// ParseMoment reads a time.
func ParseMoment(text string) (Moment, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, text); err == nil && t.Year() >= 1970 && t.Year() <= 2200 {
			return Moment{t}, nil
		}
	}
	return Moment{}, fault.New(fault.Invalid, "%q is not a time such as 2026-11-23T10:00:00Z, from 1970 to 2200", clip(text))
}

// UnmarshalJSON reads a time.
func (m *Moment) UnmarshalJSON(raw []byte) error {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return err
	}
	var err error
	*m, err = ParseMoment(text)
	return err
}

// maxDueEvents bounds what one clock may go through.
const maxDueEvents = 1_000

// ParseDueEvents reads a list of events. What it does not know is refused.
func ParseDueEvents(data []byte) ([]DueEvent, error) {
	events := []DueEvent{}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&events); err != nil {
		return nil, fault.New(fault.Invalid, "The events are not a list of {at, do, target}: %s.", strings.TrimPrefix(message(err), "json: "))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fault.New(fault.Invalid, "The events have something after their end.")
	}
	if len(events) > maxDueEvents {
		return nil, fault.New(fault.Invalid, "There are more than %d events.", maxDueEvents)
	}
	for i, e := range events {
		if !slices.Contains([]string{"pause", "resume", "retarget"}, e.Do) {
			return nil, fault.Field(fmt.Sprintf("events[%d].do", i), "must be pause, resume or retarget")
		}
		if e.At.IsZero() {
			return nil, fault.Field(fmt.Sprintf("events[%d].at", i), "must say when")
		}
		if _, err := ParseLength(e.Target); e.Do == "retarget" && err != nil {
			return nil, fault.Field(fmt.Sprintf("events[%d].target", i), "%s", message(err))
		}
	}
	return events, nil
}

// Due is when a clock is due that began at a time; nil when it stands still at
// the end. It is what a ticket's clocks do, without a ticket.
func Due(cal *duty.Calendar, start time.Time, target Length, events []DueEvent) (*time.Time, error) {
	w := newWatch(cal, target.Micros(cal), nil)
	at := start.UnixMicro()
	w.run(at)
	events = slices.Clone(events)
	slices.SortStableFunc(events, func(a, b DueEvent) int { return a.At.Compare(b.At.Time) })
	for _, e := range events {
		t := e.At.UnixMicro()
		if t < at {
			return nil, fault.Field("events", "%s lies before the start", e.At.UTC().Format(time.RFC3339))
		}
		if err := w.within(); err != nil {
			return nil, err
		}
		runs := w.since > 0
		w.halt(t)
		switch e.Do {
		case "pause":
			runs = false
		case "resume":
			runs = true
		case "retarget":
			w.another(e.Target)
		}
		if runs {
			w.run(t)
		}
	}
	if err := w.within(); err != nil || w.since == 0 {
		return nil, err
	}
	due := time.UnixMicro(w.due()).UTC()
	return &due, nil
}

// another gives a clock that stands still another target. One that is used up
// already leaves some time.
func (w *watch) another(text string) {
	l, err := ParseLength(text)
	if err != nil { // ParseDueEvents has read it
		return
	}
	w.aim(w.cal, l.Micros(w.cal), nil)
	if w.used >= w.limit {
		w.limit = w.used + max(w.limit/4, minGrace)
	}
}

// within says that the calendar is open long enough.
func (w *watch) within() error {
	if w.since == 0 {
		return nil
	}
	_, err := w.cal.Add(time.UnixMicro(w.since), micros(w.limit-w.used))
	return err
}
