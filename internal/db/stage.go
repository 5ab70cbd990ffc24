package db

import (
	"context"
	"database/sql"
	"fmt"
	"io"
)

// Stage is a database that is made from an archive beside the one in use. Until
// Replace the one in use is as it was; from the first moment on, nothing else
// may open it, so that a server does not start on half of a restore.
//
// In order: BeginStage, Load, Open (its close is the caller's), Replace; Abandon
// at any point before Replace.
type Stage struct {
	cfg    Config
	schema int64
	site   site
}

// site is where a stage stands.
type site interface {
	// prepare makes an empty schema of a version there.
	prepare(ctx context.Context, schema int64) error
	// load gives a shelf for rows; done ends it, and checks what was loaded.
	load(ctx context.Context) (s shelf, done func(error) error, err error)
	config() Config
	replace(ctx context.Context) error
	abandon(ctx context.Context) error
}

// BeginStage marks the installation as being restored and makes an empty
// schema of the archive's version beside it. It fails when another process
// holds the data directory.
func BeginStage(ctx context.Context, cfg Config, schema int64) (*Stage, error) {
	begin := beginFile
	if cfg.URL != "" {
		begin = beginSchema
	}
	where, err := begin(ctx, cfg)
	if err != nil {
		return nil, err
	}
	s := &Stage{cfg, schema, where}
	if err := where.prepare(ctx, schema); err != nil {
		_ = s.Abandon(ctx)
		return nil, err
	}
	return s, nil
}

// Load reads an archive into the stage. What is loaded stands only when the
// archive was whole.
func (s *Stage) Load(ctx context.Context, r io.Reader) (Archived, error) {
	to, done, err := s.site.load(ctx)
	if err != nil {
		return Archived{}, err
	}
	a, err := readArchive(r, to)
	if err == nil && a.Head.Schema != s.schema {
		err = fmt.Errorf("the archive has schema %d, it was said to have %d", a.Head.Schema, s.schema)
	}
	return a, done(err)
}

// Open opens the stage as an ordinary database, which brings its schema up to
// date. The caller closes it before Replace.
func (s *Stage) Open(ctx context.Context) (*DB, error) { return Open(ctx, s.site.config()) }

// Replace puts the stage in the place of the database and takes the mark away.
func (s *Stage) Replace(ctx context.Context) error { return s.site.replace(ctx) }

// Abandon removes the stage and the mark: the database is as it was.
func (s *Stage) Abandon(ctx context.Context) error { return s.site.abandon(context.WithoutCancel(ctx)) }

func unfinished(where string) error {
	return fmt.Errorf("a restore into %s was begun and did not end: run `tocsin restore` again, which begins anew", where)
}

// bare reads on a connection whose transaction is the caller's.
func bare(ctx context.Context, conn *sql.Conn, d dialect) *Tx {
	return &Tx{ctx: ctx, s: newSession(conn, d, newStatements(d), false)}
}

// positions gives each row of the journal without a position the next one, as
// the leader would have done: rows come in the order of insertion.
type positions struct {
	at   int // column of pos, or -1
	last int64
}

func (p *positions) begin(t tableHead) {
	p.at = -1
	ord := false
	for i, c := range t.Columns {
		if c.Name == "pos" {
			p.at = i
		}
		ord = ord || c.Name == "ord"
	}
	if !ord {
		p.at = -1
	}
}

func (p *positions) give(row []any) {
	if p.at >= 0 && row[p.at] == nil {
		p.last++
		row[p.at] = p.last
	}
}

// fits holds a table of an archive to the schema that it is loaded into.
func fits(t tableHead, known []tableHead) error {
	for _, k := range known {
		if k.Name != t.Name {
			continue
		}
		have := map[string]string{}
		for _, c := range k.Columns {
			have[c.Name] = c.Type
		}
		for _, c := range t.Columns {
			if have[c.Name] != c.Type {
				return badArchive("The archive does not fit this tocsin: column %s of table %s is not known.", c.Name, t.Name)
			}
			delete(have, c.Name)
		}
		for name := range have {
			return badArchive("The archive does not fit this tocsin: table %s lacks the column %s.", t.Name, name)
		}
		return nil
	}
	return badArchive("The archive does not fit this tocsin: the table %s is not known.", t.Name)
}
