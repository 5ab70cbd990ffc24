package ticket

import (
	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
)

// Misowned is an open ticket whose row does not say what its record says, or
// for which nobody answers who is active.
type Misowned struct {
	Ticket  string // its number
	What    string // owner, accountable, inactive, offer or offered_to
	Row     string // what the row holds
	Journal string // what follows from the record
}

// held is who has a ticket as its record tells it.
type held struct {
	owner       string // "" while nobody has taken it
	accountable string // "" while no entry has said it
	offer       string // the open offer
}

// ownerKinds are the kinds of entries that say who has a ticket.
func ownerKinds() []string {
	return []string{
		journal.TicketOpened, journal.TicketReopened, journal.TicketUnmerged,
		journal.OwnerAssignedIntake, journal.OwnerTaken, journal.OwnerAccountable, journal.OwnerBreakGlass, journal.OwnerOrphaned, journal.OwnerReturned,
		journal.HandoverOffered, journal.HandoverAccepted, journal.HandoverDeclined, journal.HandoverExpired, journal.HandoverWithdrawn, journal.HandoverSuperseded,
	}
}

// replayOwner tells from the record of a ticket who has it. It knows nothing of
// the row, so that the two can be compared.
func replayOwner(ticket string, entries []journal.Record) (h held) {
	for i := range entries {
		h.follow(ticket, &entries[i])
	}
	return h
}

func (h *held) follow(ticket string, e *journal.Record) {
	switch e.Kind {
	case journal.OwnerTaken, journal.OwnerBreakGlass:
		h.owner, h.accountable = e.Get("owner"), e.Get("owner")
	case journal.HandoverAccepted:
		h.owner, h.accountable, h.offer = e.Get("owner"), e.Get("owner"), ""
	case journal.OwnerReturned, journal.OwnerAssignedIntake:
		h.owner, h.accountable = "", e.Get("accountable")
	case journal.TicketOpened, journal.OwnerAccountable, journal.OwnerOrphaned:
		h.accountable = e.Get("accountable")
	case journal.TicketReopened:
		h.again(e)
	case journal.TicketUnmerged:
		if e.Get("from") == ticket { // the same entry stands with the ticket that showed it
			h.again(e)
		}
	case journal.HandoverOffered:
		h.offer = e.Get("handover")
	case journal.HandoverDeclined, journal.HandoverExpired, journal.HandoverWithdrawn, journal.HandoverSuperseded:
		h.offer = ""
	}
}

// again is a ticket coming back: to its owner, or to nobody when the owner has
// left. One that stays closed names nobody.
func (h *held) again(e *journal.Record) {
	answers := e.Get("accountable")
	if answers == "" {
		return
	}
	if h.accountable = answers; answers != h.owner {
		h.owner = ""
	}
}

// VerifyOwnership compares open tickets, beyond one in the order of their ids,
// with their records, and holds that whoever answers for them is active. next is
// where to go on; "" after the last.
func (ts *Tickets) VerifyOwnership(tx *db.Tx, after string, limit int) (bad []Misowned, next string, err error) {
	ids, err := OpenAfter(tx, after, limit)
	if err != nil {
		return nil, "", err
	}
	for _, id := range ids {
		found, err := ts.verifyOwner(tx, id)
		if err != nil {
			return nil, "", fault.Wrap(err, "checking who has ticket %s", id)
		}
		bad = append(bad, found...)
	}
	if len(ids) == limit {
		next = ids[len(ids)-1]
	}
	return bad, next, nil
}

func (ts *Tickets) verifyOwner(tx *db.Tx, id string) (bad []Misowned, err error) {
	t, err := ts.Get(tx, id)
	if err != nil {
		return nil, err
	}
	entries, err := journal.Story(tx, Stream(id), ownerKinds()...)
	if err != nil {
		return nil, err
	}
	log := replayOwner(id, entries)
	differs := func(what, row, said string) {
		if row != said {
			bad = append(bad, Misowned{Number(t.Number), what, row, said})
		}
	}
	differs("owner", t.Owner, log.owner)
	differs("accountable", t.Accountable, log.accountable)
	ok, err := ts.people.Active(tx, t.Accountable)
	if err != nil {
		return nil, err
	}
	if !ok {
		bad = append(bad, Misowned{Number(t.Number), "inactive", t.Accountable, log.accountable})
	}
	open, err := ts.openOffer(tx, id)
	if err != nil {
		return nil, err
	}
	offer, to := "", ""
	if open != nil {
		offer, to = open.ID, open.ToUser+open.ToTeam
	}
	differs("offer", offer, log.offer)
	differs("offered_to", t.OfferedTo, to)
	return bad, nil
}
