package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// stageOf names the schema that is both the mark and the place of a stage
// beside the schema in use.
const stageOf = `current_schema() || '_restoring'`

// refuseUnfinishedIn keeps a server from starting on half of a restore.
func refuseUnfinishedIn(ctx context.Context, pool *sql.DB) error {
	var there bool
	var schema string
	err := pool.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = `+stageOf+`), COALESCE(current_schema(),'')`).Scan(&there, &schema)
	if err != nil {
		return (&postgresDialect{}).classify(err)
	}
	if there {
		return unfinished("schema " + schema)
	}
	return nil
}

// schemaStage is a stage on PostgreSQL: a schema whose tables move into the one
// in use, in one transaction.
type schemaStage struct {
	cfg  Config
	main *sql.DB // as the server sees it
	pool *sql.DB // as the stage sees it
	url  string
	name string
	home string
}

func beginSchema(ctx context.Context, cfg Config) (site, error) {
	pool, err := sql.Open("pgx", cfg.URL)
	if err != nil {
		return nil, fmt.Errorf("reading the database URL: %w", err)
	}
	s := &schemaStage{cfg: cfg, main: pool}
	if err := s.mark(ctx); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return s, nil
}

// mark makes the schema; what an earlier restore left is worth nothing.
func (s *schemaStage) mark(ctx context.Context) error {
	err := s.main.QueryRowContext(ctx, `SELECT current_schema(), `+stageOf).Scan(&s.home, &s.name)
	if err != nil {
		return fmt.Errorf("connecting to PostgreSQL: %w", err)
	}
	if _, err := s.main.ExecContext(ctx, `DROP SCHEMA IF EXISTS `+quoted(s.name)+` CASCADE`); err != nil {
		return err
	}
	if _, err := s.main.ExecContext(ctx, `CREATE SCHEMA `+quoted(s.name)); err != nil {
		return fmt.Errorf("a restore needs the right to make a schema (GRANT CREATE ON DATABASE): %w", err)
	}
	u, err := url.Parse(s.cfg.URL)
	if err != nil {
		return fmt.Errorf("reading the database URL: %w", err)
	}
	q := u.Query()
	q.Set("search_path", quoted(s.name))
	u.RawQuery = q.Encode()
	s.url = u.String()
	s.pool, err = sql.Open("pgx", s.url)
	return err
}

func (s *schemaStage) config() Config {
	c := s.cfg
	c.URL = s.url
	return c
}

func (s *schemaStage) prepare(ctx context.Context, schema int64) error {
	return migrateTo(ctx, s.pool, (&postgresDialect{}).name(), schema)
}

// load takes the rows in one transaction, with the foreign keys taken away and
// put back, which checks them all at once, and with row security not forced on
// the owner, since COPY refuses it.
func (s *schemaStage) load(ctx context.Context) (shelf, func(error) error, error) {
	conn, err := s.pool.Conn(ctx)
	if err != nil {
		return nil, nil, err
	}
	l := &schemaShelf{ctx: ctx, conn: conn}
	if err := l.prepare(); err != nil {
		return nil, nil, errors.Join(err, conn.Close())
	}
	return l, func(err error) error {
		if err == nil {
			err = l.finish()
		}
		if err != nil {
			_, _ = conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		}
		return errors.Join(err, conn.Close())
	}, nil
}

type schemaShelf struct {
	ctx    context.Context
	conn   *sql.Conn
	known  []tableHead
	before []string // statements that make room
	after  []string // statements that put back what they took
	place  positions
	table  tableHead
}

// The statements are made by the server, which quotes the names.
const (
	sqlDropKeys = `SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY 1`
	sqlPutKeys  = `SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY 1`
	sqlRelax    = `SELECT format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', oid::regclass) FROM pg_class WHERE relforcerowsecurity AND relnamespace = current_schema()::regnamespace ORDER BY 1`
	sqlForce    = `SELECT format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', oid::regclass) FROM pg_class WHERE relforcerowsecurity AND relnamespace = current_schema()::regnamespace ORDER BY 1`
	sqlNumbers  = `SELECT format('SELECT setval(pg_get_serial_sequence(%L, %L), COALESCE(MAX(%I),0) + 1, FALSE) FROM %I', quote_ident(table_name), column_name, column_name, table_name)
		FROM information_schema.columns WHERE table_schema = current_schema() AND is_identity = 'YES' AND table_name <> 'goose_db_version'`
)

