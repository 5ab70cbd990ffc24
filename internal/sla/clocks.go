package sla

import (
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
	"tocsin/internal/ticket"
)

// Clocks are the ports by which the room of tickets is told the time.
func (s *SLA) Clocks() ticket.Clocks {
	return ticket.Clocks{Opened: s.openedFace, Touched: s.touched, Offer: s.offerEnds, Timers: s.timers}
}

// openedFace is what the row of a new ticket shows. It is asked for every ticket
// that comes in, so it reads nothing but which version is in force; and no fault
// of a document keeps a ticket out: it is then looked at at once.
func (s *SLA) openedFace(tx *db.Tx, t *ticket.Ticket) (ticket.Face, error) {
	now := tx.Now()
	v, err := s.current(tx)
	if err != nil {
		if !isDocumentFault(err) {
			return ticket.Face{}, err
		}
		s.log.ErrorContext(tx.Context(), "a ticket begins without clocks", "ticket", t.ID, "error", err.Error())
		return ticket.Face{NextAt: &now, Breached: []string{}}, nil
	}
	story := []Event{{At: now, Kind: journal.TicketOpened, Facts: factsOf(t)}}
	return Replay([]*Version{v}, story, now).Face(), nil
}

func isDocumentFault(err error) bool {
	e := fault.As(err)
	return e != nil && (e.Slug == slugNoTargets || e.Slug == slugBroken)
}

func factsOf(t *ticket.Ticket) Facts {
	return Facts{
		Severity: string(t.Severity), Type: t.Type, Team: t.Team, Source: t.Source, Account: t.Account, Region: t.Region, Demo: t.Demo,
	}
}

// current is the version in force. A ticket may come before anybody has looked
// whether there is one.
func (s *SLA) current(tx *db.Tx) (*Version, error) {
	t, err := newest(tx)
	if err == nil && t.number == 0 {
		if err = s.Ensure(tx); err == nil {
			t, err = newest(tx)
		}
	}
	if err != nil {
		return nil, err
	}
	if t.number == 0 {
		return nil, errNoTargets()
	}
	return s.load(tx, t)
}

// touched looks at a ticket after a command: a pause that the command ended is
// over, ladders that it answered stop, and the row shows what is now.
func (s *SLA) touched(tx *db.Tx, chain *journal.Chain, id string) error {
	st, err := s.state(tx, id)
	if isDocumentFault(err) {
		s.log.ErrorContext(tx.Context(), "the clocks of a ticket cannot be read", "ticket", id, "error", err.Error())
		return ticket.LookLater(tx, id, tx.Now())
	}
	if err != nil {
		return err
	}
	if st.Pause != nil && st.Pause.EndedAt > 0 {
		if err := s.pauseOver(tx, chain, id, st.Pause); err != nil {
			return err
		}
		if st, err = s.state(tx, id); err != nil {
			return err
		}
	}
	if !st.Open {
		if _, err := tx.Exec(sqlEndAsked, tx.Now(), string(tx.Actor()), tx.Tenant(), id); err != nil {
			return fault.Wrap(err, "ending what was asked")
		}
	}
	if err := s.answered(tx, chain, id, st); err != nil {
		return err
	}
	return ticket.Show(tx, id, st.Face())
}

// pauseOver journals that a pause has ended by itself.
func (s *SLA) pauseOver(tx *db.Tx, chain *journal.Chain, id string, p *Pause) error {
	sc := s.scene(tx, id)
	sc.chain = chain
	if _, err := sc.ticket(); err != nil {
		return err
	}
	if err := sc.resume(Happening{Kind: Resume, At: p.EndedAt, Pause: p.ID, Cause: p.Cause}); err != nil {
		return err
	}
	return sc.close()
}

// defaultOffer is until when an offer may be accepted where no target says so.
const defaultOffer = 2 * time.Hour

// offerEnds is until when an offer of a ticket may be accepted.
func (s *SLA) offerEnds(tx *db.Tx, t *ticket.Ticket) (int64, error) {
	until := tx.Now() + defaultOffer.Microseconds()
	st, err := s.stateOf(tx, t)
	if isDocumentFault(err) {
		return until, nil
	}
	if err != nil {
		return 0, err
	}
	if st.offer.micros > 0 {
		until = after(st.offer.cal, tx.Now(), st.offer.micros)
	}
	return until, nil
}

// timers are the clocks of a ticket for its page.
func (s *SLA) timers(tx *db.Tx, t *ticket.Ticket) ([]ticket.Timer, error) {
	st, err := s.stateOf(tx, t)
	if isDocumentFault(err) {
		return []ticket.Timer{}, nil
	}
	if err != nil {
		return nil, err
	}
	out := make([]ticket.Timer, len(st.Clocks))
	for i := range st.Clocks {
		out[i] = st.Clocks[i].timer()
	}
	return out, nil
}

// timer is a clock on the page of its ticket. One that has ended is due no more.
func (c *Clock) timer() ticket.Timer {
	v := c.view()
	if c.StoppedAt > 0 {
		v.DueAt = nil
	}
	t := ticket.Timer{
		Metric: v.Metric, Phase: v.Phase, Cycle: v.Cycle, Target: v.Target, StartedAt: v.StartedAt, DueAt: v.DueAt, State: v.State,
		PausedSeconds: v.PausedSeconds, PolicyVersion: v.PolicyVersion, Remaining: v.RemainingSeconds,
		BreachedAt: v.BreachedAt, BreachedOnRetarget: v.BreachedOnRetarget, Warnings: []ticket.Warning{},
	}
	for _, w := range v.Warnings {
		if w.At != nil {
			t.Warnings = append(t.Warnings, ticket.Warning{Percent: w.Percent, At: *w.At})
		}
	}
	return t
}
