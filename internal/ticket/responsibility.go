package ticket

import (
	"tocsin/internal/db"
)

// responsibility adds to the view of a ticket who has to do what by when.
func (ts *Tickets) responsibility(tx *db.Tx, t *Ticket, v *View, r Reader) (err error) {
	if ts.clocks.Timers != nil {
		if v.Timers, err = ts.clocks.Timers(tx, t); err != nil {
			return err
		}
	}
	if v.ExitChecks, err = ts.exitChecks(tx, t); err != nil {
		return err
	}
	if v.OpenTasks, err = openTasks(tx, t); err != nil {
		return err
	}
	if v.Handover, err = ts.offerShown(tx, t, r); err != nil {
		return err
	}
	if lead, err := ts.people.Lead(tx, t.Team); err == nil {
		v.Permissions.Return = r.Works && t.Open() && t.Owner != "" && lead == r.ID
	}
	if t.Open() && t.AcknowledgedAt != nil {
		v.Asked, err = ts.asked(tx, t.ID)
	}
	return err
}

func (ts *Tickets) offerShown(tx *db.Tx, t *Ticket, r Reader) (*OpenOffer, error) {
	if t.OfferedTo == "" {
		return nil, nil
	}
	h, err := ts.openOffer(tx, t.ID)
	if err != nil || h == nil {
		return nil, err
	}
	names, err := ts.people.Names(tx, []string{h.ToUser + h.ToTeam})
	if err != nil {
		return nil, err
	}
	mine, err := ts.mayAccept(tx, h, r.ID)
	return &OpenOffer{
		ID: h.ID, Number: h.label(), ToUser: orNil(h.ToUser), ToTeam: orNil(h.ToTeam), ToName: names[h.ToUser+h.ToTeam],
		MadeAt: db.Time(h.MadeAt), ExpiresAt: db.Time(h.ExpiresAt), Mine: mine && h.From != r.ID,
	}, err
}
