package seal

import "tocsin/internal/db"

// ID names the key without telling anything about it, so that a backup can say
// which key file opens it.
func (k Key) ID() string { return k.id() }

// KeysInUse names the key files without which something stored cannot be
// opened, of every tenant.
func KeysInUse(tx *db.Tx) ([]string, error) {
	return db.Strings(tx, `SELECT DISTINCT kek FROM data_key ORDER BY kek`)
}
