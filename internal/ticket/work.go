package ticket

import (
	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
)

// Acknowledge says that a person has seen the ticket. It is not taking it:
// nobody becomes responsible. Doing it again answers the question whether the
// owner is still on it, and otherwise changes nothing.
func (ts *Tickets) Acknowledge(tx *db.Tx, ref string) (*Ticket, error) {
	return ts.AcknowledgeSince(tx, ref, 0)
}

// AcknowledgeSince is Acknowledge for what was done at a time that an outside
// has signed, in microseconds UTC, and that came here later: the clocks judge by
// that time (ux.md appendix A, case 55). 0, or a time that cannot be, is now.
func (ts *Tickets) AcknowledgeSince(tx *db.Tx, ref string, done int64) (*Ticket, error) {
	t, err := ts.lock(tx, ref)
	if err != nil {
		return nil, err
	}
	if !t.Open() {
		return nil, conflict(t, "closed-ticket", "is closed")
	}
	chain, err := ts.journal.Follow(tx, Stream(t.ID))
	if err != nil {
		return nil, err
	}
	if t.AcknowledgedAt != nil {
		return ts.reconfirm(tx, chain, t)
	}
	var data any
	if done > t.OpenedAt && done < tx.Now() {
		data = map[string]any{"occurred_at": done}
	}
	if err := ts.acknowledge(tx, chain, t, data); err != nil {
		return nil, err
	}
	return ts.after(tx, chain, t.ID)
}

// acknowledge writes that a named human has seen the ticket. For what is critical
// or high a service account is not one (ux.md S15).
func (ts *Tickets) acknowledge(tx *db.Tx, chain *journal.Chain, t *Ticket, data any) error {
	if ts.people.Human != nil && t.Severity.Rank() >= severityHigh {
		human, err := ts.people.Human(tx, tx.Actor().Person())
		if err != nil {
			return err
		}
		if !human {
			return fault.New(fault.Denied, "A %s ticket is acknowledged by a person, not by a service account.", t.Severity).WithSlug("needs-person")
		}
	}
	err := tx.Must(`UPDATE ticket SET acknowledged_at = $1, acknowledged_by = $2 WHERE tenant = $3 AND id = $4`,
		tx.Now(), tx.Actor().Person(), tx.Tenant(), t.ID)
	if err != nil {
		return err
	}
	_, err = chain.Append(journal.TicketAcknowledged, data, nil)
	return err
}

// Take makes the person who acts the owner of a ticket that nobody owns, and
// acknowledges it. Of many who take at once one wins; the others are told who.
// An owner who had left and is back takes it once more, to answer for it again.
func (ts *Tickets) Take(tx *db.Tx, ref string) (*Ticket, error) {
	t, err := ts.lock(tx, ref)
	if err != nil {
		return nil, err
	}
	me := tx.Actor().Person()
	switch {
	case me == "":
		return nil, fault.New(fault.Denied, "Only a person can take a ticket.")
	case !t.Open():
		return nil, conflict(t, "closed-ticket", "is closed; reopen it first")
	case t.Owner == me && t.Accountable == me:
		return t, nil
	case t.Owner != "" && t.Owner != me:
		return nil, conflict(t, "already-owned", "has been taken; its owner stays responsible until another has accepted it").WithExtra("owner", t.Owner)
	}
	chain, err := ts.journal.Follow(tx, Stream(t.ID))
	if err != nil {
		return nil, err
	}
	if t.AcknowledgedAt == nil {
		if err := ts.acknowledge(tx, chain, t, nil); err != nil {
			return nil, err
		}
	}
	if err := ts.supersede(tx, chain, t.ID, "taken"); err != nil {
		return nil, err
	}
	if err := ts.own(tx, chain, t, me); err != nil {
		return nil, err
	}
	return ts.after(tx, chain, t.ID)
}

// own writes the owner where there is no other; the condition is in the
// statement, so that no two can win.
func (ts *Tickets) own(tx *db.Tx, chain *journal.Chain, t *Ticket, person string) error {
	n, err := tx.Exec(`UPDATE ticket SET owner = $1, accountable = $1, owned_at = $2, ownership_rev = ownership_rev + 1
		WHERE tenant = $3 AND id = $4 AND (owner IS NULL OR owner = $1) AND closed_at IS NULL`, person, tx.Now(), tx.Tenant(), t.ID)
	if err != nil {
		return fault.Wrap(err, "taking ticket %s", Number(t.Number))
	}
	if n == 0 {
		return conflict(t, "already-owned", "has just been taken by another person")
	}
	_, err = chain.Append(journal.OwnerTaken, map[string]any{"accountable": person, "owner": person}, nil)
	return err
}

// Note is what a person writes down.
type Note struct {
	Text        string
	Significant bool // belongs to the short story of the incident
}

// AddNote records a note. The journal is where notes live.
func (ts *Tickets) AddNote(tx *db.Tx, ref string, n Note) (*Ticket, error) {
	body, err := text("text", n.Text, 1, maxNote)
	if err != nil {
		return nil, err
	}
	t, err := ts.lock(tx, ref)
	if err != nil {
		return nil, err
	}
	_, err = ts.journal.Append(tx, journal.Entry{
		Stream: Stream(t.ID), Kind: journal.NoteAdded,
		Data: map[string]any{"significant": n.Significant}, Priv: map[string]any{"text": body},
	})
	if err != nil || !n.Significant {
		return t, err
	}
	return ts.after(tx, nil, t.ID)
}

// links between tickets.
const (
	linkRecurrence = "recurrence_of"
	linkRelated    = "related"
)

// Link ties two tickets together; the link is seen from both.
func (ts *Tickets) Link(tx *db.Tx, ref, other string) (*Ticket, error) {
	t, err := ts.lock(tx, ref)
	if err != nil {
		return nil, err
	}
	to, err := ts.Get(tx, other)
	if err != nil {
		return nil, err
	}
	if to.ID == t.ID {
		return nil, fault.Field("body.ticket", "a ticket cannot be linked to itself")
	}
	chain, err := ts.journal.Follow(tx, Stream(t.ID))
	if err != nil {
		return nil, err
	}
	return t, ts.link(tx, chain, t.ID, to.ID, linkRelated)
}

func (ts *Tickets) link(tx *db.Tx, chain *journal.Chain, from, to, kind string) error {
	n, err := tx.Exec(`INSERT INTO ticket_link(tenant, from_ticket, to_ticket, kind, at, by_actor) VALUES ($1,$2,$3,$4,$5,$6) ON CONFLICT DO NOTHING`,
		tx.Tenant(), from, to, kind, tx.Now(), string(tx.Actor()))
	if err != nil || n == 0 {
		return fault.Wrap(err, "linking tickets")
	}
	_, err = chain.Append(journal.TicketLinked, map[string]any{"kind": kind, "to": to}, nil)
	return err
}
