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
	args, in := list([]any{tx.Tenant(), stream}, kinds)
	rows, err := db.All(tx, scan, `SELECT `+columns+` FROM entry WHERE tenant = $1 AND stream = $2 AND kind IN (`+in+`) ORDER BY seq`, args...)
	out := make([]Record, len(rows))
	for i := range rows {
		out[i] = rows[i].Record
	}
	return out, fault.Wrap(err, "reading stream %s", stream)
}

// list adds words to the arguments of a statement and writes their places.
func list(args []any, words []string) ([]any, string) {
	var in strings.Builder
	for i, word := range words {
		if i > 0 {
			in.WriteByte(',')
		}
		args = append(args, word)
		fmt.Fprintf(&in, "$%d", len(args))
	}
	return args, in.String()
}
