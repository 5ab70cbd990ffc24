package journal

import (
	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// Point is a place among the entries of many streams: they are ordered by
// time, and by stream where the time is the same. Within one stream no two
// entries have the same time.
type Point struct {
	At     int64
	Stream string
}

// Streams returns entries of several streams after a point, interleaved, oldest
// first, their private text opened. limit bounds them.
func (j *Journal) Streams(tx *db.Tx, streams []string, after Point, limit int) ([]Record, error) {
	args, in := db.In([]any{tx.Tenant(), after.At, after.Stream, limit}, streams)
	rows, err := db.All(tx, scan, `SELECT `+columns+` FROM entry WHERE tenant = $1 AND stream IN (`+in+`)
		AND at >= $2 AND (at > $2 OR stream > $3) ORDER BY at, stream LIMIT $4`, args...)
	if err != nil {
		return nil, fault.Wrap(err, "reading %d streams", len(streams))
	}
	return j.open(tx, rows)
}
