package app

import (
	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/sla"
	"tocsin/internal/ticket"
)

// leaving is what happens when a person is deactivated, in that transaction.
// What a document names by hand is for people to change first; what the person
// does now finds somebody else at once: shifts become gaps, tickets are offered
// and the lead answers for them.
func (r *Rooms) leaving(tx *db.Tx, person string) error {
	ladders, err := r.SLA.Names(tx, sla.Who{Kind: sla.WhoUser, ID: person})
	if err != nil {
		return err
	}
	if len(ladders) > 0 {
		return fault.New(fault.Conflict, "A ladder of escalation calls this person by name: %v. Name somebody else there first.", ladders).
			WithSlug("still-named").WithExtra("ladders", ladders)
	}
	if err := r.Duty.Vacate(tx, person); err != nil {
		return err
	}
	return r.Tickets.Leaving(tx, person)
}

// offerCalled offers a ticket to somebody whom a ladder called. That somebody
// was faster, or offered it elsewhere, is no failure of the ladder.
func (r *Rooms) offerCalled(tx *db.Tx, id, person string) error {
	o := ticket.Offer{ToUser: person, Auto: "ladder", NextStep: "Nobody has answered in time. Read what happened and decide what comes next."}
	_, err := r.Tickets.Offer(tx, id, o, ticket.Worker{Leads: true})
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.Invalid) {
		return nil
	}
	return err
}
