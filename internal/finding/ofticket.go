package finding

import (
	"errors"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// Place is where a page of a ticket's findings goes on.
type Place struct {
	At int64 // received_at of the last one, microseconds
	ID string
}

// PageOfTicket lists findings of one ticket after a place, oldest first.
func (f *Findings) PageOfTicket(tx *db.Tx, ticket string, after Place, limit int) ([]Summary, error) {
	out, err := db.All(tx, scanSummary, `SELECT `+summaryColumns+` FROM finding
		WHERE tenant = $1 AND ticket = $2 AND received_at >= $3 AND (received_at > $3 OR id > $4)
		ORDER BY received_at, id LIMIT $5`, tx.Tenant(), ticket, after.At, after.ID, limit)
	return out, fault.Wrap(err, "listing the findings of ticket %s", ticket)
}

// InTicket is a finding of one ticket; Missing when the ticket has none of that
// id.
func (f *Findings) InTicket(tx *db.Tx, ticket, id string) (Summary, error) {
	s, err := scanSummary(tx.QueryRow(`SELECT `+summaryColumns+` FROM finding WHERE tenant = $1 AND id = $2 AND ticket = $3`, tx.Tenant(), id, ticket))
	if errors.Is(err, db.ErrNoRows) {
		return s, fault.New(fault.Missing, "Finding %s is not in this ticket.", id)
	}
	return s, fault.Wrap(err, "loading finding %s", id)
}

// CountOfTicket counts the findings of one ticket.
func (f *Findings) CountOfTicket(tx *db.Tx, ticket string) (n int64, err error) {
	err = tx.QueryRow(`SELECT COUNT(*) FROM finding WHERE tenant = $1 AND ticket = $2`, tx.Tenant(), ticket).Scan(&n)
	return n, fault.Wrap(err, "counting the findings of ticket %s", ticket)
}

// Rehome moves a finding from one ticket to another. It fails when the finding
// has just gone elsewhere.
func (f *Findings) Rehome(tx *db.Tx, id, from, to, number string) error {
	n, err := tx.Exec(`UPDATE finding SET ticket = $1, ticket_number = $2 WHERE tenant = $3 AND id = $4 AND ticket = $5`,
		to, number, tx.Tenant(), id, from)
	if err == nil && n == 0 {
		return db.Again(fault.New(fault.Conflict, "Finding %s has just gone to another ticket.", id))
	}
	return fault.Wrap(err, "moving finding %s", id)
}

// EachOfTicket visits the normal form of every finding of one ticket, oldest
// first, a few at a time.
func (f *Findings) EachOfTicket(tx *db.Tx, ticket string, visit func(*Finding, Summary)) error {
	const chunk = 200
	var after Place
	for {
		page, err := f.PageOfTicket(tx, ticket, after, chunk)
		if err != nil {
			return err
		}
		for _, s := range page {
			n, _, err := f.Normal(tx, s.ID)
			if err != nil {
				return err
			}
			visit(n, s)
			after = Place{s.ReceivedAt.UnixMicro(), s.ID}
		}
		if len(page) < chunk {
			return nil
		}
	}
}
