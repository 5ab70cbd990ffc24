package journal

import (
	"fmt"
	"strings"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// Story returns the entries of a stream that are of some kinds, oldest first,
// their private text left sealed. It is what state is replayed from.
func Story(tx *db.Tx, stream string, kinds ...string) ([]Record, error) {
	args := []any{tx.Tenant(), stream}
	var in strings.Builder
	for i, kind := range kinds {
		if i > 0 {
			in.WriteByte(',')
		}
		args = append(args, kind)
		fmt.Fprintf(&in, "$%d", len(args))
	}
	rows, err := db.All(tx, scan, `SELECT `+columns+` FROM entry WHERE tenant = $1 AND stream = $2 AND kind IN (`+in.String()+`) ORDER BY seq`, args...)
	out := make([]Record, len(rows))
	for i := range rows {
		out[i] = rows[i].Record
	}
	return out, fault.Wrap(err, "reading stream %s", stream)
}
