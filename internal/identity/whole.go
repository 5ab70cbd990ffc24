package identity

import "tocsin/internal/db"

// TenantCount is how many tenants the installation has.
func TenantCount(tx *db.Tx) (n int64, err error) {
	err = tx.QueryRow(`SELECT COUNT(*) FROM tenant`).Scan(&n)
	return n, err
}

// EndEverySession signs everybody out, of every tenant, as after a restore: a
// session that was ended since the backup must not live again.
func EndEverySession(tx *db.Tx) (int64, error) { return tx.Exec(`DELETE FROM session`) }

// TenantNames lists the tenants.
func TenantNames(tx *db.Tx) ([]string, error) {
	return db.Strings(tx, `SELECT tenant FROM tenant ORDER BY tenant`)
}

// Since is when the first tenant was made; 0 when there is none.
func Since(tx *db.Tx) (at int64, err error) {
	err = tx.QueryRow(`SELECT COALESCE(MIN(created_at),0) FROM tenant`).Scan(&at)
	return at, err
}
