package sla

import "tocsin/internal/journal"

func (m *machine) paused() bool { return m.st.Pause != nil && m.st.Pause.EndedAt == 0 }

func (m *machine) pause(t int64, e *Event) {
	if !m.st.Open {
		return
	}
	m.wake(t, "again")
	m.act(t)
	m.st.Pause = &Pause{ID: e.ID, Reason: e.Reason, From: t, Until: max(e.Until, t)}
	m.step(t, e.Kind, "", "What may wait is paused until %s: %s.", clockTime(e.Until), e.Reason)
	m.settleAll(t)
}

// pauseEnds ends a pause whose time has come by an instant.
func (m *machine) pauseEnds(t int64) {
	if !m.paused() {
		return
	}
	if at, cause := m.pauseEnd(); at <= t {
		m.wake(at, cause)
	}
}

// pauseEnd is when the pause in force ends by itself, and why: its time is over,
// or more of the target to resolve was spent paused than the policy allows.
func (m *machine) pauseEnd() (at int64, cause string) {
	at, cause = m.st.Pause.Until, "until"
	left, bounded := m.pauseLeft()
	if !bounded {
		return at, cause
	}
	tr := m.latest(MetricResolve, "")
	if limit := after(tr.cal, tr.asleep, left); limit < at {
		return limit, "limit"
	}
	return at, cause
}

// pauseLeft is how much more open time the ticket may be paused since the pause
// in force began, or from now on.
func (m *machine) pauseLeft() (left int64, bounded bool) {
	tr := m.latest(MetricResolve, "")
	percent := m.p.paused[m.facts.Severity]
	if percent == 0 || tr == nil || tr.goal.micros == 0 || !tr.goal.pausable || m.paused() && tr.asleep == 0 {
		return 0, false
	}
	return max(tr.goal.micros*int64(percent)/100-tr.slept, 0), true
}

// wake ends the pause in force by itself at an instant. It stays in the state
// until the journal says so.
func (m *machine) wake(t int64, cause string) {
	if !m.paused() {
		return
	}
	m.st.Pause.EndedAt, m.st.Pause.Cause = t, cause
	m.step(t, journal.SLAResumed, "", "The pause ends: %s.", causeText(cause))
	m.settleAll(t)
	m.acted = max(m.acted, t)
}

func causeText(cause string) string {
	switch cause {
	case "until":
		return "its time is over"
	case "limit":
		return "no more time may be spent paused"
	case "severity":
		return "the severity was raised"
	case "finding":
		return "another finding belongs to it"
	case "phase":
		return "it moves on"
	case "closed":
		return "it is closed"
	case "again":
		return "another begins"
	}
	return "somebody says so"
}

func (m *machine) resumed(t int64, e *Event) {
	if m.st.Pause == nil || e.ID != "" && e.ID != m.st.Pause.ID {
		return
	}
	if m.paused() {
		m.wake(t, "person")
		m.act(t)
	}
	m.st.Pause = nil
}
