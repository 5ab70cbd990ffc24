package ticket

import (
	"context"
	"encoding/json"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
)

// shift is what an entry says of a shift that began.
type shift struct {
	Team, Person, Previous string
	Primary                bool
}

func dutyOf(e *journal.Record) (s shift) {
	_ = json.Unmarshal(e.Data, &s) // our own entry; an empty shift moves nothing
	return s
}

// offerOn offers what the person of the shift before still owns in the team to
// whoever is on duty now, or to the team in a gap. Who owns it stays responsible
// until it is accepted. What is offered already, or was offered for this very
// shift and declined, is left alone.
func (ts *Tickets) offerOn(ctx context.Context, s shift) error {
	if s.Previous == "" || s.Previous == s.Person {
		return nil
	}
	var ids []string
	err := ts.db.Read(ctx, func(tx *db.Tx) (err error) {
		ids, err = db.Strings(tx, `SELECT id FROM ticket WHERE tenant = $1 AND owner = $2 AND team = $3 AND closed_at IS NULL AND offered_to IS NULL ORDER BY id`, tx.Tenant(), s.Previous, s.Team)
		return err
	})
	if err != nil {
		return fault.Wrap(err, "looking for what the last shift owns")
	}
	for _, id := range ids {
		if err := ts.db.Write(ctx, func(tx *db.Tx) error { return ts.offerNext(tx, id, s) }); err != nil {
			return err
		}
	}
	return nil
}

func (ts *Tickets) offerNext(tx *db.Tx, id string, s shift) error {
	o := Offer{ToUser: s.Person, Auto: "shift", NextStep: "The shift of the owner has ended. Read what happened and go on from there."}
	if s.Person == "" {
		o.ToTeam = s.Team
	} else if ok, err := ts.works(tx, s.Person); err != nil || !ok {
		o.ToUser, o.ToTeam = "", s.Team
		if err != nil {
			return err
		}
	}
	t, err := ts.lock(tx, id)
	if err != nil || !t.Open() || t.Owner != s.Previous {
		return err
	}
	open, err := ts.openOffer(tx, id)
	if err != nil || open != nil {
		return err
	}
	_, err = ts.offer(tx, t, o)
	return err
}
