package connection

import (
	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// Count is what came through one connection since it was made.
type Count struct {
	Name, Kind, State                       string
	Enabled                                 bool
	Received, Deleted, Quarantined, Refused int64
	LastOK                                  int64 // microseconds UTC, 0 is never
	LastError                               string
}

// Counts says of every connection, of every tenant, what came through it.
func Counts(tx *db.Tx) ([]Count, error) {
	out, err := db.All(tx, func(s db.Scanner) (c Count, err error) {
		return c, s.Scan(&c.Name, &c.Kind, &c.Enabled, &c.State, &c.Received, &c.Deleted, &c.Quarantined, &c.Refused, &c.LastOK, &c.LastError)
	}, `SELECT c.name, c.kind, c.enabled, COALESCE(h.state,''), COALESCE(h.received,0), COALESCE(h.deleted,0), COALESCE(h.quarantined,0), COALESCE(h.refused,0), COALESCE(h.last_ok_at,0), COALESCE(h.last_error,'')
		FROM connection AS c LEFT JOIN connection_health AS h ON h.tenant = c.tenant AND h.connection = c.id ORDER BY c.tenant, c.id`)
	return out, fault.Wrap(err, "counting what came through connections")
}
