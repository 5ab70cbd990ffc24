package sla

import (
	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/ticket"
)

// EscalateNow calls the next level of every ladder that the ticket climbs, at
// once: somebody who was called cannot help. A ticket that climbs none begins
// with the ladder of its policy.
func (s *SLA) EscalateNow(tx *db.Tx, ref string) error {
	t, err := s.tickets.Get(tx, ref)
	if err != nil {
		return err
	}
	if !t.Open() {
		return fault.New(fault.Conflict, "%s is closed.", ticket.Number(t.Number)).WithSlug("closed-ticket")
	}
	if err := ticket.Hold(tx, t.ID); err != nil {
		return err
	}
	sc := s.scene(tx, t.ID)
	sc.t = t
	runs, err := runsOf(tx, t.ID)
	if err != nil {
		return err
	}
	if len(runs) == 0 {
		return sc.escalateAnew()
	}
	for _, r := range runs {
		l, err := s.stepsOf(tx, r)
		if err != nil {
			return err
		}
		if err := sc.goFurther(r, l, "asked"); err != nil {
			return err
		}
	}
	return sc.close()
}

// goFurther calls the next level now, or the fallback where there is none.
func (sc *scene) goFurther(r run, l *Steps, reason string) error {
	if m, ok := l.further(r.step(), sc.tx.Now()); ok {
		return sc.climb(r, l, m, reason)
	}
	c := calling{run: r, steps: l, dueAt: sc.tx.Now(), reason: reason}
	if err := sc.fallBack(&c); err != nil {
		return err
	}
	return sc.page(&c)
}

// escalateAnew begins the policy's ladder at its first level, for a ticket that
// climbs none.
func (sc *scene) escalateAnew() error {
	st, err := sc.s.state(sc.tx, sc.id)
	if err != nil {
		return err
	}
	_, err = sc.begin(run{
		ticket: sc.id, trigger: triggerAsked, cycle: sc.tx.Now(), version: st.Version, ladder: st.Ladder, beganAt: sc.tx.Now(),
	})
	if err != nil {
		return err
	}
	if err := sc.climbs(); err != nil {
		return err
	}
	return sc.close()
}
