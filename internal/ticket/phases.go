package ticket

import (
	"slices"

	"tocsin/internal/fault"
)

// Phase is where the work on a ticket stands. The names are those of the
// incident handling life cycle (NIST SP 800-61r2 §3), one word for each step.
type Phase string

// The phases in their order.
const (
	Detect       Phase = "detect"
	Analysis     Phase = "analysis"
	Containment  Phase = "containment"
	Eradication  Phase = "eradication"
	Recovery     Phase = "recovery"
	PostIncident Phase = "post_incident"
	Closed       Phase = "closed"
)

// Phases lists the phases in their order.
func Phases() []Phase {
	return []Phase{Detect, Analysis, Containment, Eradication, Recovery, PostIncident, Closed}
}

func (p Phase) place() int { return slices.Index(Phases(), p) }

// Worker is who moves a ticket: a person, and whether the person leads.
type Worker struct {
	ID    string
	Leads bool // holds ticket.force: shift lead or manager
}

// Move asks to bring a ticket to another phase.
type Move struct {
	To     Phase
	Reason string
	Waive  bool // exit checks are skipped, with the reason
}

// minSkipReason is how long the reason for leaving phases out must be.
const minSkipReason = 20

// plan says which phases are left out on the way, or why the move is refused.
// It is pure: what it needs of the ticket is in t.
func (m Move) plan(t *Ticket, w Worker) (skipped []Phase, err error) {
	from, to := t.Phase.place(), m.To.place()
	switch {
	case to < 0:
		return nil, fault.Field("body.to", "must be one of %v", Phases()[:len(Phases())-1])
	case t.Phase == Closed:
		return nil, conflict(t, "closed-ticket", "is closed; reopen it first")
	case m.To == Closed:
		return nil, fault.Field("body.to", "a ticket is closed by the command close, with a resolution")
	case to == from:
		return nil, conflict(t, "same-phase", "is in phase %s already", t.Phase)
	}
	if err := mayWork(t, w); err != nil {
		return nil, err
	}
	if to < from && m.Reason == "" {
		return nil, fault.Field("body.reason", "going back from %s to %s needs a reason", t.Phase, m.To)
	}
	if to > from+1 {
		if err := m.maySkip(t, w); err != nil {
			return nil, err
		}
		skipped = Phases()[from+1 : to]
	}
	return skipped, nil
}

// mayWork holds that only the owner or a lead moves a ticket, and that nobody
// moves one that nobody has taken.
func mayWork(t *Ticket, w Worker) error {
	if t.Owner == "" {
		return conflict(t, "not-owned", "has no owner; take it first")
	}
	if t.Owner != w.ID && !w.Leads {
		return fault.New(fault.Denied, "%s belongs to another person; only the owner or a lead may do this.", Number(t.Number)).WithSlug("not-owner")
	}
	return nil
}

func (m Move) maySkip(t *Ticket, w Worker) error {
	if len([]rune(m.Reason)) < minSkipReason {
		return fault.Field("body.reason", "leaving out phases between %s and %s needs a reason of at least %d characters", t.Phase, m.To, minSkipReason)
	}
	if t.Severity.Rank() >= severityHigh && !w.Leads {
		return fault.New(fault.Denied, "Leaving out phases of a %s ticket needs a lead.", t.Severity).WithSlug("needs-lead")
	}
	return nil
}

// severityHigh is the rank from which a lead must agree to leave out phases.
const severityHigh = 3

// Close asks to end a ticket.
type Close struct {
	Resolution Resolution
	Reason     string
}

// check says why a close is refused. "resolved" claims that the incident was
// worked through, so it is open only from recovery on; every other resolution
// says that there was nothing to recover from.
func (c Close) check(t *Ticket, w Worker) error {
	switch {
	case c.Resolution == Merged:
		return fault.Field("body.resolution", "merged is given by the command merge, not by hand")
	case !slices.Contains(Resolutions(), c.Resolution):
		return fault.Field("body.resolution", "must be one of %v", Resolutions())
	case t.Phase == Closed:
		return conflict(t, "closed-ticket", "is closed already")
	}
	if err := mayWork(t, w); err != nil {
		return err
	}
	if c.Resolution == Resolved && t.Phase.place() < Recovery.place() {
		return conflict(t, "not-recovered", "is in phase %s; it can be closed as resolved from recovery on", t.Phase)
	}
	return nil
}

// allowed lists the phases that a worker may move the ticket to now, given a
// reason that is long enough.
func allowed(t *Ticket, w Worker) []Phase {
	out := []Phase{}
	for _, to := range Phases() {
		m := Move{To: to, Reason: "a reason that is long enough to skip"}
		if _, err := m.plan(t, w); err == nil {
			out = append(out, to)
		}
	}
	return out
}

func conflict(t *Ticket, slug, format string, args ...any) *fault.Error {
	return fault.New(fault.Conflict, Number(t.Number)+" "+format+".", args...).WithSlug(slug)
}
