package finding

import (
	"errors"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// Again loads a stored finding as it would come in once more, for a person who
// decides about it.
func (f *Findings) Again(tx *db.Tx, id string) (*Taken, error) {
	t := &Taken{Change: IsSame}
	w := &t.Was
	err := tx.QueryRow(`SELECT id, content, COALESCE(ticket,''), ticket_number, outcome, active, severity, revision, source, demo
		FROM finding WHERE tenant = $1 AND id = $2`, tx.Tenant(), id).Scan(
		&w.ID, &w.Content, &w.Ticket, &w.Number, &w.Outcome, &w.Active, &w.Severity, &w.Revision, &t.Source, &t.Demo)
	if errors.Is(err, db.ErrNoRows) {
		return nil, fault.New(fault.Missing, "Finding %s does not exist.", id)
	}
	if err != nil {
		return nil, fault.Wrap(err, "loading finding %s", id)
	}
	t.Finding, _, err = f.Normal(tx, id)
	return t, err
}

// Attach gives a finding that had no ticket the one that was decided. It fails
// when another was faster.
func (f *Findings) Attach(tx *db.Tx, t *Taken, d Decision) error {
	n, err := tx.Exec(`UPDATE finding SET ticket = $1, ticket_number = $2, outcome = $3 WHERE tenant = $4 AND id = $5 AND ticket IS NULL`,
		d.Ticket, d.Number, string(d.Outcome), tx.Tenant(), t.ID)
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "Somebody else has just opened a ticket for this finding.").WithSlug("has-ticket")
	}
	return err
}

// OfTicket loads the normal form of a ticket's findings, oldest first.
func (f *Findings) OfTicket(tx *db.Tx, ticket string, limit int) ([]*Finding, error) {
	ids, err := db.Strings(tx, `SELECT id FROM finding WHERE tenant = $1 AND ticket = $2 ORDER BY received_at, id LIMIT $3`,
		tx.Tenant(), ticket, limit)
	if err != nil {
		return nil, fault.Wrap(err, "listing the findings of ticket %s", ticket)
	}
	out := make([]*Finding, 0, len(ids))
	for _, id := range ids {
		n, _, err := f.Normal(tx, id)
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}

// SummariesOfTicket lists a ticket's findings, oldest first, after (at, id).
func (f *Findings) SummariesOfTicket(tx *db.Tx, ticket string, limit int) ([]Summary, error) {
	return db.All(tx, scanSummary, `SELECT `+summaryColumns+` FROM finding WHERE tenant = $1 AND ticket = $2
		ORDER BY received_at, id LIMIT $3`, tx.Tenant(), ticket, limit)
}
