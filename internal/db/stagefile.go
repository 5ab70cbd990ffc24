package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// stageDir inside the data directory is both the mark and the place of a stage.
const stageDir = "restoring"

// refuseUnfinished keeps a server from starting on half of a restore.
func refuseUnfinished(dir string) error {
	_, err := os.Stat(filepath.Join(dir, stageDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return unfinished(dir)
}

// fileStage is a stage on SQLite: a file in a directory of its own, which takes
// the place of the old one by a rename.
type fileStage struct {
	cfg  Config
	lock *os.File
	dir  string // of the stage
	pool *sql.DB
}

func beginFile(_ context.Context, cfg Config) (site, error) {
	lock, err := lockDir(cfg.Dir)
	if err != nil {
		return nil, err
	}
	s := &fileStage{cfg: cfg, lock: lock, dir: filepath.Join(cfg.Dir, stageDir)}
	// What an earlier restore left is worth nothing.
	err = os.RemoveAll(s.dir)
	if err == nil {
		err = os.Mkdir(s.dir, 0o700)
	}
	if err == nil {
		err = syncDir(cfg.Dir)
	}
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return s, nil
}

func (s *fileStage) config() Config {
	c := s.cfg
	c.Dir = s.dir
	return c
}

func (s *fileStage) file() string { return filepath.Join(s.dir, FileName) }

// prepare opens the file without any durability: until Replace it is worth
// nothing, and what it holds is flushed before that.
func (s *fileStage) prepare(ctx context.Context, schema int64) (err error) {
	v := url.Values{}
	for _, p := range []string{"journal_mode(OFF)", "synchronous(OFF)", "foreign_keys(0)", "cache_size(-131072)", "temp_store(FILE)", "locking_mode(EXCLUSIVE)"} {
		v.Add("_pragma", p)
	}
	dsn := (&url.URL{Scheme: "file", OmitHost: true, Path: s.file(), RawQuery: v.Encode()}).String()
	if s.pool, err = openFile(dsn); err != nil {
		return err
	}
	s.pool.SetMaxOpenConns(1)
	return migrateTo(ctx, s.pool, sqliteDialect{}.name(), schema)
}

func (s *fileStage) load(ctx context.Context) (shelf, func(error) error, error) {
	conn, err := s.pool.Conn(ctx)
	if err != nil {
		return nil, nil, err
	}
	l := &fileShelf{ctx: ctx, conn: conn}
	if err := l.prepare(); err != nil {
		return nil, nil, errors.Join(err, conn.Close())
	}
	return l, func(err error) error {
		if err == nil {
			err = l.finish()
		}
		return errors.Join(err, conn.Close(), s.pool.Close())
	}, nil
}

// fileShelf takes rows without the indexes that are not constraints: made at
// the end they cost one sort each, and not a page a row.
type fileShelf struct {
	ctx     context.Context
	conn    *sql.Conn
	known   []tableHead
	indexes []string // statements that make them again
	place   positions
	insert  *sql.Stmt
}

func (l *fileShelf) prepare() error {
	if _, err := l.conn.ExecContext(l.ctx, "BEGIN"); err != nil {
		return err
	}
	view := bare(l.ctx, l.conn, sqliteDialect{})
	var err error
	if l.known, err = (&sqliteEngine{}).tables(view); err != nil {
		return err
	}
	type index struct{ name, text string }
	found, err := All(view, func(s Scanner) (i index, err error) { return i, s.Scan(&i.name, &i.text) },
		`SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL`)
	if err != nil {
		return err
	}
	for _, i := range found {
		l.indexes = append(l.indexes, i.text)
		if _, err := l.conn.ExecContext(l.ctx, "DROP INDEX "+quoted(i.name)); err != nil {
			return err
		}
	}
	return nil
}

func (l *fileShelf) head(h Head) error {
	l.place.last = h.LastPos
	return nil
}

func (l *fileShelf) begin(t tableHead) (err error) {
	if err := fits(t, l.known); err != nil {
		return err
	}
	l.place.begin(t)
	names, marks := make([]string, len(t.Columns)), make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i], marks[i] = quoted(c.Name), "?"
	}
	// A migration may have put rows there, such as what every installation has.
	if _, err := l.conn.ExecContext(l.ctx, "DELETE FROM "+quoted(t.Name)); err != nil {
		return err
	}
	l.insert, err = l.conn.PrepareContext(l.ctx, "INSERT INTO "+quoted(t.Name)+"("+strings.Join(names, ",")+") VALUES ("+strings.Join(marks, ",")+")")
	return err
}

func (l *fileShelf) rows(batch [][]any) error {
	for _, row := range batch {
		l.place.give(row)
		if _, err := l.insert.ExecContext(l.ctx, row...); err != nil {
			return err
		}
	}
	return l.ctx.Err()
}

func (l *fileShelf) end() error { return l.insert.Close() }

// finish makes the indexes again and checks what the constraints would have.
func (l *fileShelf) finish() error {
	for _, text := range l.indexes {
		if _, err := l.conn.ExecContext(l.ctx, text); err != nil {
			return badArchive("The archive does not hold together: two rows are one.").Because(err)
		}
	}
	var table, parent string
	var row, key any
	err := l.conn.QueryRowContext(l.ctx, "PRAGMA foreign_key_check").Scan(&table, &row, &parent, &key)
	switch {
	case err == nil:
		return badArchive("The archive does not hold together: a row of %s refers to one of %s that is not there.", table, parent)
	case !errors.Is(err, sql.ErrNoRows):
		return err
	}
	var verdict string
	if err := l.conn.QueryRowContext(l.ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return err
	}
	if verdict != "ok" {
		return fmt.Errorf("what was restored is not sound: %s", verdict)
	}
	_, err = l.conn.ExecContext(l.ctx, "COMMIT")
	return err
}

// replace flushes the new file before it takes the old one's name: at every
// moment of a power cut either the mark is there, or the new file is.
func (s *fileStage) replace(context.Context) error {
	old := filepath.Join(s.cfg.Dir, FileName)
	if err := flushed(s.file()); err != nil {
		return err
	}
	for _, rest := range []string{"-wal", "-shm"} {
		if err := os.Remove(old + rest); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := os.Rename(s.file(), old); err != nil {
		return err
	}
	if err := syncDir(s.cfg.Dir); err != nil {
		return err
	}
	return s.abandon(context.Background())
}

// flushed refuses a file with a log beside it: it was not closed in order.
func flushed(name string) error {
	if info, err := os.Stat(name + "-wal"); err == nil && info.Size() > 0 {
		return fmt.Errorf("%s was not closed in order", name)
	}
	f, err := os.OpenFile(name, os.O_RDWR, 0) //nolint:gosec // ours
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (s *fileStage) abandon(context.Context) error {
	if s.pool != nil {
		_ = s.pool.Close()
	}
	err := os.RemoveAll(s.dir)
	if err == nil {
		err = syncDir(s.cfg.Dir)
	}
	return errors.Join(err, s.lock.Close())
}

func syncDir(dir string) error {
	d, err := os.Open(dir) //nolint:gosec // the data directory
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
