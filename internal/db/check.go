package db

import (
	"context"
	"strconv"
	"time"
)

// QuickCheck looks for damage in the database for as long as ctx lasts; "" is
// none found. On SQLite it reads every page; PostgreSQL keeps checksums itself,
// so that only indexes which it calls invalid are counted.
func (d *DB) QuickCheck(ctx context.Context) (found string, err error) {
	err = d.engine.snapshot(As(ctx, Everyone, "system:check"), d, func(tx *Tx) error {
		found, err = tx.db.engine.damage(tx)
		return err
	})
	return found, err
}

func (e *sqliteEngine) damage(tx *Tx) (string, error) {
	var verdict string
	if err := tx.QueryRow("PRAGMA quick_check(1)").Scan(&verdict); err != nil || verdict == "ok" {
		return "", err
	}
	return verdict, nil
}

func (e *postgresEngine) damage(tx *Tx) (string, error) {
	var n int64
	err := tx.QueryRow(`SELECT COUNT(*) FROM pg_index WHERE NOT indisvalid`).Scan(&n)
	if err != nil || n == 0 {
		return "", err
	}
	return strconv.FormatInt(n, 10) + " indexes are invalid", nil
}

// ClockApart is how far the database's clock is from this machine's: seconds
// where the database is another program, nothing where it is this one.
func (d *DB) ClockApart(ctx context.Context) (apart time.Duration, known bool, err error) {
	if !d.PositionsAfterCommit() {
		return 0, false, nil
	}
	var at float64
	before := d.clock()
	err = d.Pool().QueryRowContext(ctx, `SELECT EXTRACT(EPOCH FROM clock_timestamp())::float8`).Scan(&at)
	middle := before.Add(d.clock().Sub(before) / 2)
	return time.UnixMicro(int64(at * 1e6)).Sub(middle), true, err
}
