package ticket

import (
	"context"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
)

// answers names who answers for what nobody of a team owns: the person on duty,
// and in a gap, or where there is no schedule, the lead. Missing: no such team.
func (ts *Tickets) answers(tx *db.Tx, team string) (person string, err error) {
	if ts.people.OnDuty != nil {
		if person, err = ts.people.OnDuty(tx, team); person != "" || err != nil {
			return person, fault.Wrap(err, "finding who is on duty for team %s", team)
		}
	}
	return ts.people.Lead(tx, team)
}

// intake names the team that new tickets come to and who answers for them.
func (ts *Tickets) intake(tx *db.Tx) (team, person string, err error) {
	team, lead, err := ts.people.Intake(tx)
	if err != nil || ts.people.OnDuty == nil {
		return team, lead, err
	}
	if person, err = ts.people.OnDuty(tx, team); person == "" {
		person = lead
	}
	return team, person, fault.Wrap(err, "finding who is on duty for team %s", team)
}

// lead names the lead of a ticket's team, who answers when everybody else has
// left: the intake team's when that is the very person who leaves.
func (ts *Tickets) lead(tx *db.Tx, t *Ticket, but string) (string, error) {
	lead, err := ts.people.Lead(tx, t.Team)
	if err != nil || lead != but {
		return lead, err
	}
	if _, lead, err = ts.people.Intake(tx); err == nil && lead == but {
		err = fault.New(fault.Conflict, "This person leads the team of %s: give the team another lead first.", Number(t.Number)).WithSlug("leads-team")
	}
	return lead, err
}

// movedAtOnce bounds how many tickets change their accountable person in one
// transaction.
const movedAtOnce = 200

// FollowDuty is a reader of the journal: when a shift begins or a lead changes,
// whoever answers for a team's tickets without an owner is another, and what
// the person of the shift before still owns is offered on.
func (ts *Tickets) FollowDuty(ctx context.Context, entries []journal.Record) error {
	for i := range entries {
		e := &entries[i]
		team := e.Get("team")
		if team == "" || e.Kind == journal.DutyBegan && !dutyOf(e).Primary {
			continue
		}
		if err := ts.moveAnswer(ctx, team, e.Kind); err != nil {
			return err
		}
		if e.Kind == journal.DutyBegan {
			if err := ts.offerOn(ctx, dutyOf(e)); err != nil {
				return err
			}
		}
	}
	return nil
}

// moveAnswer gives the team's tickets without an owner to whoever answers now.
// It may be done again: what has moved already is left alone.
func (ts *Tickets) moveAnswer(ctx context.Context, team, cause string) error {
	for {
		var n int
		err := ts.db.Write(ctx, func(tx *db.Tx) (err error) {
			n, err = ts.moveSome(tx, team, cause)
			return err
		})
		if err != nil || n < movedAtOnce {
			return err
		}
	}
}

func (ts *Tickets) moveSome(tx *db.Tx, team, cause string) (int, error) {
	person, err := ts.answers(tx, team)
	if fault.Is(err, fault.Missing) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	ids, err := db.Strings(tx, `SELECT id FROM ticket WHERE tenant = $1 AND team = $2 AND closed_at IS NULL AND owner IS NULL AND accountable <> $3 ORDER BY id LIMIT $4`,
		tx.Tenant(), team, person, movedAtOnce)
	if err != nil {
		return 0, fault.Wrap(err, "looking for tickets without an owner")
	}
	for _, id := range ids {
		if err := ts.makeAccountable(tx, id, person, cause); err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}

// makeAccountable lets another person answer for a ticket that nobody owns.
func (ts *Tickets) makeAccountable(tx *db.Tx, id, person, cause string) error {
	t, err := ts.lock(tx, id)
	if err != nil {
		return err
	}
	if !t.Open() || t.Owner != "" || t.Accountable == person {
		return nil // taken or closed at the same moment
	}
	if err := tx.Must(`UPDATE ticket SET accountable = $1 WHERE tenant = $2 AND id = $3`, person, tx.Tenant(), id); err != nil {
		return err
	}
	_, err = ts.journal.Append(tx, journal.Entry{Stream: Stream(id), Kind: journal.OwnerAccountable,
		Data: map[string]any{"accountable": person, "cause": cause, "previous": t.Accountable}})
	return err
}

// reconfirm answers the question whether the owner is still on it, and ends the
// ladder of a clock that has passed while the ticket was acknowledged. It changes
// nothing where nobody asks, so that a second click costs nothing.
func (ts *Tickets) reconfirm(tx *db.Tx, chain *journal.Chain, t *Ticket) (*Ticket, error) {
	asked, err := ts.asked(tx, t.ID)
	if err != nil || !asked {
		return t, err
	}
	if _, err := chain.Append(journal.TicketReconfirmed, nil, nil); err != nil {
		return nil, err
	}
	return ts.after(tx, chain, t.ID)
}

// asked reports whether somebody is asked to say that they are on it: by the
// question of the clocks or by a ladder, and nobody has answered since.
func (ts *Tickets) asked(tx *db.Tx, id string) (bool, error) {
	last, err := ts.journal.NewestOf(tx, Stream(id), 1, journal.SLAAsked, journal.EscalationPaged,
		journal.TicketAcknowledged, journal.TicketReconfirmed, journal.TicketUnacknowledged, journal.PhaseChanged,
		journal.TaskAdded, journal.TaskChanged, journal.HandoverAccepted, journal.OwnerBreakGlass)
	return len(last) > 0 && (last[0].Kind == journal.SLAAsked || last[0].Kind == journal.EscalationPaged), err
}

// Unacknowledge makes a ticket one that must be acknowledged again, since
// nothing has happened and nobody has answered. The caller tells the clocks.
func (ts *Tickets) Unacknowledge(tx *db.Tx, chain *journal.Chain, id, cause string) error {
	n, err := tx.Exec(`UPDATE ticket SET acknowledged_at = NULL, acknowledged_by = NULL, rev = rev + 1, updated_at = $1
		WHERE tenant = $2 AND id = $3 AND acknowledged_at IS NOT NULL AND closed_at IS NULL`, tx.Now(), tx.Tenant(), id)
	if err != nil || n == 0 {
		return fault.Wrap(err, "taking an acknowledgement back")
	}
	_, err = chain.Append(journal.TicketUnacknowledged, map[string]any{"cause": cause}, nil)
	return err
}
