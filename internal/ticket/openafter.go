package ticket

import (
	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// OpenAfter lists ids of open tickets in their order, beyond one.
func OpenAfter(tx *db.Tx, after string, limit int) ([]string, error) {
	ids, err := db.Strings(tx, `SELECT id FROM ticket WHERE tenant = $1 AND id > $2 AND closed_at IS NULL ORDER BY id LIMIT $3`, tx.Tenant(), after, limit)
	return ids, fault.Wrap(err, "listing open tickets")
}
