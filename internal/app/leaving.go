package app

import (
	"slices"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/ticket"
)

// leaving is what happens when a person is deactivated, in that transaction.
// What a document names by hand is for people to change first; what the person
// does now finds somebody else at once: shifts become gaps, tickets are offered
// and the lead answers for them.
func (r *Rooms) leaving(tx *db.Tx, person string) error {
	ladders, err := r.laddersNaming(tx, person)
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

// laddersNaming lists the ladders that call a person by name.
func (r *Rooms) laddersNaming(tx *db.Tx, person string) ([]string, error) {
	e, err := r.SLA.Edition(tx)
	if err != nil {
		return nil, err
	}
	names := []string{}
	who := "user:" + person
	for _, l := range e.Ladders {
		named := slices.Contains(l.Fallback, who)
		for _, level := range l.Levels {
			named = named || slices.Contains(level.Notify, who)
		}
		if named {
			names = append(names, l.Name)
		}
	}
	return names, nil
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
