package db

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"tocsin/internal/fault"
)

// Config says which database to open.
type Config struct {
	Dir   string           // data directory; made with mode 0700, held under a lock
	URL   string           // "" for SQLite in Dir, else postgres://…
	VFS   string           // SQLite file layer, for fault harnesses; "" is the product's
	Clock func() time.Time // nil for the machine's clock; only the demo filler and tests set it
	Log   *slog.Logger     // nil discards
	// Synchronous lets a harness open SQLite with weaker durability on purpose,
	// to prove that it would be noticed. Never set by the product.
	Synchronous string
	// ReadOnly opens beside a process that has the database open: nothing is
	// locked, migrated or written.
	ReadOnly bool
	// Unfinished opens what a restore is about to replace although an earlier
	// restore did not end.
	Unfinished bool
	// CheckpointPages makes SQLite's own checkpoints come sooner, for harnesses
	// whose lives are short; 0 is the product's.
	CheckpointPages int
	// Lost is called, for harnesses, when the process must end because nobody
	// can tell what is on the disk; nil ends it.
	Lost func(error)
}

// DB is an open database. It is safe for many goroutines.
type DB struct {
	*core
	clock func() time.Time
}

// engine is what differs in how the two databases take work.
type engine interface {
	write(ctx context.Context, d *DB, fn func(*Tx) error) error
	read(ctx context.Context, d *DB, fn func(*Tx) error) error
	pool() *sql.DB // for migrations and maintenance
	// snapshot is read for something long: it takes nobody's connection.
	snapshot(ctx context.Context, d *DB, fn func(*Tx) error) error
	tables(tx *Tx) ([]tableHead, error)
	sizes(ctx context.Context) (Sizes, error)
	waiting() int
	damage(tx *Tx) (string, error)
	close() error
}

type core struct {
	engine  engine
	dialect dialect
	texts   *statements
	log     *slog.Logger
	mu      sync.Mutex
	changed chan struct{}
	gauge   Gauges
	onLost  func(error)
	lost    atomic.Bool // nothing is written or read any more
}

// Open opens the database, asserts its durability and brings the schema up to
// date. It fails when another process holds Dir, when a setting would lose
// acknowledged work in a power cut, or when the schema is newer than this
// binary.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	c := &core{log: cfg.Log, changed: make(chan struct{}), onLost: cfg.Lost}
	open := openSQLite
	if cfg.URL != "" {
		open = openPostgres
	}
	if err := open(ctx, cfg, c); err != nil {
		return nil, err
	}
	return &DB{core: c, clock: cfg.Clock}, nil
}

// At returns the same database under another clock. The demo filler and tests
// use it to tell a story that is already over.
func (d *DB) At(clock func() time.Time) *DB { return &DB{core: d.core, clock: clock} }

// Now is the time of this database's clock in microseconds UTC, for what
// happens outside of a transaction.
func (d *DB) Now() int64 { return d.clock().UnixMicro() }

// Write runs fn in a transaction and returns after the commit is durable. fn
// may run more than once. An error of fn rolls back its own work only.
func (d *DB) Write(ctx context.Context, fn func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return interrupted(err)
	}
	return d.engine.write(ctx, d, withAlso(ctx, fn))
}

// Read runs fn on one consistent snapshot. fn cannot write.
func (d *DB) Read(ctx context.Context, fn func(*Tx) error) error {
	if d.lost.Load() {
		return errGivenUp()
	}
	return d.engine.read(ctx, d, fn)
}

// Engine names the engine, for people ("SQLite", "PostgreSQL").
func (d *DB) Engine() string { return d.dialect.name() }

// Pool is the bare pool, for migrations and maintenance only.
func (d *DB) Pool() *sql.DB { return d.engine.pool() }

// Close ends the writer after what it has begun and closes every connection.
func (d *DB) Close() error { return d.engine.close() }

// Changed returns a channel that is closed at the next commit of this process.
// It is a hint to look, never the only way to learn.
func (d *DB) Changed() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.changed
}

// announce tells who waits for changes that there is a commit.
func (c *core) announce() {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.changed)
	c.changed = make(chan struct{})
}

func (d *DB) newTx(ctx context.Context, s *session) *Tx {
	tenant, actor := Who(ctx)
	return &Tx{db: d, ctx: ctx, s: s, now: d.clock().UnixMicro(), tenant: tenant, actor: actor}
}

// panicked is an error made from a panic inside a closure.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string {
	return fmt.Sprintf("panic in a transaction: %v\n%s", p.value, p.stack)
}

// guarded runs fn and turns a panic into an error.
func guarded(fn func(*Tx) error, tx *Tx) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicked{v, debug.Stack()}
		}
	}()
	return fn(tx)
}

func interrupted(cause error) error {
	return fault.New(fault.Unavailable, "The request ended before it was begun.").WithSlug("cancelled").Because(cause)
}

// PositionsAfterCommit reports whether positions are given by a leader after
// the commit, instead of by the one writer at once.
func (d *DB) PositionsAfterCommit() bool { return d.dialect.position("") == "NULL" }
