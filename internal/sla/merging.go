package sla

import (
	"slices"

	"tocsin/internal/journal"
	"tocsin/internal/ticket"
)

func (m *machine) merging(t int64, e *Event) {
	switch {
	case e.Kind == journal.TicketMerged && e.Here:
		m.join(t, e)
	case e.Kind == journal.TicketMerged && m.st.Open:
		m.step(t, e.Kind, "", "It is merged into another ticket.")
		m.end(t, string(ticket.Merged))
	case e.Kind == journal.TicketMerged: // it was closed before, and how that ended is kept
	case e.Here:
		m.part(t, e)
	case !m.st.Open && e.To != string(ticket.Closed):
		m.step(t, e.Kind, "", "It stands by itself again, in %s.", e.To)
		m.revive(t, e.To)
		if !m.st.Acknowledged || e.Automatic {
			m.mustBeSeen(t)
		}
		m.act(t)
	}
}

// join takes over the earliest start and the strictest target of a ticket that
// is merged into this one.
func (m *machine) join(t int64, e *Event) {
	if !m.st.Open {
		return
	}
	m.step(t, e.Kind, "", "Another ticket is merged into it, whose clocks began %s.", clockTime(e.OpenedAt))
	m.joined = append(m.joined, e)
	m.shift(t)
	m.actBy(t, e)
}

func (m *machine) part(t int64, e *Event) {
	n := len(m.joined)
	m.joined = slices.DeleteFunc(slices.Clone(m.joined), func(j *Event) bool { return j.Other == e.Other })
	if n == len(m.joined) || !m.st.Open {
		return
	}
	m.step(t, e.Kind, "", "A merged ticket stands by itself again.")
	m.shift(t)
	m.actBy(t, e)
}

// shift moves the start of the clocks that count from the opening to that of the
// earliest ticket.
func (m *machine) shift(t int64) {
	start := m.born
	for _, e := range m.joined {
		start = min(start, max(e.OpenedAt, m.docs[0].At))
	}
	was := m.st.OpenedAt
	m.st.OpenedAt = start
	for _, tr := range m.tracks {
		if tr.StoppedAt > 0 || tr.Cycle > 1 || tr.Metric == MetricPhase || tr.Metric == MetricHandover {
			continue
		}
		m.halt(tr, t)
		tr.used = max(tr.used+elapsed(tr.cal, start, was)-elapsed(tr.cal, was, start), 0)
		tr.StartedAt = start
		tr.goal.micros = -1 // whatever the target was: it is aimed anew
	}
	m.retargetAll(t)
}
