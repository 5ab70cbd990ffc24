package journal

import (
	"slices"

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

// NewestOf returns the newest entries of some kinds in a stream, oldest first,
// their private text opened.
func (j *Journal) NewestOf(tx *db.Tx, stream string, limit int, kinds ...string) ([]Record, error) {
	args, in := db.In([]any{tx.Tenant(), stream, limit}, kinds)
	rows, err := db.All(tx, scan, `SELECT `+columns+` FROM entry
		WHERE tenant = $1 AND stream = $2 AND kind IN (`+in+`) ORDER BY seq DESC LIMIT $3`, args...)
	if err != nil {
		return nil, fault.Wrap(err, "reading stream %s", stream)
	}
	slices.Reverse(rows)
	return j.open(tx, rows)
}
