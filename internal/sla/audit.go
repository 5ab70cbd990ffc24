package sla

import (
	"context"
	"sync"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/identity"
	"tocsin/internal/journal"
	"tocsin/internal/ticket"
)

const (
	// auditGrace is how long a call may take before it counts as missed.
	auditGrace = 2 * minute
	// auditPage is how many tickets one read looks at, and auditPages how many
	// such reads of each severity one audit makes at most.
	auditPage  = 1000
	auditPages = 20
	// auditClocks is how many tickets of each severity one audit replays.
	auditClocks = 100
	// auditCall bounds how many missed calls are made good in one transaction.
	auditCall = 50
	// auditJournal is how old a ticket may be for a call to be missed that the
	// journal has: later its notice may have been cleared away.
	auditJournal = 24 * 60 * minute
)

// auditor remembers how far it has come, by tenant and severity. A process that
// begins anew begins at the oldest ticket.
type auditor struct {
	mu    sync.Mutex
	marks map[string]*mark
}

// mark is how far the audit has come among the open tickets of a severity: every
// ticket is looked at once soon after it is opened, and all of them again, round
// by round.
type mark struct {
	head, round, clocks ticket.Glance
}

func (a *auditor) mark(tenant string, severity finding.Severity) *mark {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.marks == nil {
		a.marks = map[string]*mark{}
	}
	key := tenant + "|" + string(severity)
	if a.marks[key] == nil {
		a.marks[key] = &mark{}
	}
	return a.marks[key]
}

// Audit proves that whoever should have been called was, from what stands in the
// tickets and among the notices, not from the tables of the scheduler. What is
// missing is journaled and made good by calling the last resort. It runs every
// minute and does a bounded piece of work.
func (s *SLA) Audit(ctx context.Context) error {
	var tenants []string
	err := s.db.Read(db.As(ctx, db.Everyone, actor), func(tx *db.Tx) (err error) {
		tenants, err = identity.Tenants(tx)
		return err
	})
	unreachable := int64(0)
	for _, tenant := range tenants {
		if err != nil {
			return err
		}
		var none bool
		if none, err = s.audit(db.As(ctx, tenant, "system:audit"), tenant); none {
			unreachable = 1
		}
	}
	s.gauges.unreachable.Store(unreachable)
	return err
}

func (s *SLA) audit(ctx context.Context, tenant string) (unreachable bool, err error) {
	var v *Version
	busy := false
	err = s.db.Read(ctx, func(tx *db.Tx) (err error) {
		if v, err = s.current(tx); err != nil {
			return err
		}
		names, err := s.Unreachable(tx)
		if err != nil {
			return err
		}
		unreachable = len(names) > 0
		c, err := s.catchingUp(tx)
		busy = c != nil && tx.Now()-c.until < auditGrace
		return err
	})
	if err != nil || busy { // what passed while the system was down is being made good
		return unreachable, err
	}
	for _, severity := range finding.Severities() {
		m := s.auditor.mark(tenant, finding.Severity(severity))
		if err := s.auditSeverity(ctx, v, finding.Severity(severity), m); err != nil {
			return unreachable, fault.Wrap(err, "auditing the calls of %s tickets", severity)
		}
	}
	return unreachable, nil
}

func (s *SLA) auditSeverity(ctx context.Context, v *Version, severity finding.Severity, m *mark) error {
	if wait, ok := v.soonest(string(severity)); ok {
		before := s.db.Now() - wait - auditGrace
		for _, at := range []*ticket.Glance{&m.head, &m.round} {
			if err := s.auditCalls(ctx, severity, at, before); err != nil {
				return err
			}
		}
		if m.round.OpenedAt >= m.head.OpenedAt {
			m.round = ticket.Glance{} // another round
		}
	}
	return s.auditTimers(ctx, severity, &m.clocks)
}

// soonest is after how long at the latest the first level of a ladder is called
// for a ticket of a severity that calls people as soon as it is opened.
func (v *Version) soonest(severity string) (wait int64, calls bool) {
	for _, p := range v.policies {
		pages := false
		for _, s := range p.doc.PageOnOpen {
			pages = pages || s == severity
		}
		l := v.Steps(p.ladder(severity))
		if pages && l != nil && len(l.Levels) > 0 {
			wait, calls = max(wait, l.Levels[0].After), true
		}
	}
	return wait, calls
}

// auditCalls goes through tickets from a place on, and makes good what it finds
// missing.
func (s *SLA) auditCalls(ctx context.Context, severity finding.Severity, at *ticket.Glance, before int64) error {
	for range auditPages {
		var page []ticket.Glance
		var silent []string
		err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
			if page, err = ticket.OpenOf(tx, severity, *at, auditPage); err != nil {
				return err
			}
			silent, err = s.silent(tx, page, before)
			return err
		})
		if err != nil {
			return err
		}
		for len(silent) > 0 {
			some := silent[:min(len(silent), auditCall)]
			silent = silent[len(some):]
			if err := s.makeGood(ctx, some); err != nil {
				return err
			}
		}
		for _, g := range page {
			if g.OpenedAt > before {
				return nil
			}
			*at = g
		}
		if len(page) < auditPage {
			return nil
		}
	}
	return nil
}

// silent are those of a page that nobody has seen and of which nobody was called.
func (s *SLA) silent(tx *db.Tx, page []ticket.Glance, before int64) ([]string, error) {
	ids := []string{}
	for _, g := range page {
		if !g.Acknowledged && g.OpenedAt <= before {
			ids = append(ids, g.ID)
		}
	}
	if len(ids) == 0 || s.called == nil {
		return nil, nil
	}
	called, err := s.called(tx, ids, tx.Now()-auditGrace)
	if err != nil {
		return nil, err
	}
	out := []string{}
	for _, id := range ids {
		if !called[id] {
			out = append(out, id)
		}
	}
	return out, nil
}

