package sla

import (
	"cmp"
	"slices"

	"tocsin/internal/journal"
	"tocsin/internal/ticket"
)

// show ends the story at an instant: what has passed by then has passed.
func (m *machine) show(now int64) State {
	m.st.At = now
	if m.v == nil {
		return m.st
	}
	m.pauseEnds(now)
	st := m.st
	st.Version, st.Policy, st.PolicyName, st.Ladder = m.v.Number, m.p.doc.ID, m.p.doc.Name, m.p.doc.Ladder
	for _, tr := range m.tracks {
		if tr.StoppedAt == 0 {
			if due := tr.due(); due > 0 && due <= now && tr.BreachedAt == 0 {
				m.breach(tr, due)
			}
		}
		st.pending = append(st.pending, tr.happenings(now)...)
		if tr.limit > 0 || tr.fixed > 0 || tr.BreachedAt > 0 {
			st.Clocks = append(st.Clocks, tr.shown(now, m.paused()))
		}
	}
	st.offer = m.goalOf(&track{Clock: Clock{Metric: MetricHandover}}, now)
	if left, bounded := m.pauseLeft(); bounded && left == 0 {
		st.pauseSpent = true
	}
	m.reack(&st)
	st.pending = append(st.pending, m.others(&st)...)
	slices.SortStableFunc(st.pending, func(a, b Happening) int { return cmp.Compare(a.At, b.At) })
	if len(st.pending) > 0 {
		st.NextAt = st.pending[0].At
	}
	return st
}

// shown is the clock as it stands.
func (tr *track) shown(now int64, paused bool) Clock {
	c := tr.Clock
	c.Target, c.Text, c.Calendar, c.Ladder, c.Pausable = tr.goal.micros, tr.goal.text, tr.goal.calendar, tr.goal.ladder, tr.goal.pausable
	if tr.carried > 0 && tr.limitOf(tr.goal) > tr.goal.micros {
		c.Target = tr.limitOf(tr.goal)
		c.Text = spell(c.Target)
	}
	c.Used, c.PausedMicros = tr.usedAt(now), tr.sleptAt(now)
	switch {
	case c.BreachedAt > 0:
		c.State = Breached
	case c.StoppedAt > 0:
		c.State = Met
	case paused && tr.asleep > 0:
		c.State = Paused
	default:
		c.State = Running
	}
	if c.StoppedAt == 0 {
		c.DueAt = tr.due()
	}
	for i, percent := range tr.warn {
		c.Warnings = append(c.Warnings, Warning{percent, tr.passes(i), slices.Contains(tr.warned, percent)})
	}
	return c
}

// happenings are the warnings and the breach of a clock that the journal does
// not have.
func (tr *track) happenings(now int64) []Happening {
	var out []Happening
	base := Happening{Metric: tr.Metric, Phase: tr.Phase, Cycle: tr.Cycle}
	if tr.StoppedAt == 0 || tr.BreachedAt > 0 {
		out = tr.warnings(base, now)
	}
	h := base
	h.Kind, h.OnRetarget, h.Trigger, h.Ladder = Breach, tr.OnRetarget, tr.Name(), tr.goal.ladder
	switch {
	case tr.told:
		return out
	case tr.BreachedAt > 0:
		h.At = tr.BreachedAt
	case tr.StoppedAt == 0:
		h.At = tr.due()
	}
	if h.At == 0 {
		return out
	}
	return append(out, h)
}

// warnings are those that are to come, and of those that have passed untold the
// highest, when nothing higher is told and the time itself has not passed.
func (tr *track) warnings(base Happening, now int64) []Happening {
	var out []Happening
	over := tr.BreachedAt > 0
	for i := len(tr.warn) - 1; i >= 0; i-- {
		at := tr.passes(i)
		if slices.Contains(tr.warned, tr.warn[i]) {
			over = true
			continue
		}
		if at == 0 || tr.BreachedAt > 0 && at > tr.BreachedAt {
			continue
		}
		h := base
		h.Kind, h.Percent, h.At, h.Coalesced = Warn, tr.warn[i], at, over
		over = over || at <= now
		out = append(out, h)
	}
	return out
}

// reack says when the owner of an acknowledged ticket is asked whether they are
// still on it. Nobody is asked while it may wait, or about lessons to be learnt.
func (m *machine) reack(st *State) {
	every := m.p.reack[m.facts.Severity]
	if every == 0 || !st.Open || !st.Acknowledged || m.paused() || st.Phase == string(ticket.PostIncident) {
		st.AskedUntil = 0
		return
	}
	if st.AskedUntil == 0 {
		st.ReackAt = m.acted + every
	}
}

// others are what passes beside the clocks.
func (m *machine) others(st *State) []Happening {
	var out []Happening
	if p := st.Pause; p != nil {
		h := Happening{Kind: Resume, At: p.EndedAt, Pause: p.ID, Cause: p.Cause}
		if p.EndedAt == 0 {
			h.At, h.Cause = m.pauseEnd()
		}
		out = append(out, h)
	}
	if st.Open && !st.Acknowledged && m.called > 0 && !m.paged[st.AckCycle] {
		out = append(out, Happening{Kind: Page, At: m.called, Metric: MetricAck, Cycle: st.AckCycle, Trigger: TriggerOpen, Ladder: m.p.ladder(m.facts.Severity)})
	}
	switch {
	case st.AskedUntil > 0:
		out = append(out, Happening{Kind: Unanswered, At: st.AskedUntil, Cycle: st.AckCycle})
	case st.ReackAt > 0:
		out = append(out, Happening{Kind: Ask, At: st.ReackAt, Cycle: st.AckCycle})
	}
	return out
}

// storyKinds lists the kinds of entries that replaying needs. Whatever of them
// is no matter of clocks says that somebody does something.
func storyKinds() []string {
	return []string{
		journal.TicketOpened, journal.TicketAcknowledged, journal.TicketUnacknowledged, journal.TicketReconfirmed, journal.TicketChanged,
		journal.PhaseChanged, journal.TicketClosed, journal.TicketReopened, journal.TicketMerged, journal.TicketUnmerged, journal.TicketSplit,
		journal.NoteAdded, journal.TaskAdded, journal.TaskChanged, journal.TicketLinked,
		journal.OwnerTaken, journal.OwnerBreakGlass, journal.OwnerReturned,
		journal.HandoverOffered, journal.HandoverAccepted, journal.HandoverDeclined, journal.HandoverWithdrawn, journal.HandoverExpired, journal.HandoverSuperseded,
		journal.SLAPaused, journal.SLAResumed, journal.SLARebased, journal.SLAWarned, journal.SLABreached, journal.SLAAsked,
		journal.EscalationStarted,
	}
}

// findingKinds are read only while a pause is in force, which a new finding
// ends: a ticket may have thousands.
func findingKinds() []string {
	return []string{journal.FindingTaken, journal.FindingRevised, journal.FindingReleased, journal.FindingPromoted}
}
