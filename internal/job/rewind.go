package job

import (
	"errors"

	"tocsin/internal/db"
)

// Reached is the position up to which a reader has read.
func Reached(tx *db.Tx, reader string) (pos int64, err error) {
	err = tx.QueryRow(`SELECT pos FROM reader WHERE name = $1`, reader).Scan(&pos)
	if errors.Is(err, db.ErrNoRows) {
		return 0, nil
	}
	return pos, err
}

// Rewind lets a reader begin again at the first entry, which rebuilds its
// projection. What it had set aside it tries again. A runner that reads at this
// moment may go on from where it stood: rewind before Run.
func Rewind(tx *db.Tx, reader string) error {
	for _, text := range []string{`DELETE FROM reader WHERE name = $1`, `DELETE FROM reader_stuck WHERE name = $1`} {
		if _, err := tx.Exec(text, reader); err != nil {
			return err
		}
	}
	return nil
}
