package db

import (
	"bytes"
	"context"
	"database/sql"
	"path/filepath"
	"slices"
	"testing"
)

// Crash leaves a stage as a process that ends would.
func Crash(s *Stage) {
	switch s := s.site.(type) {
	case *fileStage:
		_ = s.pool.Close()
		_ = s.lock.Close()
	case *schemaStage:
		_ = s.pool.Close()
		_ = s.main.Close()
	}
}

// seen notes what an archive says of its tables.
type seen struct {
	noShelf
	tables []tableHead
}

func (s *seen) begin(t tableHead) error {
	s.tables = append(s.tables, t)
	return nil
}

// TablesIn are the columns of the tables of an archive, in words.
func TablesIn(t *testing.T, archive []byte) map[string][]string {
	t.Helper()
	s := &seen{}
	if _, err := readArchive(bytes.NewReader(archive), s); err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for _, table := range s.tables {
		for _, c := range table.Columns {
			out[table.Name] = append(out[table.Name], c.Name+" "+c.Type)
		}
		slices.Sort(out[table.Name])
	}
	return out
}

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
