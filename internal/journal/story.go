package journal

import (
	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// Story returns the entries of a stream that are of some kinds, oldest first,
// their private text left sealed. It is what state is replayed from.
func Story(tx *db.Tx, stream string, kinds ...string) ([]Record, error) {
	args, in := db.In([]any{tx.Tenant(), stream}, kinds)
	rows, err := db.All(tx, scan, `SELECT `+columns+` FROM entry WHERE tenant = $1 AND stream = $2 AND kind IN (`+in+`) ORDER BY seq`, args...)
	out := make([]Record, len(rows))
	for i := range rows {
		out[i] = rows[i].Record
	}
	return out, fault.Wrap(err, "reading stream %s", stream)
}

// Stories is Story for many streams at once, by their names; one that has none
// of the kinds is not in it. There may be hundreds, not thousands.
func Stories(tx *db.Tx, streams []string, kinds ...string) (map[string][]Record, error) {
	args, in := db.In([]any{tx.Tenant()}, streams)
	args, of := db.In(args, kinds)
	rows, err := db.All(tx, scan, `SELECT `+columns+` FROM entry WHERE tenant = $1 AND stream IN (`+in+`) AND kind IN (`+of+`) ORDER BY stream, seq`, args...)
	out := make(map[string][]Record, len(streams))
	for i := range rows {
		out[rows[i].Stream] = append(out[rows[i].Stream], rows[i].Record)
	}
	return out, fault.Wrap(err, "reading %d streams", len(streams))
}

// FollowAll is Follow for many streams at once, each of which has entries; one
// that has none is not in it.
func (j *Journal) FollowAll(tx *db.Tx, streams ...string) (map[string]*Chain, error) {
	args, in := db.In([]any{tx.Tenant()}, streams)
	ends, err := db.All(tx, func(s db.Scanner) (*Chain, error) {
		c := j.Begin(tx, "")
		return c, s.Scan(&c.stream, &c.seq, &c.at, &c.prev)
	}, `SELECT e.stream, e.seq, e.at, e.hash FROM (SELECT stream, MAX(seq) AS seq FROM entry WHERE tenant = $1 AND stream IN (`+in+`) GROUP BY stream) AS last
		JOIN entry e ON e.tenant = $1 AND e.stream = last.stream AND e.seq = last.seq`, args...)
	out := make(map[string]*Chain, len(ends))
	for _, c := range ends {
		out[c.stream] = c
	}
	return out, fault.Wrap(err, "finding the ends of %d streams", len(streams))
}
