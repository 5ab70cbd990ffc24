package db

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/ncruces/go-sqlite3"

	"tocsin/internal/fault"
)

const (
	// checkpointPages is 16 MiB: each checkpoint stops the writer for two fsyncs.
	// SQLite's own are switched off, since they say nothing when they fail.
	checkpointPages = 4000
	// truncateAt is the size of the log past which it is cut. Left to passive
	// checkpoints it grew to 780 MB in a trial.
	truncateAt = 64 << 20

	exitStorage = 74 // EX_IOERR of sysexits.h
)

// settle writes everything that the write-ahead log holds into the database
// file, syncs it and empties the log. It comes before anything else, because
// the process before may have died of a failed fsync: then the machine shows
// what it did not write and will not write any more. Only what is written anew
// and synced is durable, and a new process is the only one that begins with the
// log's first page.
func (e *sqliteEngine) settle(ctx context.Context, s *session) error {
	e.core.gauge.Checkpoints.Add(1)
	busy, err := checkpoint(ctx, s, "PRAGMA wal_checkpoint(TRUNCATE)", 2000)
	if err == nil && busy {
		err = sqlite3.BUSY // a reader holds on to the log
	}
	if err != nil {
		e.core.log.ErrorContext(ctx, "what is in the database's log cannot be made durable; nothing is written until it can", "error", err)
		return e.core.dialect.classify(err)
	}
	return nil
}

// trim keeps the log short, between two groups. A reader with an old snapshot
// makes it give up at once, so that writers never wait for readers; it tries
// again when the log has grown further.
func (e *sqliteEngine) trim(ctx context.Context, s *session) error {
	if e.pages < e.checkpointAt {
		return nil
	}
	text := "PRAGMA wal_checkpoint(PASSIVE)"
	if info, err := os.Stat(e.file + "-wal"); err != nil || info.Size() < truncateAt {
		e.blockedAt = 0
	} else if info.Size() >= e.blockedAt+truncateAt/8 {
		text, e.blockedAt = "PRAGMA wal_checkpoint(TRUNCATE)", info.Size()
	}
	e.core.gauge.Checkpoints.Add(1)
	_, err := checkpoint(ctx, s, text, 20)
	return err
}

// checkpoint runs one and waits for readers only so long.
func checkpoint(ctx context.Context, s *session, text string, wait int) (busy bool, err error) {
	var blocked, pages, moved int
	_, _ = s.conn.ExecContext(ctx, fmt.Sprintf("PRAGMA busy_timeout(%d)", wait))
	err = s.conn.QueryRowContext(ctx, text).Scan(&blocked, &pages, &moved)
	_, _ = s.conn.ExecContext(ctx, "PRAGMA busy_timeout(10000)")
	return blocked != 0, err
}

// measure has SQLite say after each commit how long its log is.
func (e *sqliteEngine) measure(s *session) error {
	return s.conn.Raw(func(c any) error {
		c.(interface{ Raw() *sqlite3.Conn }).Raw().WALHook(func(_ *sqlite3.Conn, _ string, pages int) error {
			e.pages = pages
			return nil
		})
		return nil
	})
}

// unsynced reports whether an error is a failed fsync.
func unsynced(err error) bool {
	_, extended, ok := sqliteCodes(err)
	return ok && (extended == sqlite3.IOERR_FSYNC || extended == sqlite3.IOERR_DIR_FSYNC)
}

// mind ends the process when a checkpoint could not sync the database file: of
// what SQLite counts as moved there, and will not move again, a part may be on
// no disk, and neither it nor we can tell which. The next process writes all of
// it anew. A commit whose fsync failed needs no such thing: SQLite takes it
// back, and writes what stands in its place again.
func (c *core) mind(err error) error {
	if !unsynced(err) || c.lost.Swap(true) {
		return err
	}
	c.log.Error("the database file could not be synced; the server ends, so that the next start writes everything anew", "error", err)
	if c.onLost == nil {
		os.Exit(exitStorage) // without closing anything: SQLite would go on from what it believes
	}
	c.onLost(err)
	return errGivenUp()
}

func errGivenUp() error {
	return fault.New(fault.Unavailable, "The database could not be written to its disk; the server must be started again.").WithSlug("storage").WithRetryAfter(10 * time.Second)
}