func (l *schemaShelf) prepare() (err error) {
	if _, err = l.conn.ExecContext(l.ctx, "BEGIN"); err != nil {
		return err
	}
	view := bare(l.ctx, l.conn, &postgresDialect{})
	if l.known, err = (&postgresEngine{}).tables(view); err != nil {
		return err
	}
	lists := map[string]*[]string{sqlDropKeys: &l.before, sqlRelax: &l.before, sqlPutKeys: &l.after, sqlForce: &l.after, sqlNumbers: &l.after}
	// Row security comes back last: under it the numbers would be those of no rows.
	for _, query := range []string{sqlDropKeys, sqlRelax, sqlPutKeys, sqlNumbers, sqlForce} {
		statements, err := Strings(view, query)
		if err != nil {
			return err
		}
		*lists[query] = append(*lists[query], statements...)
	}
	return l.all(l.before)
}

func (l *schemaShelf) all(statements []string) error {
	for _, s := range statements {
		if _, err := l.conn.ExecContext(l.ctx, s); err != nil {
			return fmt.Errorf("%w: in %s", err, s)
		}
	}
	return nil
}

func (l *schemaShelf) head(h Head) error {
	l.place.last = h.LastPos
	return nil
}

func (l *schemaShelf) begin(t tableHead) error {
	if err := fits(t, l.known); err != nil {
		return err
	}
	l.table = t
	l.place.begin(t)
	// A migration may have put rows there, such as what every installation has.
	_, err := l.conn.ExecContext(l.ctx, "TRUNCATE "+quoted(t.Name))
	return err
}

func (l *schemaShelf) rows(batch [][]any) error {
	columns := make([]string, len(l.table.Columns))
	for i, c := range l.table.Columns {
		columns[i] = c.Name
	}
	for _, row := range batch {
		l.place.give(row)
	}
	return l.conn.Raw(func(raw any) error {
		_, err := raw.(*stdlib.Conn).Conn().CopyFrom(l.ctx, pgx.Identifier{l.table.Name}, columns, pgx.CopyFromRows(batch))
		return err
	})
}

func (l *schemaShelf) end() error { return nil }

func (l *schemaShelf) finish() error {
	if err := l.all(l.after); err != nil {
		return badArchive("The archive does not hold together.").Because(err)
	}
	if _, err := l.conn.ExecContext(l.ctx, "COMMIT"); err != nil {
		return err
	}
	names := make([]string, len(l.known))
	for i, t := range l.known {
		names[i] = quoted(t.Name)
	}
	_, err := l.conn.ExecContext(l.ctx, "ANALYZE "+strings.Join(names, ", "))
	return err
}

const (
	sqlStaged  = `SELECT format('%I', relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = quote_ident($1)::regnamespace ORDER BY relname`
	sqlStagedF = `SELECT format('%I(%s)', proname, pg_get_function_identity_arguments(oid)) FROM pg_proc WHERE pronamespace = quote_ident($1)::regnamespace ORDER BY 1`
)

// replace moves every table and function of the stage into the schema in use.
// Without CASCADE: what somebody else built on our tables stops it.
func (s *schemaStage) replace(ctx context.Context) error {
	conn, err := s.main.Conn(ctx)
	if err != nil {
		return err
	}
	if err := s.move(ctx, conn); err != nil {
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		return errors.Join(err, conn.Close())
	}
	return errors.Join(conn.Close(), s.pool.Close(), s.main.Close())
}

func (s *schemaStage) move(ctx context.Context, conn *sql.Conn) error {
	view := bare(ctx, conn, &postgresDialect{})
	tables, err := Strings(view, sqlStaged, s.name)
	if err != nil {
		return err
	}
	functions, err := Strings(view, sqlStagedF, s.name)
	if err != nil {
		return err
	}
	home, stage := quoted(s.home)+".", quoted(s.name)+"."
	statements := []string{"DROP TABLE IF EXISTS " + home + strings.Join(tables, ", "+home)}
	for _, f := range functions {
		statements = append(statements, "DROP FUNCTION IF EXISTS "+home+f, "ALTER FUNCTION "+stage+f+" SET SCHEMA "+quoted(s.home))
	}
	for _, t := range tables {
		statements = append(statements, "ALTER TABLE "+stage+t+" SET SCHEMA "+quoted(s.home))
	}
	statements = append(append([]string{"BEGIN"}, statements...), "DROP SCHEMA "+quoted(s.name), "COMMIT")
	for _, text := range statements {
		if _, err := conn.ExecContext(ctx, text); err != nil {
			return fmt.Errorf("%w: in %.200s", err, text)
		}
	}
	return nil
}

func (s *schemaStage) abandon(ctx context.Context) error {
	if s.pool != nil {
		_ = s.pool.Close()
	}
	_, err := s.main.ExecContext(ctx, `DROP SCHEMA IF EXISTS `+quoted(s.name)+` CASCADE`)
	return errors.Join(err, s.main.Close())
}
