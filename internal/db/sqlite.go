package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"github.com/ncruces/go-sqlite3"

	"tocsin/internal/fault"
)

// FileName is the SQLite file inside the data directory.
const FileName = "tocsin.db"

type sqliteEngine struct {
	core    *core
	lock    *os.File
	file    string
	writes  *sql.DB
	reads   *sql.DB
	writer  *writer
	readers chan *session // nil entries are connections to be opened

	checkpointAt int   // pages of the log
	pages        int   // of the log after the last commit
	blockedAt    int64 // size of the log when it was last tried to cut it
}

func openSQLite(ctx context.Context, cfg Config, c *core) error {
	e := &sqliteEngine{core: c, file: filepath.Join(cfg.Dir, FileName)}
	c.dialect = sqliteDialect{}
	c.texts = newStatements(c.dialect)
	c.engine = e
	if err := refuseUnfinished(cfg.Dir); err != nil && !cfg.Unfinished {
		return err
	}
	if cfg.ReadOnly {
		return e.openBeside(ctx, cfg)
	}
	lock, err := lockDir(cfg.Dir)
	if err != nil {
		return err
	}
	e.lock = lock
	if err := e.open(ctx, cfg); err != nil {
		_ = lock.Close()
		return err
	}
	return nil
}

// openBeside opens only readers, beside whoever holds the directory.
func (e *sqliteEngine) openBeside(ctx context.Context, cfg Config) error {
	if _, err := os.Stat(e.file); err != nil {
		return fmt.Errorf("there is no database in %s: %w", cfg.Dir, err)
	}
	if err := e.openReaders(cfg); err != nil {
		return err
	}
	return errors.Join(refuseOther(ctx, e.reads, e.core.dialect.name()))
}

func (e *sqliteEngine) openReaders(cfg Config) (err error) {
	if e.reads, err = openFile(e.dsn(cfg, true)); err != nil {
		return err
	}
	e.readers = make(chan *session, max(4, 2*runtime.GOMAXPROCS(0)))
	for range cap(e.readers) {
		e.readers <- nil
	}
	return nil
}

func (e *sqliteEngine) open(ctx context.Context, cfg Config) error {
	var err error
	if e.writes, err = openFile(e.dsn(cfg, false)); err != nil {
		return err
	}
	e.writes.SetMaxOpenConns(1)
	if err := migrate(ctx, e.writes, e.core.dialect.name()); err != nil {
		return err
	}
	s, err := e.connect(ctx)
	if err != nil {
		return err
	}
	if cfg.Synchronous == "" {
		if err := assertDurable(ctx, s); err != nil {
			s.close()
			return err
		}
	}
	unsettled := e.settle(ctx, s)
	if unsynced(unsettled) {
		return unsettled
	}
	if err := e.openReaders(cfg); err != nil {
		return err
	}
	e.checkpointAt = cmp.Or(cfg.CheckpointPages, checkpointPages)
	e.writer = startWriter(e.core, s, e, unsettled != nil)
	return nil
}

// dsn carries every setting, because a later Exec would reach only one pooled
// connection.
func (e *sqliteEngine) dsn(cfg Config, reader bool) string {
	v := url.Values{}
	cache, synchronous := -65536, "FULL"
	if cfg.Synchronous != "" {
		synchronous = cfg.Synchronous
	}
	v.Add("_pragma", "busy_timeout(10000)")
	if reader {
		cache = -16384
		v.Add("_pragma", "query_only(1)")
	} else {
		v.Add("_pragma", "journal_mode(WAL)")
		v.Add("_pragma", "wal_autocheckpoint(0)") // see trim
	}
	v.Add("_pragma", "synchronous("+synchronous+")")
	v.Add("_pragma", "foreign_keys(1)")
	v.Add("_pragma", "secure_delete(FAST)") // what is erased does not linger in a page
	v.Add("_pragma", "cache_size("+strconv.Itoa(cache)+")")
	v.Add("_pragma", "temp_store(FILE)")
	v.Add("_txlock", "immediate")
	if cfg.VFS != "" {
		v.Add("vfs", cfg.VFS)
	}
	return (&url.URL{Scheme: "file", OmitHost: true, Path: e.file, RawQuery: v.Encode()}).String()
}

