package ticket

import (
	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
)

// Glance is as much of an open ticket as an audit of clocks needs.
type Glance struct {
	ID           string
	OpenedAt     int64
	Acknowledged bool
}

// OpenOf lists open tickets of a severity, the oldest first, after a place among
// them. It reads no more than most.
func OpenOf(tx *db.Tx, severity finding.Severity, after Glance, most int) ([]Glance, error) {
	out, err := db.All(tx, func(s db.Scanner) (g Glance, err error) {
		return g, s.Scan(&g.ID, &g.OpenedAt, &g.Acknowledged)
	}, `SELECT id, opened_at, acknowledged_at IS NOT NULL FROM ticket WHERE tenant = $1 AND severity_rank = $2 AND closed_at IS NULL
		AND opened_at >= $3 AND (opened_at > $3 OR id > $4) ORDER BY opened_at, id LIMIT $5`, tx.Tenant(), severity.Rank(), after.OpenedAt, after.ID, most)
	return out, fault.Wrap(err, "walking through open tickets")
}

// NextOf is when a ticket has to be looked at; 0 for never.
func NextOf(tx *db.Tx, id string) (at int64, err error) {
	err = tx.QueryRow(`SELECT COALESCE(MIN(next_at),0) FROM ticket WHERE tenant = $1 AND id = $2`, tx.Tenant(), id).Scan(&at)
	return at, err
}
