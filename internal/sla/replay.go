package sla

import (
	"slices"

	"tocsin/internal/db"
	"tocsin/internal/finding"
	"tocsin/internal/journal"
	"tocsin/internal/ticket"
)

// Replay says what a story means for the clocks at an instant. The versions are
// that in force when the ticket was opened and those that it was moved to
// later, in the order of their numbers. It is pure, and total: nothing in a
// story makes it fail.
func Replay(docs []*Version, story []Event, now int64) State {
	return replay(docs, story, now, nil)
}

// replay tells say, when there is one, every step that it takes.
func replay(docs []*Version, story []Event, now int64, say func(Sentence)) State {
	m := &machine{docs: docs, say: say, paged: map[int64]bool{}}
	if len(docs) == 0 {
		return State{At: now}
	}
	for i := range story {
		m.apply(&story[i])
	}
	return m.show(max(now, m.at))
}

// machine goes through a story. Its clocks never run backwards: an entry counts
// at its own time, or at that of the entry before when a clock stepped back.
type machine struct {
	docs   []*Version
	say    func(Sentence)
	v      *Version
	p      *policy
	facts  Facts
	joined []*Event // tickets merged into it
	born   int64    // when its own clocks began
	at     int64
	tracks []*track
	st     State
	acted  int64          // the last significant thing that was done
	paged  map[int64]bool // cycles of which the ladder has begun
	called int64          // since when its severity calls people
	again  bool           // it must be seen again, which calls people at any severity
}

// track is a clock while the story is told.
type track struct {
	Clock
	watch
	goal    goal
	carried int64 // open time of earlier cycles that counts here
	frozen  bool  // of an earlier life of the ticket
	told    bool  // the journal has the breach
	warned  []int // the journal has these
}

func (m *machine) apply(e *Event) {
	if m.v == nil && e.Kind != journal.TicketOpened {
		return
	}
	t := max(e.At, m.at, m.born)
	m.pauseEnds(t)
	m.at = t
	switch e.Kind {
	case journal.TicketOpened:
		m.opened(t, e)
	case journal.TicketAcknowledged:
		m.acknowledged(t, e)
	case journal.TicketUnacknowledged:
		m.unacknowledged(t)
	case journal.TicketChanged:
		m.changed(t, e)
	case journal.PhaseChanged:
		m.moved(t, e)
	case journal.TicketClosed:
		m.closed(t, e)
	case journal.TicketReopened:
		m.reopened(t, e)
	case journal.TicketMerged, journal.TicketUnmerged:
		m.merging(t, e)
	case journal.FindingTaken, journal.FindingRevised, journal.FindingReleased, journal.FindingPromoted:
		if e.Outcome == string(finding.Joined) {
			m.wake(t, "finding")
		}
	default:
		m.applyMore(t, e)
	}
}

func (m *machine) applyMore(t int64, e *Event) {
	switch e.Kind {
	case journal.HandoverOffered:
		m.offered(t, e)
	case journal.HandoverAccepted, journal.HandoverDeclined, journal.HandoverWithdrawn, journal.HandoverSuperseded, journal.HandoverExpired:
		m.decided(t, e)
	case journal.SLAPaused:
		m.pause(t, e)
	case journal.SLAResumed:
		m.resumed(t, e)
	case journal.SLARebased:
		m.rebased(t, e)
	case journal.SLAWarned, journal.SLABreached:
		m.noted(e)
	case journal.SLAAsked:
		m.st.AskedUntil = e.Until
		m.step(t, e.Kind, "", "The owner was asked whether they are still on it; an answer is due by %s.", clockTime(e.Until))
	case journal.EscalationStarted:
		if e.Trigger == TriggerOpen {
			m.paged[e.Cycle] = true
		}
	case journal.EscalationStopped, journal.EscalationPaged, journal.EscalationGap, journal.EscalationMissed, journal.SLAPauseAsked:
	default:
		m.actBy(t, e)
	}
}

// actBy is act when a person or a program with an account did it: what happens by
// itself shows nobody's attention.
func (m *machine) actBy(t int64, e *Event) {
	if db.Actor(e.Actor).Person() != "" {
		m.act(t)
	}
}

// act notes that somebody did something: the question whether anybody is still
// on it waits from here.
func (m *machine) act(t int64) { m.acted, m.st.AskedUntil = t, 0 }

// versionAt is the version in force at an instant, or the first.
func (m *machine) versionAt(at int64) *Version {
	v := m.docs[0]
	for _, d := range m.docs {
		if d.At <= at {
			v = d
		}
	}
	return v
}

func (m *machine) opened(t int64, e *Event) {
	if m.v != nil {
		return
	}
	m.v = m.versionAt(t)
	t = max(t, m.v.At) // a ticket of before there were targets: its clocks begin with them
	m.at, m.born, m.facts = t, t, e.Facts
	m.p = m.v.policyOf(&m.facts)
	m.st = State{Severity: e.Facts.Severity, Phase: string(ticket.Detect), OpenedAt: t, Open: true, AckCycle: 1}
	m.step(t, e.Kind, "", "Opened as %s; the policy is %q of version %d.", e.Facts.Severity, m.p.doc.Name, m.v.Number)
	for _, metric := range []string{MetricAck, MetricContain, MetricResolve, MetricAge} {
		m.begin(t, metric, "", 0)
	}
	m.begin(t, MetricPhase, m.st.Phase, 0)
	m.acted = t
	m.calls(t)
}

