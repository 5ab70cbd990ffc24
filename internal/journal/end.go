package journal

import (
	"encoding/hex"
	"errors"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// End is the newest entry that has a position.
type End struct {
	Pos, At int64
	Hash    string // hex
}

const (
	sqlEnd = `SELECT pos, at, hash FROM entry WHERE pos IS NOT NULL ORDER BY pos DESC LIMIT 1`
	sqlAt  = `SELECT pos, at, hash FROM entry WHERE pos = $1`
)

// Tip returns the end of the journal; its zero value when there is none.
func Tip(tx *db.Tx) (End, error) { return end(tx.QueryRow(sqlEnd)) }

// At returns the entry at a position; the zero value when there is none.
func At(tx *db.Tx, pos int64) (End, error) { return end(tx.QueryRow(sqlAt, pos)) }

func end(row *db.Row) (e End, err error) {
	var hash []byte
	err = row.Scan(&e.Pos, &e.At, &hash)
	if errors.Is(err, db.ErrNoRows) {
		return End{}, nil
	}
	e.Hash = hex.EncodeToString(hash)
	return e, fault.Wrap(err, "reading the end of the journal")
}

// LastOfKind returns the newest entry of a kind in a stream, or nil.
func LastOfKind(tx *db.Tx, stream, kind string) (*Record, error) {
	rows, err := db.All(tx, scan, `SELECT `+columns+` FROM entry WHERE tenant = $1 AND stream = $2 AND kind = $3 ORDER BY seq DESC LIMIT 1`,
		tx.Tenant(), stream, kind)
	if err != nil || len(rows) == 0 {
		return nil, fault.Wrap(err, "reading the end of %s", stream)
	}
	return &rows[0].Record, nil
}
