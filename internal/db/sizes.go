package db

import (
	"context"
	"os"
	"time"
)

// Sizes are what the database takes, in bytes.
type Sizes struct {
	Database int64
	Free     int64 // inside the file, used again before it grows; SQLite only
	WAL      int64 // of the write-ahead log; SQLite only
}

// Sizes asks what the database takes. It costs next to nothing.
func (d *DB) Sizes(ctx context.Context) (Sizes, error) {
	return d.engine.sizes(As(ctx, Everyone, "system:db"))
}

func (e *sqliteEngine) sizes(ctx context.Context) (s Sizes, err error) {
	info, err := os.Stat(e.file)
	if err != nil {
		return s, err
	}
	s.Database = info.Size()
	if wal, err := os.Stat(e.file + "-wal"); err == nil {
		s.WAL = wal.Size()
	}
	var pages, size int64
	err = (&DB{core: e.core, clock: time.Now}).Read(ctx, func(tx *Tx) error {
		if err := tx.QueryRow("PRAGMA freelist_count").Scan(&pages); err != nil {
			return err
		}
		return tx.QueryRow("PRAGMA page_size").Scan(&size)
	})
	s.Free = pages * size
	return s, err
}

func (e *postgresEngine) sizes(ctx context.Context) (s Sizes, err error) {
	err = e.db.QueryRowContext(ctx, "SELECT pg_database_size(current_database())").Scan(&s.Database)
	return s, e.core.dialect.classify(err)
}