func (e *sqliteEngine) connect(ctx context.Context) (*session, error) {
	conn, err := e.writes.Conn(ctx)
	if err != nil {
		return nil, err
	}
	s := newSession(conn, e.core.dialect, e.core.texts, true)
	if err := e.measure(s); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func assertDurable(ctx context.Context, s *session) error {
	var mode string
	var synchronous, keys int
	for q, dest := range map[string]any{
		"PRAGMA journal_mode": &mode, "PRAGMA synchronous": &synchronous, "PRAGMA foreign_keys": &keys,
	} {
		if err := s.conn.QueryRowContext(ctx, q).Scan(dest); err != nil {
			return err
		}
	}
	if mode != "wal" || synchronous < 2 || keys != 1 {
		return fmt.Errorf("the database is not durable: journal_mode=%s synchronous=%d foreign_keys=%d, want wal, 2 or more, 1", mode, synchronous, keys)
	}
	return nil
}

func (e *sqliteEngine) pool() *sql.DB { return e.reads }

func (e *sqliteEngine) write(ctx context.Context, d *DB, fn func(*Tx) error) error {
	if e.writer == nil {
		return fault.New(fault.Unavailable, "The database was opened for reading only.").WithSlug("read-only")
	}
	return e.writer.submit(ctx, d, fn)
}

func (e *sqliteEngine) read(ctx context.Context, d *DB, fn func(*Tx) error) (err error) {
	s, err := e.reader(ctx)
	if err != nil {
		return err
	}
	defer func() { e.readers <- s }()
	tenant, _ := Who(ctx)
	if err := e.core.dialect.begin(ctx, s, tenant, true); err != nil {
		s.close()
		s = nil
		return e.core.dialect.classify(err)
	}
	err = guarded(fn, d.newTx(ctx, s))
	_, end := s.conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
	var p *panicked
	if end != nil || errors.As(err, &p) {
		s.close()
		s = nil
	}
	return err
}

func (e *sqliteEngine) reader(ctx context.Context) (*session, error) {
	select {
	case s := <-e.readers:
		if s != nil {
			return s, nil
		}
		conn, err := e.reads.Conn(ctx)
		if err != nil {
			e.readers <- nil
			return nil, e.core.dialect.classify(err)
		}
		return newSession(conn, e.core.dialect, e.core.texts, true), nil
	case <-ctx.Done():
		return nil, interrupted(ctx.Err())
	}
}

func (e *sqliteEngine) close() error {
	if e.writer != nil {
		close(e.writer.stop)
		<-e.writer.ended
	}
	for range cap(e.readers) {
		if s := <-e.readers; s != nil {
			s.close()
		}
	}
	err := e.reads.Close()
	if e.writer == nil {
		return err
	}
	err = errors.Join(err, e.writes.Close())
	return errors.Join(err, e.lock.Close())
}

type sqliteDialect struct{}

func (sqliteDialect) name() string                   { return "SQLite" }
func (sqliteDialect) placeholders(sql string) string { return questionMarks(sql) }
func (sqliteDialect) lockRows() string               { return "" }

func (sqliteDialect) begin(ctx context.Context, s *session, _ string, readOnly bool) error {
	text := "BEGIN IMMEDIATE"
	if readOnly {
		text = "BEGIN DEFERRED"
	}
	_, err := s.exec(ctx, text, nil)
	return err
}

// position: one writer means that the order of insertion is the order of
// commits, so a row's position is known at once and leaves no gap.
func (sqliteDialect) position(table string) string {
	return "(SELECT COALESCE(MAX(pos),0)+1 FROM " + table + ")"
}

const nextNumber = `INSERT INTO counter(tenant, series, next) VALUES ($1,$2,$3)
	ON CONFLICT (tenant, series) DO UPDATE SET next = counter.next + $4 RETURNING next`

func (sqliteDialect) number(tx *Tx, series string) (int64, error) {
	var next int64
	err := tx.QueryRow(nextNumber, tx.tenant, series, 2, 1).Scan(&next)
	return next - 1, err
}

func (sqliteDialect) classify(err error) error {
	code, extended, ok := sqliteCodes(err)
	if !ok {
		return err
	}
	switch extended {
	case sqlite3.CONSTRAINT_UNIQUE, sqlite3.CONSTRAINT_PRIMARYKEY:
		return &errUnique{err.Error(), err}
	case sqlite3.CONSTRAINT_FOREIGNKEY:
		return referenceFault(err)
	}
	switch code {
	case sqlite3.FULL:
		return diskFull(err)
	case sqlite3.IOERR, sqlite3.CANTOPEN, sqlite3.READONLY, sqlite3.NOMEM:
		return fault.New(fault.Unavailable, "The database cannot write or read its file.").WithSlug("storage").WithRetryAfter(10 * time.Second).Because(err)
	case sqlite3.BUSY, sqlite3.LOCKED:
		return fault.New(fault.Unavailable, "The database is busy.").WithSlug("busy").WithRetryAfter(time.Second).Because(err)
	}
	return err
}

// sqliteCodes reads the codes of an error of the driver, which comes as one of
// three types: with a message, or as a bare code of either width.
func sqliteCodes(err error) (code sqlite3.ErrorCode, extended sqlite3.ExtendedErrorCode, ok bool) {
	var whole *sqlite3.Error
	switch {
	case errors.As(err, &whole):
		return whole.Code(), whole.ExtendedCode(), true
	case errors.As(err, &extended):
		return extended.Code(), extended, true
	case errors.As(err, &code):
		return code, code.ExtendedCode(), true
	}
	return 0, 0, false
}

func diskFull(cause error) error {
	return fault.New(fault.Unavailable, "The disk that holds the database is full.").WithSlug("disk-full").WithRetryAfter(30 * time.Second).Because(cause)
}
