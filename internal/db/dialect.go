package db

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"tocsin/internal/fault"
)

// dialect is the whole difference between the two engines. Nothing above this
// package may know of it.
type dialect interface {
	name() string
	// placeholders turns $N into what the driver binds by number.
	placeholders(sql string) string
	// begin opens a transaction on a session for one tenant.
	begin(ctx context.Context, s *session, tenant string, readOnly bool) error
	// classify turns a driver's error into a fault, or leaves it as it is.
	classify(err error) error
	// position is the SQL expression for the position of a row being inserted.
	position(table string) string
	// pieces are constant pieces of statements.
	pieces() pieces
	// number takes the next human number of a series.
	number(tx *Tx, series string) (int64, error)
}

// errUnique marks a broken unique constraint and names it.
type errUnique struct {
	constraint string
	cause      error
}

func (e *errUnique) Error() string { return "already exists: " + e.constraint }
func (e *errUnique) Unwrap() error { return e.cause }

// errRetry marks a transaction that the engine asks to run again.
type errRetry struct{ cause error }

func (e *errRetry) Error() string { return "run again: " + e.cause.Error() }
func (e *errRetry) Unwrap() error { return e.cause }

// IsUnique reports whether err is a broken unique constraint.
func IsUnique(err error) bool {
	var u *errUnique
	return errors.As(err, &u)
}

// IsReference reports whether err is a broken foreign key.
func IsReference(err error) bool {
	e := fault.As(err)
	return e != nil && e.Slug == "reference"
}

func referenceFault(cause error) error {
	return fault.New(fault.Conflict, "Something this refers to does not exist or is still in use.").WithSlug("reference").Because(cause)
}

// statement is a SQL text made ready once: placeholders bound by number and
// the number of arguments known, because a driver may take a missing argument
// for NULL without a word.
type statement struct {
	text string
	args int
	err  error
}

type statements struct {
	mu    sync.RWMutex
	texts map[string]statement
	d     dialect
}

func newStatements(d dialect) *statements {
	return &statements{texts: map[string]statement{}, d: d}
}

// maxStatements bounds the cache, since filter queries make their own texts.
const maxStatements = 2048

func (s *statements) ready(sql string, args int) (string, error) {
	s.mu.RLock()
	st, ok := s.texts[sql]
	s.mu.RUnlock()
	if !ok {
		st = makeStatement(sql, s.d)
		s.mu.Lock()
		if len(s.texts) < maxStatements {
			s.texts[sql] = st
		}
		s.mu.Unlock()
	}
	if st.err != nil {
		return "", st.err
	}
	if st.args != args {
		return "", fmt.Errorf("statement takes %d arguments, got %d: %s", st.args, args, sql)
	}
	return st.text, nil
}

func makeStatement(sql string, d dialect) statement {
	seen := map[int]bool{}
	highest := 0
	scanPlaceholders(sql, func(_, _, n int) {
		seen[n] = true
		highest = max(highest, n)
	})
	if len(seen) != highest {
		return statement{err: fmt.Errorf("placeholders are not $1 to $%d without a gap: %s", highest, sql)}
	}
	return statement{text: d.placeholders(sql), args: highest}
}

// scanPlaceholders calls found for every $N outside of quotes with its place.
func scanPlaceholders(sql string, found func(from, to, n int)) {
	inQuote := byte(0)
	for i := 0; i < len(sql); i++ {
		c := sql[i]
		switch {
		case inQuote != 0:
			if c == inQuote {
				inQuote = 0
			}
		case c == '\'' || c == '"':
			inQuote = c
		case c == '$':
			n, to := 0, i+1
			for to < len(sql) && sql[to] >= '0' && sql[to] <= '9' {
				n = n*10 + int(sql[to]-'0')
				to++
			}
			if n > 0 {
				found(i, to, n)
			}
			i = to - 1
		}
	}
}

func questionMarks(sql string) string {
	var b strings.Builder
	last := 0
	scanPlaceholders(sql, func(from, to, _ int) {
		b.WriteString(sql[last:from])
		b.WriteByte('?')
		b.WriteString(sql[from+1 : to])
		last = to
	})
	b.WriteString(sql[last:])
	return b.String()
}
