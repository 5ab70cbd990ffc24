package db

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"tocsin/internal/fault"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to date, each step in its own transaction. Many
// nodes may start at once on PostgreSQL: one migrates, the others wait.
func migrate(ctx context.Context, pool *sql.DB, engine string) error {
	p, err := provider(pool, engine)
	if err != nil {
		return err
	}
	if err := refuseNewer(ctx, p); err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrating the database: %w", err)
	}
	return nil
}

// refuseNewer stops an old binary from writing to a newer schema.
func refuseNewer(ctx context.Context, p *goose.Provider) error {
	current, target, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("reading the version of the database: %w", err)
	}
	if current > target {
		return fault.New(fault.Conflict, "The database has version %d, this binary knows only %d: start a newer tocsin.", current, target).WithSlug("newer-schema")
	}
	return nil
}

// refuseOther stops a reader from misreading another schema than its own.
func refuseOther(ctx context.Context, pool *sql.DB, engine string) error {
	p, err := provider(pool, engine)
	if err != nil {
		return err
	}
	current, target, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("reading the version of the database: %w", err)
	}
	if current != target {
		return fmt.Errorf("the database has version %d and this binary reads version %d", current, target)
	}
	return nil
}

// migrateTo brings an empty schema to an earlier version.
func migrateTo(ctx context.Context, pool *sql.DB, engine string, version int64) error {
	p, err := provider(pool, engine)
	if err != nil {
		return err
	}
	_, target, err := p.GetVersions(ctx)
	if err != nil {
		return err
	}
	if version > target {
		return badArchive("The archive has schema %d, this tocsin knows only %d: restore it with a newer tocsin.", version, target)
	}
	if _, err := p.UpTo(ctx, version); err != nil {
		return fmt.Errorf("making the schema of version %d: %w", version, err)
	}
	return nil
}

func provider(pool *sql.DB, engine string) (*goose.Provider, error) {
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	opts := []goose.ProviderOption{goose.WithLogger(goose.NopLogger())}
	dialect := goose.DialectSQLite3
	drop, keep := "--pg:", "--sqlite:"
	if engine == "PostgreSQL" {
		dialect = goose.DialectPostgres
		drop, keep = keep, drop
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, err
		}
		opts = append(opts, goose.WithSessionLocker(locker))
	}
	return goose.NewProvider(dialect, pool, oneEngine{dir, drop, keep}, opts...)
}

// oneEngine shows each migration as one engine needs it: lines that begin with
// drop are removed, lines that begin with keep lose that mark. Goose must not
// see the other engine's lines at all, since it splits statements by their text.
type oneEngine struct {
	fs.FS
	drop, keep string
}

// Open implements fs.FS.
func (f oneEngine) Open(name string) (fs.File, error) {
	file, err := f.FS.Open(name)
	if err != nil || !strings.HasSuffix(name, ".sql") {
		return file, err
	}
	defer file.Close()
	text, err := fs.ReadFile(f.FS, name)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	return &sqlFile{info, bytes.NewReader(f.only(text))}, nil
}

func (f oneEngine) only(text []byte) []byte {
	var out bytes.Buffer
	for line := range bytes.Lines(text) {
		if bytes.HasPrefix(line, []byte(f.drop)) {
			continue
		}
		out.Write(bytes.TrimPrefix(line, []byte(f.keep)))
	}
	return out.Bytes()
}

type sqlFile struct {
	info fs.FileInfo
	*bytes.Reader
}

func (f *sqlFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *sqlFile) Close() error               { return nil }

// Version is the version of the schema.
func (d *DB) Version(ctx context.Context) (int64, error) {
	p, err := provider(d.Pool(), d.Engine())
	if err != nil {
		return 0, err
	}
	return p.GetDBVersion(ctx)
}

// SchemaHash names the set of migrations in this binary.
func SchemaHash() string {
	h := sha256.New()
	entries, _ := fs.ReadDir(migrations, "migrations") // embedded: it is there
	for _, e := range entries {
		text, _ := fs.ReadFile(migrations, "migrations/"+e.Name())
		h.Write(text)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
