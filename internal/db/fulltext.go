package db

import (
	"database/sql"
	"strings"

	"github.com/ncruces/go-sqlite3/driver"
	"github.com/ncruces/go-sqlite3/ext/fts5"
)

// openFile is how every connection to a SQLite file is made: each must know
// full text, or it could not even change the schema of a database that uses it.
func openFile(dsn string) (*sql.DB, error) { return driver.Open(dsn, fts5.Register) }

// pieces are what the engines word differently in a statement.
type pieces struct {
	lockRows string // appended to a SELECT that claims rows for an update
	// match is the condition that a row s of search holds all of some words, of
	// which the argument at place tells; all is between two of them there.
	match, all, quote string
}

func (d sqliteDialect) pieces() pieces {
	return pieces{d.lockRows(), "s.search MATCH {}", " AND ", `"`}
}

func (d *postgresDialect) pieces() pieces {
	return pieces{d.lockRows(), "s.words @@ CAST({} AS tsquery)", " & ", "'"}
}

// Match is the condition that a row of search, called s in the statement,
// holds all of some words, with the argument that belongs at place, such as
// "$2". Words are made of letters, digits, dots and dashes only: their writer
// and their seeker cut text in the same way, and neither engine does it again.
func (tx *Tx) Match(place string, words []string) (condition, arg string) {
	p := tx.s.dialect.pieces()
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = p.quote + strings.Map(inWord, w) + p.quote
	}
	return strings.Replace(p.match, "{}", place, 1), strings.Join(quoted, p.all)
}

// inWord drops what either engine might read as more than a letter.
func inWord(r rune) rune {
	if r <= ' ' || strings.ContainsRune(`"'\:*&|!()<>`, r) {
		return -1
	}
	return r
}
