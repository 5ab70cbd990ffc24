package job

import (
	"tocsin/internal/db"
)

// Count is how many jobs of a kind are in a state.
type Count struct {
	Kind, State string
	N           int64
}

// maxCounted bounds what a look at the queue costs.
const maxCounted = 10_000

// Counts says how many jobs wait, run or have failed for good, by kind. Beyond
// ten thousand of a state it stops counting.
func Counts(tx *db.Tx) ([]Count, error) {
	out := []Count{}
	for _, state := range []string{"queued", "running", "failed"} {
		// The state is written out: only then is the partial index used.
		rows, err := db.All(tx, func(s db.Scanner) (c Count, err error) {
			c.State = state
			return c, s.Scan(&c.Kind, &c.N)
		}, `SELECT kind, COUNT(*) FROM (SELECT kind FROM job WHERE state = '`+state+`' LIMIT $1) AS waiting GROUP BY kind ORDER BY kind`, maxCounted)
		if err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	return out, nil
}

// Lag is how far a reader is behind the journal.
type Lag struct {
	Reader  string
	Entries int64
	Seconds float64 // age of the oldest entry that it has not seen
	Stuck   int64   // entries that it could not take, set aside
}

// Lags says of each reader how far behind it is. names are all there are, since
// one that never ran has no row yet.
func Lags(tx *db.Tx, names []string) ([]Lag, error) {
	last, err := lastPos(tx)
	if err != nil {
		return nil, err
	}
	out := make([]Lag, len(names))
	for i, name := range names {
		if out[i], err = lag(tx, name, last); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func lastPos(tx *db.Tx) (pos int64, err error) {
	err = tx.QueryRow(`SELECT COALESCE(MAX(pos),0) FROM entry`).Scan(&pos)
	return pos, err
}

func lag(tx *db.Tx, name string, last int64) (Lag, error) {
	l := Lag{Reader: name}
	var pos, oldest int64
	err := tx.QueryRow(`SELECT COALESCE(MAX(pos),0) FROM reader WHERE name = $1`, name).Scan(&pos)
	if err != nil {
		return l, err
	}
	l.Entries = max(last-pos, 0)
	if l.Entries > 0 {
		if err := tx.QueryRow(`SELECT COALESCE(MIN(at),0) FROM entry WHERE pos = (SELECT MIN(pos) FROM entry WHERE pos > $1)`, pos).Scan(&oldest); err != nil {
			return l, err
		}
		l.Seconds = float64(max(tx.Now()-oldest, 0)) / 1e6
	}
	return l, tx.QueryRow(`SELECT COUNT(*) FROM reader_stuck WHERE name = $1`, name).Scan(&l.Stuck)
}

// ReadersAhead names readers whose cursor stands behind the journal's end,
// which cannot be: they would miss what comes.
func ReadersAhead(tx *db.Tx) ([]string, error) {
	return db.Strings(tx, `SELECT name FROM reader WHERE pos > (SELECT COALESCE(MAX(pos),0) FROM entry) ORDER BY name`)
}

// Alive reports whether some node holds a lease at this moment: a server runs
// on this database, or ended a few seconds ago without saying so.
func Alive(tx *db.Tx) (bool, error) {
	var n int
	err := tx.QueryRow(`SELECT COUNT(*) FROM lease WHERE until > $1`, tx.Now()).Scan(&n)
	return n > 0, err
}

// FreeAll gives up every lease and running job, where it is known that no node
// lives, as after a restore.
func FreeAll(tx *db.Tx) error { return freeAll(tx) }
