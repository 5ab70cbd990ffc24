package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// ErrNoRows is what Row.Scan returns when the query found nothing.
var ErrNoRows = sql.ErrNoRows

// session is one connection with its prepared statements.
type session struct {
	conn    *sql.Conn
	dialect dialect
	texts   *statements
	stmts   map[string]*sql.Stmt // nil: the driver keeps its own cache
}

func newSession(conn *sql.Conn, d dialect, texts *statements, prepare bool) *session {
	s := &session{conn: conn, dialect: d, texts: texts}
	if prepare {
		s.stmts = map[string]*sql.Stmt{}
	}
	return s
}

const maxPrepared = 512

// prepared returns the statement for a text, or nil when it should run
// unprepared.
func (s *session) prepared(ctx context.Context, text string) (*sql.Stmt, error) {
	if s.stmts == nil {
		return nil, nil
	}
	if st, ok := s.stmts[text]; ok {
		return st, nil
	}
	if len(s.stmts) >= maxPrepared {
		return nil, nil
	}
	st, err := s.conn.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	s.stmts[text] = st
	return st, nil
}

func (s *session) exec(ctx context.Context, text string, args []any) (sql.Result, error) {
	st, err := s.prepared(ctx, text)
	if err != nil {
		return nil, err
	}
	if st != nil {
		return st.ExecContext(ctx, args...)
	}
	return s.conn.ExecContext(ctx, text, args...)
}

func (s *session) query(ctx context.Context, text string, args []any) (*sql.Rows, error) {
	st, err := s.prepared(ctx, text)
	if err != nil {
		return nil, err
	}
	if st != nil {
		return st.QueryContext(ctx, args...)
	}
	return s.conn.QueryContext(ctx, text, args...)
}

func (s *session) close() {
	for _, st := range s.stmts {
		_ = st.Close()
	}
	_ = s.conn.Close()
}

// Tx is one transaction: fixed time, tenant and actor.
type Tx struct {
	db     *DB
	ctx    context.Context
	s      *session
	now    int64
	tenant string
	actor  Actor
}

// Now is the time of this transaction in microseconds since 1970, UTC.
func (tx *Tx) Now() int64 { return tx.now }

// NewID makes a UUIDv7 from the transaction's time.
func (tx *Tx) NewID() string { return newID(tx.now) }

// Tenant is whose rows this transaction may touch.
func (tx *Tx) Tenant() string { return tx.tenant }

// Actor is who acts.
func (tx *Tx) Actor() Actor { return tx.actor }

// Context carries the caller's values (trace), never its cancellation.
func (tx *Tx) Context() context.Context { return tx.ctx }

// Position is the SQL expression that gives a new row of table its position,
// NULL where positions are given after commit.
func (tx *Tx) Position(table string) string { return tx.s.dialect.position(table) }

// LockRows is the clause that lets many nodes claim rows without waiting for
// each other; empty where there is one writer.
func (tx *Tx) LockRows() string { return tx.s.dialect.pieces().lockRows }

// Number takes the next human number of a series of this tenant. Gaps are
// allowed, doubles are not.
func (tx *Tx) Number(series string) (int64, error) { return tx.s.dialect.number(tx, series) }

// Exec runs a statement and returns how many rows it changed.
func (tx *Tx) Exec(text string, args ...any) (int64, error) {
	ready, err := tx.s.texts.ready(text, len(args))
	if err != nil {
		return 0, err
	}
	res, err := tx.s.exec(tx.ctx, ready, args)
	if err != nil {
		return 0, tx.fail(err, text)
	}
	n, err := res.RowsAffected()
	return n, tx.fail(err, text)
}

// Must runs a statement that has to change exactly one row.
func (tx *Tx) Must(text string, args ...any) error {
	n, err := tx.Exec(text, args...)
	if err == nil && n != 1 {
		err = fmt.Errorf("statement changed %d rows instead of one: %s", n, text)
	}
	return err
}

// Query runs a query; the caller closes the rows.
func (tx *Tx) Query(text string, args ...any) (*Rows, error) {
	ready, err := tx.s.texts.ready(text, len(args))
	if err != nil {
		return nil, err
	}
	rows, err := tx.s.query(tx.ctx, ready, args)
	if err != nil {
		return nil, tx.fail(err, text)
	}
	return &Rows{rows: rows, tx: tx, text: text}, nil
}

// QueryRow runs a query for at most one row.
func (tx *Tx) QueryRow(text string, args ...any) *Row {
	rows, err := tx.Query(text, args...)
	return &Row{rows: rows, err: err}
}

func (tx *Tx) fail(err error, text string) error {
	if err == nil || errors.Is(err, sql.ErrNoRows) {
		return err
	}
	classified := tx.s.dialect.classify(err)
	if classified != err { //nolint:errorlint // identity is meant: classify returned it unchanged
		return classified
	}
	return fmt.Errorf("%w: in %s", err, text)
}

// Scanner is a row that can be read into variables.
type Scanner interface{ Scan(dest ...any) error }

// Rows are the rows of a query.
type Rows struct {
	rows *sql.Rows
	tx   *Tx
	text string
}

// Next moves to the next row.
func (r *Rows) Next() bool { return r.rows.Next() }

// Scan reads the current row.
func (r *Rows) Scan(dest ...any) error { return r.tx.fail(r.rows.Scan(dest...), r.text) }

// Err is the error that ended Next, if any.
func (r *Rows) Err() error { return r.tx.fail(r.rows.Err(), r.text) }

// Close ends the query.
func (r *Rows) Close() { _ = r.rows.Close() }

// Row is at most one row.
type Row struct {
	rows *Rows
	err  error
}

// Scan reads the row, or returns ErrNoRows.
func (r *Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return ErrNoRows
	}
	if err := r.rows.Scan(dest...); err != nil {
		return err
	}
	// The end must be seen: an engine may report an error only there.
	r.rows.Next()
	return r.rows.Err()
}

// All reads every row of a query with scan.
func All[T any](tx *Tx, scan func(Scanner) (T, error), text string, args ...any) ([]T, error) {
	rows, err := tx.Query(text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []T{}
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// Strings reads a query of one text column.
func Strings(tx *Tx, text string, args ...any) ([]string, error) {
	return All(tx, func(s Scanner) (string, error) {
		var v string
		return v, s.Scan(&v)
	}, text, args...)
}
