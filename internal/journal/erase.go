package journal

import (
	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// Erase destroys the private text of a stream: first the key, then what was
// sealed under it. The entries stay, and so do their bytes and hashes.
func (j *Journal) Erase(tx *db.Tx, stream string) error {
	if err := j.vault.Erase(tx, stream); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE entry SET sealed = NULL WHERE tenant = $1 AND stream = $2 AND sealed IS NOT NULL`, tx.Tenant(), stream)
	return fault.Wrap(err, "erasing the text of %s", stream)
}
