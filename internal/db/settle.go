package db

import (
	"context"

	"github.com/ncruces/go-sqlite3"
)

// settle writes everything that the write-ahead log holds into the database
// file, syncs it and empties the log. What was read may be on no disk: after a
// failed fsync the machine shows what it did not write and will not write any
// more, to this process and to the next one. Only what is written anew and
// synced is durable. A reader with an old snapshot is waited for, a moment.
func (e *sqliteEngine) settle(ctx context.Context, s *session) error {
	e.core.gauge.Checkpoints.Add(1)
	var busy, pages, moved int
	_, _ = s.conn.ExecContext(ctx, "PRAGMA busy_timeout(2000)")
	err := s.conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &moved)
	_, _ = s.conn.ExecContext(ctx, "PRAGMA busy_timeout(10000)")
	if err == nil && busy != 0 {
		err = sqlite3.BUSY // a reader holds on to the log
	}
	if err == nil {
		return nil
	}
	e.core.log.ErrorContext(ctx, "what is in the database's log cannot be made durable; nothing is written until it can", "error", err)
	return e.core.dialect.classify(err)
}

// doubtful reports whether an error leaves open what is on the disk.
func doubtful(err error) bool {
	_, extended, ok := sqliteCodes(err)
	return ok && (extended == sqlite3.IOERR_FSYNC || extended == sqlite3.IOERR_DIR_FSYNC)
}
