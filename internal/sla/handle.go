package sla

import (
	"slices"

	"tocsin/internal/finding"
	"tocsin/internal/journal"
	"tocsin/internal/ticket"
)

func (m *machine) acknowledged(t int64, e *Event) {
	m.st.Acknowledged, m.again, m.called = true, false, 0
	m.act(t)
	tr := m.latest(MetricAck, "")
	if tr == nil || tr.StoppedAt > 0 {
		return
	}
	// Who signs when a person answered is believed: the way here is not theirs.
	if e.OccurredAt > 0 && e.OccurredAt < t {
		t = max(e.OccurredAt, tr.since)
		if tr.BreachedAt >= t {
			tr.BreachedAt, tr.OnRetarget = 0, false
		}
	}
	m.stop(tr, t)
}

// mustBeSeen starts the clock to acknowledge once more.
func (m *machine) mustBeSeen(t int64) {
	m.stop(m.latest(MetricAck, ""), t)
	m.st.Acknowledged = false
	m.st.AckCycle++
	m.called = 0
	m.begin(t, MetricAck, "", 0)
	m.calls(t)
}

func (m *machine) unacknowledged(t int64) {
	if !m.st.Open || !m.st.Acknowledged {
		return
	}
	m.again = true
	m.step(t, journal.TicketUnacknowledged, MetricAck, "Nobody answered: it must be acknowledged again.")
	m.mustBeSeen(t)
	m.act(t)
}

func (m *machine) changed(t int64, e *Event) {
	m.actBy(t, e)
	if e.Severity == "" || e.Severity == m.facts.Severity {
		return
	}
	raised := finding.Severity(e.Severity).Rank() > finding.Severity(m.facts.Severity).Rank()
	m.step(t, e.Kind, "", "The severity changes from %s to %s.", m.facts.Severity, e.Severity)
	m.facts.Severity, m.st.Severity = e.Severity, e.Severity
	m.p = m.v.policyOf(&m.facts)
	if raised {
		m.wake(t, "severity")
	}
	m.retargetAll(t)
	m.calls(t)
}

func place(phase string) int { return slices.Index(ticket.Phases(), ticket.Phase(phase)) }

func (m *machine) moved(t int64, e *Event) {
	if !m.st.Open || place(e.To) < 0 || e.To == m.st.Phase {
		return
	}
	m.step(t, e.Kind, "", "It moves from %s to %s.", m.st.Phase, e.To)
	m.wake(t, "phase")
	m.enter(t, e.To)
	m.act(t)
}

// enter brings it to a phase. Containing ends when containment lies behind; who
// goes back has to contain again.
func (m *machine) enter(t int64, to string) {
	contained := place(string(ticket.Containment))
	m.stop(m.latest(MetricPhase, m.st.Phase), t)
	contain := m.latest(MetricContain, "")
	switch {
	case contain == nil:
	case place(to) > contained:
		m.stop(contain, t)
	case contain.StoppedAt > 0:
		m.begin(t, MetricContain, "", 0)
	}
	m.st.Phase = to
	m.enterPhase(t, to)
}

// enterPhase runs the clock of a phase on, or begins it. That of an earlier life
// is topped up.
func (m *machine) enterPhase(t int64, phase string) {
	tr := m.latest(MetricPhase, phase)
	switch {
	case tr == nil:
		m.begin(t, MetricPhase, phase, 0)
	case tr.frozen:
		m.begin(t, MetricPhase, phase, tr.used)
	default:
		tr.StoppedAt = 0
		m.retarget(tr, t)
		m.settle(tr, t)
		m.stepDue(t, tr, "runs on")
	}
}

// excluded says which clocks do not count in what was attained when a ticket
// ends in some way; all of the last life, or all but that to acknowledge.
func excluded(resolution string) (why string, all bool) {
	switch ticket.Resolution(resolution) {
	case ticket.Merged, ticket.DuplicateOf:
		return resolution, true
	case ticket.FalsePositive:
		return resolution, false
	}
	return "", false
}

func (m *machine) closed(t int64, e *Event) {
	if !m.st.Open {
		return
	}
	m.step(t, e.Kind, "", "It is closed as %s.", e.Resolution)
	m.end(t, e.Resolution)
}

// end stops every clock.
func (m *machine) end(t int64, resolution string) {
	m.wake(t, "closed")
	why, all := excluded(resolution)
	for _, tr := range m.tracks {
		m.stop(tr, t)
		if !tr.frozen && (all || tr.Metric != MetricAck && tr.Metric != MetricHandover) {
			tr.Excluded = why
		}
	}
	m.st.Open, m.st.AskedUntil = false, 0
	m.st.Phase = string(ticket.Closed)
	m.again, m.called = false, 0
}

func (m *machine) reopened(t int64, e *Event) {
	if m.st.Open {
		return
	}
	m.step(t, e.Kind, "", "It is opened again in %s.", e.To)
	seen := m.st.Acknowledged
	m.revive(t, e.To)
	m.mustBeSeen(t)
	if seen && !e.Automatic { // the person who opens it again has seen it
		m.stop(m.latest(MetricAck, ""), t)
		m.st.Acknowledged, m.called = true, 0
	}
	m.act(t)
}

// revive freezes what was measured and begins another life, which keeps what was
// used and has at least a quarter of each target left.
func (m *machine) revive(t int64, phase string) {
	for _, tr := range m.tracks {
		tr.frozen = true
	}
	m.st.Open, m.st.Phase = true, phase
	for _, metric := range []string{MetricContain, MetricResolve, MetricAge} {
		if tr := m.latest(metric, ""); tr != nil && (metric != MetricContain || place(phase) <= place(string(ticket.Containment))) {
			m.begin(t, metric, "", tr.used)
		}
	}
	m.enterPhase(t, phase)
}

func (m *machine) offered(t int64, e *Event) {
	if !m.st.Open {
		return
	}
	m.stop(m.latest(MetricHandover, ""), t)
	tr := m.begin(t, MetricHandover, "", 0)
	tr.fixed = max(e.Until, t)
	m.act(t)
}

func (m *machine) decided(t int64, e *Event) {
	tr := m.latest(MetricHandover, "")
	if tr == nil || tr.StoppedAt > 0 {
		return
	}
	m.step(t, e.Kind, MetricHandover, "The offer is decided.")
	m.stop(tr, t)
	if e.Kind == journal.HandoverExpired && tr.BreachedAt == 0 {
		tr.BreachedAt = min(tr.fixed, t)
	}
	if e.Kind != journal.HandoverExpired && e.Kind != journal.HandoverSuperseded {
		m.act(t)
	}
}

func (m *machine) rebased(t int64, e *Event) {
	for _, v := range m.docs {
		if v.Number == e.Version {
			m.v, m.p = v, v.policyOf(&m.facts)
			m.step(t, e.Kind, "", "Its clocks follow version %d from here on; the policy is %q.", v.Number, m.p.doc.Name)
			m.retargetAll(t)
			m.calls(t)
			return
		}
	}
}

// noted takes over what the journal says of a clock. A breach that somebody was
// told of stays, whatever else is found later.
func (m *machine) noted(e *Event) {
	for _, tr := range m.tracks {
		if tr.Metric != e.Metric || tr.Phase != e.Phase || tr.Cycle != e.Cycle {
			continue
		}
		if e.Kind == journal.SLAWarned {
			tr.warned = append(tr.warned, e.Percent)
			continue
		}
		tr.told = true
		if tr.BreachedAt == 0 {
			tr.BreachedAt = e.DueAt
		}
	}
}