// makeGood looks at tickets again, now for certain, and calls the last resort
// for those of which nobody was called.
func (s *SLA) makeGood(ctx context.Context, ids []string) error {
	missed := int64(0)
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		missed = 0
		for _, id := range ids {
			free, err := ticket.Claim(tx, id)
			if err != nil {
				return err
			}
			if !free {
				continue // somebody is at it: the next round sees what they did
			}
			did, err := s.callMissed(tx, id)
			if err != nil {
				return err
			}
			if did {
				missed++
			}
		}
		return nil
	})
	if err == nil && missed > 0 {
		s.gauges.missed.Add(missed)
		s.log.ErrorContext(ctx, "people should have been called and were not; the last resort was", "tickets", missed)
	}
	return err
}

func (s *SLA) callMissed(tx *db.Tx, id string) (bool, error) {
	st, err := s.state(tx, id)
	if err != nil {
		return false, err
	}
	v, err := s.version(tx, st.Version)
	if err != nil {
		return false, err
	}
	since, should := v.shouldCall(st)
	if !should || tx.Now()-since < auditGrace {
		return false, nil
	}
	if was, err := s.wasCalled(tx, id, since); err != nil || was {
		return false, err
	}
	sc := s.scene(tx, id)
	return true, sc.missed(st, v, since)
}

// shouldCall is since when a ticket calls people: its severity does so and
// nobody has seen it. Of one that must be seen again the clock says since when.
func (v *Version) shouldCall(st State) (since int64, should bool) {
	if !st.Open || st.Acknowledged || st.Policy == "" || (st.AckCycle == 1 && !v.calls(st)) {
		return 0, false
	}
	since = st.OpenedAt
	for i := range st.Clocks {
		if c := &st.Clocks[i]; c.Metric == MetricAck && c.StoppedAt == 0 {
			since = c.StartedAt
		}
	}
	return since, true
}

// wasCalled asks the notices once more, in the transaction that would call, and
// the journal about those whose notices may have been cleared away.
func (s *SLA) wasCalled(tx *db.Tx, id string, since int64) (bool, error) {
	called, err := s.called(tx, []string{id}, tx.Now()-auditGrace)
	if err != nil || called[id] || tx.Now()-since < auditJournal {
		return called[id], err
	}
	story, err := journal.Story(tx, ticket.Stream(id), journal.EscalationPaged)
	return len(story) > 0 && story[len(story)-1].At >= since, err
}

// missed journals that nobody was called and calls the last resort.
func (sc *scene) missed(st State, v *Version, since int64) error {
	c := calling{run: run{trigger: TriggerOpen, level: 1}, steps: v.Steps(st.Ladder), dueAt: since, reason: "missed"}
	runs, err := runsOf(sc.tx, sc.id)
	if err != nil {
		return err
	}
	if len(runs) > 0 {
		c.run = runs[0]
	}
	if c.run.id == "" {
		c.run.id = sc.id
	}
	if c.steps == nil {
		c.steps = &Steps{Fallback: v.lastResort()}
	}
	sc.write(journal.EscalationMissed, map[string]any{
		"level": c.run.level, "opened_at": since, "run": c.run.id, "trigger": c.run.trigger,
	})
	if err := sc.fallBack(&c); err != nil {
		return err
	}
	if err := sc.page(&c); err != nil {
		return err
	}
	if err := sc.close(); err != nil {
		return err
	}
	return ticket.LookLater(sc.tx, sc.id, sc.tx.Now())
}

// auditTimers replays some tickets, round by round, and finds those whose row
// does not say that somebody has to look: their time would pass in silence.
func (s *SLA) auditTimers(ctx context.Context, severity finding.Severity, at *ticket.Glance) error {
	var page []ticket.Glance
	var lost []string
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		lost = nil
		if page, err = ticket.OpenOf(tx, severity, *at, auditClocks); err != nil {
			return err
		}
		for _, g := range page {
			gone, err := s.lost(tx, g.ID)
			if err != nil {
				return err
			}
			if gone {
				lost = append(lost, g.ID)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	*at = ticket.Glance{}
	if len(page) == auditClocks {
		*at = page[len(page)-1]
	}
	for _, id := range lost {
		if err := s.db.Write(ctx, func(tx *db.Tx) error { return s.findAgain(tx, id) }); err != nil {
			return err
		}
	}
	return nil
}

// lost reports whether something of a ticket has passed or will, and its row
// does not let anybody look then.
func (s *SLA) lost(tx *db.Tx, id string) (bool, error) {
	st, err := s.state(tx, id)
	if err != nil || st.NextAt == 0 {
		return false, err
	}
	next, err := ticket.NextOf(tx, id)
	return next == 0 || next > max(st.NextAt, tx.Now())+putOff, err
}

// findAgain lets the scheduler look at a ticket that it would not have found.
func (s *SLA) findAgain(tx *db.Tx, id string) error {
	if err := ticket.Hold(tx, id); err != nil {
		return err
	}
	gone, err := s.lost(tx, id)
	if err != nil || !gone {
		return err
	}
	st, err := s.state(tx, id)
	if err != nil {
		return err
	}
	s.gauges.missed.Add(1)
	s.log.Error("a ticket had lost its clocks; they are set again", "ticket", id)
	return ticket.Show(tx, id, st.Face())
}
