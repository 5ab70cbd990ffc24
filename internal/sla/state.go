package sla

import (
	"slices"

	"tocsin/internal/ticket"
)

// The states of a clock (contract.md).
const (
	Running  = "running"
	Paused   = "paused"
	Met      = "met"
	Breached = "breached"
)

// State is what the journal of a ticket says about its clocks at one instant.
type State struct {
	At         int64 // the instant
	Version    int64 // of the document that it follows
	Policy     string
	PolicyName string
	Ladder     string // of the policy
	Severity   string
	Phase      string
	OpenedAt   int64 // when its clocks began
	Open       bool  // neither closed nor merged
	// Acknowledged says that a person has seen it since it last had to be seen.
	// AckCycle counts how often it had to be, from 1: what calls people because
	// nobody has seen it counts by the same number.
	Acknowledged bool
	AckCycle     int64
	Clocks       []Clock
	Pause        *Pause // in force; nil for none
	// ReackAt is when the owner is asked whether they are still on it, and
	// AskedUntil until when a question must be answered; 0 for never and none.
	ReackAt    int64
	AskedUntil int64
	// NextAt is when something passes that the journal does not have yet: now or
	// before for what has passed; 0 for never.
	NextAt  int64
	pending []Happening // in the order of their times
	offer   goal        // what an offer that is made now may take
	// pauseSpent: as much of the target to resolve was spent paused as may be.
	pauseSpent bool
}

// Clock is one target of a ticket with the time that it has used.
type Clock struct {
	Metric string
	Phase  string // for the metric phase
	Cycle  int64  // from 1; grows when the same thing has to be done again
	// Target is in microseconds of open time, as the policy asks; Text is how the
	// policy writes it.
	Target     int64
	Text       string
	Calendar   string // id
	Ladder     string // id; "" for none
	Pausable   bool
	Version    int64
	StartedAt  int64
	StoppedAt  int64 // 0 while it runs
	DueAt      int64 // 0 while paused; of one that has passed it stays for guidance
	State      string
	BreachedAt int64 // 0 for never; a breach stays
	OnRetarget bool  // breached because the target became shorter, not by waiting
	// Excluded says why it does not count in what was attained: merged,
	// duplicate, false_positive; "" when it counts.
	Excluded     string
	Used         int64 // open time until State.At
	PausedMicros int64 // open time spent paused
	Warnings     []Warning
}

// Warning is a share of a target.
type Warning struct {
	Percent int
	At      int64 // when it passes or has passed; 0 while paused
	Told    bool  // the journal has it
}

// Name tells clocks of a ticket apart, whatever their cycle: ack, phase:analysis.
// It is the trigger of the ladder that its breach starts.
func (c *Clock) Name() string {
	if c.Phase != "" {
		return c.Metric + ":" + c.Phase
	}
	return c.Metric
}

// Ticks reports whether the clock is neither stopped nor paused.
func (c *Clock) Ticks() bool { return c.StoppedAt == 0 && c.State != Paused }

// Pause is a time in which the clocks that may wait stand still.
type Pause struct {
	ID     string
	Reason string
	From   int64
	Until  int64 // when it ends by itself, at the latest
	// EndedAt and Cause say that it has ended by itself although the journal
	// does not have it yet: until, limit, severity, finding, phase, closed.
	EndedAt int64
	Cause   string
}

// What can happen to a ticket because time passes.
const (
	Page       = "page"       // its severity calls people at once, and nobody has seen it
	Warn       = "warn"       // a share of a target
	Breach     = "breach"     // a target
	Resume     = "resume"     // a pause has ended by itself
	Ask        = "ask"        // nothing has happened for too long
	Unanswered = "unanswered" // nobody has answered in time
)

// TriggerOpen is the trigger of a ladder that calls people because nobody has
// seen a ticket. Its cycle is State.AckCycle. Other triggers are names of
// clocks, with the cycle of the clock.
const TriggerOpen = "open"

// Happening is something that has passed and that the journal does not have yet.
type Happening struct {
	Kind    string
	At      int64 // when it passed, whenever somebody looks
	Metric  string
	Phase   string
	Cycle   int64
	Percent int
	// Coalesced: a higher share or the breach has passed too, so that nobody need
	// be told of this one.
	Coalesced  bool
	OnRetarget bool
	// Trigger and Ladder are for Page and Breach. A ladder that is "" calls nobody.
	Trigger string
	Ladder  string
	Pause   string // id, for Resume
	Cause   string // of Resume
}

// Passed lists what has passed by an instant and is not in the journal, the
// earliest first. The state must be of that instant: later it may be another.
func (st State) Passed(now int64) []Happening {
	n := 0
	for n < len(st.pending) && st.pending[n].At <= now {
		n++
	}
	return slices.Clone(st.pending[:n])
}

// Face is what the ticket's row shows.
func (st State) Face() ticket.Face {
	f := ticket.Face{Breached: []string{}, NextAt: orNil(st.NextAt)}
	var due int64
	for i := range st.Clocks {
		c := &st.Clocks[i]
		if c.BreachedAt > 0 && !slices.Contains(f.Breached, c.Metric) {
			f.Breached = append(f.Breached, c.Metric)
		}
		if c.StoppedAt == 0 && c.DueAt > 0 && (due == 0 || c.DueAt < due) {
			due, f.Metric = c.DueAt, c.Metric
		}
	}
	f.DueAt = orNil(due)
	if st.Pause != nil && st.Pause.EndedAt == 0 {
		f.PausedUntil = orNil(st.Pause.Until)
	}
	return f
}

func orNil(v int64) *int64 {
	if v == 0 {
		return nil
	}
	return &v
}
