package db

import (
	"context"
	"database/sql"
	"path/filepath"
)

// AssertWith opens the SQLite file of dir with a synchronous setting and runs
// the assertion of the product on it.
func AssertWith(dir, synchronous string) error {
	e := &sqliteEngine{file: filepath.Join(dir, FileName), core: &core{dialect: sqliteDialect{}}}
	pool, err := sql.Open("sqlite3", e.dsn(Config{Synchronous: synchronous}, false))
	if err != nil {
		return err
	}
	defer pool.Close()
	conn, err := pool.Conn(context.Background())
	if err != nil {
		return err
	}
	s := newSession(conn, e.core.dialect, nil, false)
	defer s.close()
	return assertDurable(context.Background(), s)
}