// calls keeps since when the severity calls people at once.
func (m *machine) calls(t int64) {
	if !m.again && !slices.Contains(m.p.doc.PageOnOpen, m.facts.Severity) {
		m.called = 0
	} else if m.called == 0 {
		m.called = t
	}
}

// latest is the newest clock of a metric; nil when there is none.
func (m *machine) latest(metric, phase string) *track {
	for i := len(m.tracks) - 1; i >= 0; i-- {
		if tr := m.tracks[i]; tr.Metric == metric && tr.Phase == phase {
			return tr
		}
	}
	return nil
}

// begin starts the next cycle of a clock, which brings along what was used of
// earlier ones.
func (m *machine) begin(t int64, metric, phase string, carried int64) *track {
	tr := &track{Clock: Clock{Metric: metric, Phase: phase, Cycle: 1, StartedAt: t}, carried: carried}
	if before := m.latest(metric, phase); before != nil {
		tr.Cycle = before.Cycle + 1
	}
	tr.goal = m.goalOf(tr, t)
	tr.watch = newWatch(tr.goal.cal, tr.limitOf(tr.goal), m.p.doc.WarnAt)
	tr.used = carried
	tr.Version = m.v.Number
	m.tracks = append(m.tracks, tr)
	m.settle(tr, t)
	m.stepDue(t, tr, "starts")
	return tr
}

// goalOf is the strictest of what the policies of the ticket and of those
// merged into it ask.
func (m *machine) goalOf(tr *track, t int64) goal {
	best := m.p.goal(tr.Metric, tr.Phase, m.facts.Severity)
	for _, e := range m.joined {
		f := e.Facts
		f.Severity = m.facts.Severity
		g := m.v.policyOf(&f).goal(tr.Metric, tr.Phase, f.Severity)
		if g.micros > 0 && (best.micros == 0 || after(g.cal, t, g.micros) < after(best.cal, t, best.micros)) {
			best = g
		}
	}
	if best.cal == nil {
		best.cal, best.calendar = m.v.calendars[RoundTheClock], RoundTheClock
	}
	return best
}

// limitOf leaves at least a quarter of the target to a ticket that comes back.
func (tr *track) limitOf(g goal) int64 {
	if g.micros == 0 || tr.carried == 0 {
		return g.micros
	}
	return max(g.micros, tr.carried+g.micros/4)
}

// minGrace is the least time that a target leaves which was used up when it
// came.
const minGrace = 15 * 60_000_000

// retarget lets a running clock follow another severity, version or merge. What
// was used stays; what was breached stays. A target that is used up already is
// breached at once, in a way that is told apart, and leaves some time.
func (m *machine) retarget(tr *track, t int64) {
	if tr.StoppedAt > 0 {
		return
	}
	g := m.goalOf(tr, t)
	tr.Version = m.v.Number
	if g.micros == tr.goal.micros && g.hours == tr.goal.hours && slices.Equal(tr.warn, m.p.doc.WarnAt) {
		tr.goal = g
		m.settle(tr, t)
		return
	}
	m.halt(tr, t)
	asleep := tr.asleep
	if asleep > 0 {
		tr.watch.wake(t)
	}
	if g.hours != tr.goal.hours || tr.limitOf(g) != tr.limit {
		tr.warned = nil // shares of another target are told anew
	}
	tr.goal = g
	tr.aim(g.cal, tr.limitOf(g), m.p.doc.WarnAt)
	if tr.limit > 0 && tr.used >= tr.limit && tr.fixed == 0 {
		tr.limit = tr.used + max(g.micros/4, minGrace)
		if tr.BreachedAt == 0 {
			tr.BreachedAt, tr.OnRetarget = t, true
		}
	}
	if asleep > 0 && g.pausable {
		tr.sleep(t)
	}
	m.settle(tr, t)
	m.stepDue(t, tr, "has another target")
}

func (m *machine) retargetAll(t int64) {
	for _, tr := range m.tracks {
		m.retarget(tr, t)
	}
}

// settle lets a clock run or sleep, as the pause asks.
func (m *machine) settle(tr *track, t int64) {
	if tr.StoppedAt > 0 {
		return
	}
	if m.paused() && tr.goal.pausable {
		if tr.asleep == 0 {
			m.halt(tr, t)
			tr.sleep(t)
		}
		return
	}
	if tr.asleep > 0 {
		tr.watch.wake(t)
	}
	if tr.since == 0 {
		tr.run(t)
	}
}

func (m *machine) settleAll(t int64) {
	for _, tr := range m.tracks {
		m.settle(tr, t)
	}
}

// halt stops a clock for a while. What fell due by then without having been
// done is breached.
func (m *machine) halt(tr *track, t int64) {
	if due := tr.watch.halt(t); due > 0 && tr.BreachedAt == 0 {
		m.breach(tr, due)
	}
}

func (m *machine) breach(tr *track, at int64) {
	tr.BreachedAt = at
	m.step(at, journal.SLABreached, tr.Name(), "%s: the time has passed.", tr.Name())
}

// stop ends a clock: what it waited for has happened. Exactly when due is in
// time.
func (m *machine) stop(tr *track, t int64) {
	if tr == nil || tr.StoppedAt > 0 {
		return
	}
	if due := tr.watch.halt(t); due > 0 && due < t && tr.BreachedAt == 0 {
		m.breach(tr, due)
	}
	if tr.asleep > 0 {
		tr.watch.wake(t)
	}
	tr.StoppedAt = t
	if tr.limit > 0 || tr.fixed > 0 {
		m.step(t, "stopped", tr.Name(), "%s: done after %s of %s.", tr.Name(), spell(tr.used), spell(tr.limit))
	}
}
