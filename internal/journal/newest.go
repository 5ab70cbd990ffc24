package journal

import (
	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// Newest returns the newest entries of one kind in a stream, newest first,
// their private text opened.
func (j *Journal) Newest(tx *db.Tx, stream, kind string, limit int) ([]Record, error) {
	rows, err := db.All(tx, scan, `SELECT `+columns+` FROM entry
		WHERE tenant = $1 AND stream = $2 AND kind = $3 ORDER BY seq DESC LIMIT $4`, tx.Tenant(), stream, kind, limit)
	if err != nil {
		return nil, fault.Wrap(err, "reading stream %s", stream)
	}
	return j.open(tx, rows)
}
