package identity

import "tocsin/internal/db"

// IsActive reports whether a person exists and is active, so that
// responsibility may be laid on them.
func IsActive(tx *db.Tx, id string) (bool, error) {
	var n int
	err := tx.QueryRow(`SELECT COUNT(*) FROM users WHERE tenant = $1 AND id = $2 AND active`, tx.Tenant(), id).Scan(&n)
	return n == 1, err
}
