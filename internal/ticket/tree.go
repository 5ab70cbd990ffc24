package ticket

import (
	"errors"
	"slices"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// Merged tickets are a tree: each points at the one it was merged into by a
// link, and the database holds that it points at one only. Nothing is moved;
// the ticket at the root shows what all of them hold.
const linkMerged = "merged_into"

// limits of a tree, so that showing a ticket costs no more than a page.
const (
	maxMergeDepth = 16
	maxTree       = 200 // tickets in one tree, the root included
)

// root is the ticket that stands for t: t itself, or the one at the end of its
// links merged_into. It only reads; who changes the root locks it. A chain that
// is too long or leads in a circle, which no command makes, is an error rather
// than a loop.
func (ts *Tickets) root(tx *db.Tx, t *Ticket) (*Ticket, error) {
	seen := []string{t.ID}
	for t.Resolution == Merged {
		into, err := mergedInto(tx, t.ID)
		if err != nil {
			return nil, err
		}
		if into == "" {
			return t, nil
		}
		if slices.Contains(seen, into) || len(seen) > maxMergeDepth {
			return nil, fault.New(fault.Internal, "The tickets %v are merged in a circle.", append(seen, into))
		}
		seen = append(seen, into)
		if t, err = ts.Get(tx, into); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// mergedInto is the id of the ticket that a ticket was merged into, or "".
func mergedInto(tx *db.Tx, id string) (into string, err error) {
	err = tx.QueryRow(`SELECT to_ticket FROM ticket_link WHERE tenant = $1 AND from_ticket = $2 AND kind = 'merged_into'`,
		tx.Tenant(), id).Scan(&into)
	if errors.Is(err, db.ErrNoRows) {
		return "", nil
	}
	return into, fault.Wrap(err, "finding what ticket %s was merged into", id)
}
