package journal

import (
	"bytes"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

const columns = `COALESCE(pos,0), tenant, stream, seq, at, actor, kind, data, priv, sealed, prev, hash`

// scanned is a record with its private text still sealed.
type scanned struct {
	Record
	sealed []byte
}

func scan(s db.Scanner) (scanned, error) {
	var r scanned
	var data []byte
	err := s.Scan(&r.Pos, &r.Tenant, &r.Stream, &r.Seq, &r.At, &r.Actor, &r.Kind, &data, &r.Commitment, &r.sealed, &r.Prev, &r.Sum)
	r.Data = data
	return r, err
}

// Stream returns entries of one stream with seq above after, oldest first,
// their private text opened. limit bounds them.
func (j *Journal) Stream(tx *db.Tx, stream string, after int64, limit int) ([]Record, error) {
	rows, err := db.All(tx, scan, `SELECT `+columns+` FROM entry
		WHERE tenant = $1 AND stream = $2 AND seq > $3 ORDER BY seq LIMIT $4`, tx.Tenant(), stream, after, limit)
	if err != nil {
		return nil, fault.Wrap(err, "reading stream %s", stream)
	}
	return j.open(tx, rows)
}

func (j *Journal) open(tx *db.Tx, rows []scanned) ([]Record, error) {
	out := make([]Record, len(rows))
	for i, r := range rows {
		out[i] = r.Record
		if r.Commitment == nil {
			continue
		}
		plain, err := j.vault.OpenErasable(tx, r.Stream, r.Commitment, r.sealed)
		if fault.Is(err, fault.Missing) {
			out[i].Erased = true
			continue
		}
		if err != nil {
			return nil, fault.Wrap(err, "opening entry %d of %s", r.Seq, r.Stream)
		}
		out[i].Priv = plain
	}
	return out, nil
}

// After returns entries with a position above pos in the order of positions,
// of every tenant, their private text left sealed. It is what readers and the
// live feed follow.
func After(tx *db.Tx, pos int64, limit int) ([]Record, error) {
	rows, err := db.All(tx, scan, `SELECT `+columns+` FROM entry WHERE pos > $1 ORDER BY pos LIMIT $2`, pos, limit)
	out := make([]Record, len(rows))
	for i := range rows {
		out[i] = rows[i].Record
	}
	return out, fault.Wrap(err, "reading the journal after %d", pos)
}

// Heads is After without what is said: neither data nor hashes. It is what the
// live feed follows, once for every entry of the server's life.
func Heads(tx *db.Tx, pos int64, limit int) ([]Record, error) {
	rows, err := db.All(tx, func(s db.Scanner) (r Record, err error) {
		return r, s.Scan(&r.Pos, &r.Tenant, &r.Stream, &r.Seq, &r.At, &r.Actor, &r.Kind)
	}, `SELECT pos, tenant, stream, seq, at, actor, kind FROM entry WHERE pos > $1 ORDER BY pos LIMIT $2`, pos, limit)
	return rows, fault.Wrap(err, "reading the journal after %d", pos)
}

// Last is the highest position given so far.
func Last(tx *db.Tx) (pos int64, err error) {
	err = tx.QueryRow(`SELECT COALESCE(MAX(pos),0) FROM entry`).Scan(&pos)
	return pos, err
}

// Place gives positions to entries that have none, in the order of insertion,
// and returns how many. Only entries whose commit is visible are seen, so one
// that becomes visible late gets a later position and no reader misses it. Two
// that place at once collide on the unique index and one of them rolls back.
func Place(tx *db.Tx, limit int) (int64, error) {
	return tx.Exec(`UPDATE entry SET pos = base.pos + placed.n
		FROM (SELECT ord, ROW_NUMBER() OVER (ORDER BY ord) AS n FROM (SELECT ord FROM entry WHERE pos IS NULL ORDER BY ord LIMIT $1) AS waiting) AS placed,
		     (SELECT COALESCE(MAX(pos),0) AS pos FROM entry) AS base
		WHERE entry.ord = placed.ord`, limit)
}

// Break is the first fault that Verify found.
type Break struct {
	Stream string
	Seq    int64
	Reason string
}

// Verify walks every stream and checks each entry's hash, its link to the one
// before, that seq has no gap and that time grows. It returns how many entries
// it read, and the first break or nil.
func Verify(tx *db.Tx) (entries int64, broken *Break, err error) {
	rows, err := tx.Query(`SELECT ` + columns + ` FROM entry ORDER BY tenant, stream, seq`)
	if err != nil {
		return 0, nil, err
	}
	defer rows.Close()
	var before scanned
	for rows.Next() {
		r, err := scan(rows)
		if err != nil {
			return entries, nil, err
		}
		if reason := fits(&before.Record, &r.Record); reason != "" {
			return entries, &Break{r.Stream, r.Seq, reason}, nil
		}
		before = r
		entries++
	}
	return entries, nil, rows.Err()
}

func fits(before, r *Record) string {
	same := before.Tenant == r.Tenant && before.Stream == r.Stream
	switch {
	case !r.Whole():
		return "the hash does not fit the entry"
	case !same && (r.Seq != 1 || r.Prev != nil):
		return "the stream does not begin at its first entry"
	case same && r.Seq != before.Seq+1:
		return "an entry is missing before this one"
	case same && !bytes.Equal(r.Prev, before.Sum):
		return "the link to the entry before is broken"
	case same && r.At <= before.At:
		return "time does not grow"
	}
	return ""
}
