package seal

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// Column is a column of some room in which sealed values stand, so that they can
// be checked, and sealed again under another data key. Its words are ours, never
// somebody's input: they become part of SQL.
type Column struct {
	Table  string
	Sealed string                          // the column with the sealed bytes; may be NULL
	KeyID  string                          // the column that repeats the id of the data key; "" where there is none
	Keys   []string                        // what names a row beside its tenant
	More   []string                        // further text columns that Place needs
	Place  func(row []string) (aad string) // of Keys and then More
}

// streamKeys are the sealed values of this room.
func streamKeys() Column {
	return Column{Table: "stream_key", Sealed: "sealed", Keys: []string{"stream"}, Place: func(row []string) string { return streamAAD(row[0]) }}
}

// Columns completes the columns of other rooms with those of this one.
func Columns(others ...Column) []Column { return append(others, streamKeys()) }

// Name tells one column from another.
func (c Column) Name() string { return c.Table + "." + c.Sealed }

// row is a sealed value with what names it.
type row struct {
	words  []string // of Keys and More
	sealed []byte
}

func (c Column) scan(s db.Scanner) (row, error) {
	r := row{words: make([]string, len(c.Keys)+len(c.More))}
	into := make([]any, 0, len(r.words)+1)
	for i := range r.words {
		into = append(into, &r.words[i])
	}
	err := s.Scan(append(into, &r.sealed)...)
	return r, err
}

// page reads rows after one, by their keys.
func (c Column) page(tx *db.Tx, after []string, limit int) ([]row, error) {
	keys, marks, args := strings.Join(c.Keys, ", "), []string{}, []any{tx.Tenant()}
	for i := range c.Keys {
		marks = append(marks, fmt.Sprintf("$%d", i+2))
		word := ""
		if i < len(after) {
			word = after[i]
		}
		args = append(args, word)
	}
	columns := strings.Join(append(append(append([]string{}, c.Keys...), c.More...), c.Sealed), ", ")
	rows, err := db.All(tx, c.scan, fmt.Sprintf(`SELECT %s FROM %s WHERE tenant = $1 AND (%s) > (%s) AND %s IS NOT NULL ORDER BY %s LIMIT %d`,
		columns, c.Table, keys, strings.Join(marks, ", "), c.Sealed, keys, limit), args...)
	return rows, fault.Wrap(err, "reading %s", c.Name())
}

// replace writes a value that was sealed again, unless somebody has changed it
// meanwhile: theirs is sealed under the current key already.
func (c Column) replace(tx *db.Tx, r row, keyID string, sealed []byte) error {
	set, args := c.Sealed+" = $1", []any{sealed, tx.Tenant(), r.sealed}
	where := "tenant = $2 AND " + c.Sealed + " = $3"
	for i, k := range c.Keys {
		args = append(args, r.words[i])
		where += fmt.Sprintf(" AND %s = $%d", k, len(args))
	}
	if c.KeyID != "" {
		args = append(args, keyID)
		set += fmt.Sprintf(", %s = $%d", c.KeyID, len(args))
	}
	_, err := tx.Exec(`UPDATE `+c.Table+` SET `+set+` WHERE `+where, args...)
	return fault.Wrap(err, "writing %s", c.Name())
}

// Progress is how far a column has come.
type Progress struct {
	Key      string // the data key that values are sealed under
	Looked   int64  // rows
	Resealed int64
	Done     bool // the end was reached

	last []string
}

// Progress reads how far the column is sealed again under a key.
func (c Column) Progress(tx *db.Tx, key string) (Progress, error) {
	p := Progress{Key: key}
	var of, last string
	var looked, resealed int64
	var done *int64
	err := tx.QueryRow(sqlProgress, tx.Tenant(), c.Name()).Scan(&of, &last, &looked, &resealed, &done)
	if errors.Is(err, db.ErrNoRows) || (err == nil && of != key) {
		return p, nil // for another key nothing is done yet
	}
	if err != nil {
		return p, fault.Wrap(err, "reading how far %s is", c.Name())
	}
	p.Looked, p.Resealed, p.Done = looked, resealed, done != nil
	if last != "" {
		err = json.Unmarshal([]byte(last), &p.last)
	}
	return p, fault.Wrap(err, "reading how far %s is", c.Name())
}

func (c Column) keep(tx *db.Tx, p Progress) error {
	last, err := json.Marshal(p.last)
	if err != nil {
		return err
	}
	var done any
	if p.Done {
		done = tx.Now()
	}
	_, err = tx.Exec(sqlKeepProgress, tx.Tenant(), c.Name(), p.Key, string(last), p.Looked, p.Resealed, done)
	return fault.Wrap(err, "noting how far %s is", c.Name())
}

// Reseal seals at most so many values again under the tenant's current data
// key, from where the last call ended, and notes how far it is in the same
// transaction. At the end of the column it says Done.
func (c Column) Reseal(tx *db.Tx, v *Vault, limit int) (Progress, error) {
	current, err := v.current(tx)
	if err != nil {
		return Progress{}, err
	}
	p, err := c.Progress(tx, current)
	if err != nil || p.Done {
		return p, err
	}
	rows, err := c.page(tx, p.last, limit)
	if err != nil {
		return p, err
	}
	for _, r := range rows {
		again, err := c.resealOne(tx, v, r, current)
		if err != nil {
			return p, err
		}
		if again {
			p.Resealed++
		}
		p.Looked, p.last = p.Looked+1, r.words[:len(c.Keys)]
	}
	p.Done = len(rows) < limit
	return p, c.keep(tx, p)
}

func (c Column) resealOne(tx *db.Tx, v *Vault, r row, current string) (again bool, err error) {
	if id, _, ok := split(r.sealed); ok && id == current {
		return false, nil
	}
	aad := c.Place(r.words)
	plain, err := v.Unseal(tx, aad, r.sealed)
	if err != nil {
		return false, fault.Wrap(err, "opening %s of %s", c.Name(), strings.Join(r.words, ", "))
	}
	id, sealed, err := v.Seal(tx, aad, plain)
	if err != nil {
		return false, err
	}
	return true, c.replace(tx, r, id, sealed)
}

// Again has the column looked through from its beginning once more.
func (c Column) Again(tx *db.Tx, key string) error { return c.keep(tx, Progress{Key: key}) }

// Survey is what was found in a part of a column.
type Survey struct {
	Values int64
	Others int64    // sealed under another data key than the current one
	Broken []string // rows that do not open
	Last   []string // where to go on
	End    bool
}

// Look opens at most so many values after a row and changes nothing.
func (c Column) Look(tx *db.Tx, v *Vault, after []string, limit int) (out Survey, err error) {
	current, err := v.current(tx)
	if err != nil {
		return out, err
	}
	rows, err := c.page(tx, after, limit)
	if err != nil {
		return out, err
	}
	out.Last = after
	for _, r := range rows {
		out.Values++
		out.Last = r.words[:len(c.Keys)]
		if id, _, ok := split(r.sealed); ok && id != current {
			out.Others++
		}
		if _, err := v.Unseal(tx, c.Place(r.words), r.sealed); err != nil {
			if f := fault.As(err); f == nil || f.Slug != "sealed" {
				return out, err
			}
			out.Broken = append(out.Broken, c.Name()+" of "+strings.Join(out.Last, ", "))
		}
	}
	out.End = len(rows) < limit
	return out, nil
}

// current is the id of the data key that new values are sealed under.
func (v *Vault) current(tx *db.Tx) (string, error) {
	keys, err := v.keys(tx)
	return keys.current, err
}
