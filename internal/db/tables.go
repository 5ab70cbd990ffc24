package db

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// tables lists the tables that an archive holds: all but what the engine and
// the migrations keep for themselves, and the words of search, which each
// engine keeps in its own way and which are made again from the journal. Both
// engines give the same list; a test holds them to it.

func (e *sqliteEngine) tables(tx *Tx) ([]tableHead, error) {
	names, err := Strings(tx, `SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'
		AND name NOT LIKE 'sqlite%' AND name <> 'goose_db_version' ORDER BY name`)
	if err != nil {
		return nil, err
	}
	return describe(tx, names, `SELECT name, LOWER(type) FROM pragma_table_xinfo($1) WHERE hidden = 0 ORDER BY cid`)
}

func (e *postgresEngine) tables(tx *Tx) ([]tableHead, error) {
	names, err := Strings(tx, `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()
		AND table_type = 'BASE TABLE' AND table_name NOT IN ('goose_db_version', 'search') ORDER BY table_name COLLATE "C"`)
	if err != nil {
		return nil, err
	}
	return describe(tx, names, `SELECT column_name, data_type FROM information_schema.columns
		WHERE table_schema = current_schema() AND table_name = $1 AND is_generated = 'NEVER' ORDER BY ordinal_position`)
}

func describe(tx *Tx, names []string, columns string) ([]tableHead, error) {
	out := make([]tableHead, 0, len(names))
	for _, name := range names {
		t := tableHead{Name: name}
		var err error
		t.Columns, err = All(tx, func(s Scanner) (c Column, err error) {
			if err := s.Scan(&c.Name, &c.Type); err != nil {
				return c, err
			}
			c.Type, err = neutral(c.Type)
			return c, err
		}, columns, name)
		if err != nil {
			return nil, fmt.Errorf("reading the columns of %s: %w", name, err)
		}
		out = append(out, t)
	}
	return out, nil
}

// neutral is what both engines mean by the type of a column.
func neutral(declared string) (string, error) {
	switch strings.ToLower(declared) {
	case "text":
		return "text", nil
	case "bigint", "integer":
		return "int", nil
	case "bytea":
		return "bytes", nil
	case "boolean":
		return "bool", nil
	}
	return "", fmt.Errorf("a column has the type %s, which a backup does not know", declared)
}

// snapshot reads on a connection of its own, which may stay for minutes. The
// log that has grown meanwhile is moved into the file by the same connection,
// beside the writer, so that the writer finds little left to move.
func (e *sqliteEngine) snapshot(ctx context.Context, d *DB, fn func(*Tx) error) error {
	conn, err := e.reads.Conn(ctx)
	if err != nil {
		return e.core.dialect.classify(err)
	}
	s := newSession(conn, e.core.dialect, e.core.texts, false)
	defer s.close()
	if err := e.core.dialect.begin(ctx, s, Everyone, true); err != nil {
		return e.core.dialect.classify(err)
	}
	err = guarded(fn, d.newTx(ctx, s))
	after := context.WithoutCancel(ctx)
	_, end := conn.ExecContext(after, "ROLLBACK")
	if end == nil && e.writer != nil {
		_, end = conn.ExecContext(after, "PRAGMA wal_checkpoint(PASSIVE)")
		end = e.core.mind(end)
	}
	return errors.Join(err, end)
}

func (e *postgresEngine) snapshot(ctx context.Context, d *DB, fn func(*Tx) error) error {
	return e.inTx(Patient(ctx), d, fn, true)
}
