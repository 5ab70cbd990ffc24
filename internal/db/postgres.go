package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"tocsin/internal/fault"
)

const (
	pgConns       = 32
	pgTries       = 8
	pgNumberBlock = 32
)

type postgresEngine struct {
	core    *core
	db      *sql.DB
	numbers *sql.DB // one connection of its own, see reserve

	readOnly bool
}

func openPostgres(ctx context.Context, cfg Config, c *core) error {
	db, err := openPool(cfg.URL, pgConns)
	if err != nil {
		return err
	}
	numbers, err := openPool(cfg.URL, 1)
	if err != nil {
		return err
	}
	e := &postgresEngine{core: c, db: db, numbers: numbers}
	c.dialect = &postgresDialect{numbers: numbers, blocks: map[string]*block{}}
	c.texts = newStatements(c.dialect)
	c.engine = e
	if err := assertPostgres(ctx, db); err != nil {
		return errors.Join(err, e.close())
	}
	if err := e.ready(ctx, cfg); err != nil {
		return errors.Join(err, e.close())
	}
	return nil
}

// ready brings the schema up to date, unless nothing may be written.
func (e *postgresEngine) ready(ctx context.Context, cfg Config) error {
	if err := refuseUnfinishedIn(ctx, e.db); err != nil && !cfg.Unfinished {
		return err
	}
	if cfg.ReadOnly {
		e.readOnly = true
		return refuseOther(ctx, e.db, e.core.dialect.name())
	}
	return unbounded(cfg.URL, func(pool *sql.DB) error { return migrate(ctx, pool, e.core.dialect.name()) })
}

// assertPostgres refuses a server that may lose an acknowledged commit.
func assertPostgres(ctx context.Context, db *sql.DB) error {
	for setting, bad := range map[string]string{"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"} {
		var value string
		if err := db.QueryRowContext(ctx, "SHOW "+setting).Scan(&value); err != nil {
			return fmt.Errorf("connecting to PostgreSQL: %w", err)
		}
		if value == bad {
			return fmt.Errorf("the database is not durable: %s is %s in PostgreSQL", setting, value)
		}
	}
	return nil
}

func (e *postgresEngine) pool() *sql.DB { return e.db }
func (e *postgresEngine) close() error  { return errors.Join(e.db.Close(), e.numbers.Close()) }

// write runs the closure on a connection of its own; PostgreSQL shares commits
// between sessions by itself. The caller's context ends the wait for a
// connection, never a statement.
func (e *postgresEngine) write(ctx context.Context, d *DB, fn func(*Tx) error) error {
	if e.readOnly {
		return fault.New(fault.Unavailable, "The database was opened for reading only.").WithSlug("read-only")
	}
	var err error
	for try := range pgTries {
		err = e.inTx(ctx, d, fn, false)
		var again *errRetry
		if !errors.As(err, &again) {
			return err
		}
		e.core.gauge.Retries.Add(1)
		time.Sleep(time.Duration(rand.IntN(1+4<<try)) * time.Millisecond)
	}
	return fault.New(fault.Unavailable, "Many are changing this at the same time; try again.").WithSlug("contention").WithRetryAfter(time.Second).Because(err)
}

func (e *postgresEngine) read(ctx context.Context, d *DB, fn func(*Tx) error) error {
	return e.inTx(ctx, d, fn, true)
}

func (e *postgresEngine) inTx(caller context.Context, d *DB, fn func(*Tx) error, readOnly bool) error {
	asked := time.Now()
	waiting, enough := context.WithTimeout(caller, pgBegin)
	defer enough()
	conn, err := e.db.Conn(waiting)
	if err != nil {
		return e.core.dialect.classify(err)
	}
	defer conn.Close()
	if !readOnly {
		e.core.gauge.Wait.Observe(time.Since(asked).Microseconds())
	}
	ctx, cancel := limited(caller, readOnly)
	defer cancel()
	s := newSession(conn, e.core.dialect, e.core.texts, false)
	tenant, _ := Who(caller)
	beginning, begun := context.WithTimeout(ctx, pgBegin)
	defer begun()
	if err := e.core.dialect.begin(beginning, s, tenant, readOnly); err != nil {
		return e.core.dialect.classify(err)
	}
	if isPatient(caller) { // a backup may wait for whoever it writes to
		if _, err := conn.ExecContext(ctx, "SET LOCAL idle_in_transaction_session_timeout = 0"); err != nil {
			e.rollback(ctx, conn)
			return e.core.dialect.classify(err)
		}
	}
	err = guarded(fn, d.newTx(ctx, s))
	if err == nil && !readOnly {
		began := time.Now()
		_, err = conn.ExecContext(ctx, "COMMIT")
		if err == nil {
			e.core.gauge.Commit.Observe(time.Since(began).Microseconds())
			e.core.gauge.GroupSize.Observe(1)
			e.core.gauge.Groups.Add(1)
			e.core.gauge.Closures.Add(1)
			e.core.announce()
			return nil
		}
		err = e.core.dialect.classify(err)
	}
	err = orUnreachable(conn, err)
	e.rollback(ctx, conn)
	var p *panicked
	if errors.As(err, &p) {
		e.core.gauge.Panics.Add(1)
		e.core.log.Error("a transaction panicked", "error", p.Error())
	}
	return err
}

// rollback ends the transaction; a connection on which that fails leaves the
// pool, since the next user would inherit its transaction.
func (e *postgresEngine) rollback(ctx context.Context, conn *sql.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if _, err := conn.ExecContext(ctx, "ROLLBACK"); err != nil {
		_ = conn.Raw(func(any) error { return driver.ErrBadConn })
	}
}

// block is a range of human numbers that this node has taken.
type block struct {
	mu         sync.Mutex
	next, last int64
}

type postgresDialect struct {
	numbers *sql.DB
	mu      sync.Mutex
	blocks  map[string]*block
}

func (*postgresDialect) name() string                   { return "PostgreSQL" }
func (*postgresDialect) placeholders(sql string) string { return sql }
func (*postgresDialect) lockRows() string               { return " FOR UPDATE SKIP LOCKED" }

// position is unknown before the commit: the leader gives it afterwards.
func (*postgresDialect) position(string) string { return "NULL" }

// begin opens the transaction and names its tenant in one round trip; row-level
// security compares every row with that name.
func (*postgresDialect) begin(ctx context.Context, s *session, tenant string, readOnly bool) error {
	text := "BEGIN"
	if readOnly {
		text = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
	}
	quoted := strings.ReplaceAll(tenant, "'", "''")
	_, err := s.conn.ExecContext(ctx, text+"; SET LOCAL app.tenant = '"+quoted+"'", pgx.QueryExecModeSimpleProtocol)
	return err
}

// number takes from this node's block, so that nobody waits for a counter row:
// one such row held intake to a third in a trial. A block is reserved by its
// own transaction; what a node does not use is a gap.
func (d *postgresDialect) number(tx *Tx, series string) (int64, error) {
	b := d.block(tx.tenant + "/" + series)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next >= b.last {
		if err := d.reserve(tx, series, b); err != nil {
			return 0, err
		}
	}
	n := b.next
	b.next++
	return n, nil
}

func (d *postgresDialect) block(key string) *block {
	d.mu.Lock()
	defer d.mu.Unlock()
	b, ok := d.blocks[key]
	if !ok {
		b = &block{}
		d.blocks[key] = b
	}
	return b
}

// reserve takes a block on a connection that nothing else uses: the caller holds
// one of the pool, and where all of the pool waited for a block, none would be
// left to fetch it.
func (d *postgresDialect) reserve(tx *Tx, series string, b *block) error {
	own, err := d.numbers.BeginTx(tx.ctx, nil)
	if err != nil {
		return d.classify(err)
	}
	defer func() { _ = own.Rollback() }()
	if _, err := own.ExecContext(tx.ctx, "SELECT set_config('app.tenant', $1, true)", tx.tenant); err != nil {
		return d.classify(err)
	}
	var end int64
	row := own.QueryRowContext(tx.ctx, nextNumber, tx.tenant, series, 1+pgNumberBlock, pgNumberBlock)
	if err := row.Scan(&end); err != nil {
		return d.classify(err)
	}
	if err := own.Commit(); err != nil {
		return d.classify(err)
	}
	b.next, b.last = end-pgNumberBlock, end
	return nil
}

// streamOrder is the constraint that orders a journal stream. Two writers that
// meet there run again: the second then sees the first's entry.
const streamOrder = "entry_stream_seq"

func (*postgresDialect) classify(err error) error {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return classifyConnection(err)
	}
	switch {
	case e.Code == "40001", e.Code == "40P01", e.Code == "23505" && e.ConstraintName == streamOrder:
		return &errRetry{err}
	case e.Code == "23505":
		return &errUnique{e.ConstraintName, err}
	case e.Code == "23503":
		return referenceFault(err)
	case e.Code == "53100":
		return diskFull(err)
	case e.Code == "55P03":
		return fault.New(fault.Unavailable, "Many are changing this at the same time; try again.").WithSlug("contention").WithRetryAfter(time.Second).Because(err)
	case strings.HasPrefix(e.Code, "53"), e.Code == "25P03", strings.HasPrefix(e.Code, "57P"), strings.HasPrefix(e.Code, "08"):
		return unreachable(err)
	}
	return err
}

func classifyConnection(err error) error {
	var connect *pgconn.ConnectError
	var network net.Error
	switch {
	case errors.As(err, &connect), errors.As(err, &network), errors.Is(err, driver.ErrBadConn), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, context.DeadlineExceeded), pgconn.Timeout(err), pgconn.SafeToRetry(err):
		return unreachable(err)
	}
	return err
}

// orUnreachable is an error of a transaction whose connection is gone: whatever
// it says, it is not the caller's fault, nor that of what they sent.
func orUnreachable(conn *sql.Conn, err error) error {
	gone := conn.Raw(func(c any) error {
		if own, ok := c.(*stdlib.Conn); ok && own.Conn().IsClosed() {
			return driver.ErrBadConn
		}
		return nil
	}) != nil
	if gone && fault.Is(err, fault.Internal) {
		return unreachable(err)
	}
	return err
}

func unreachable(cause error) error {
	return fault.New(fault.Unavailable, "The database cannot be reached.").WithSlug("storage").WithRetryAfter(5 * time.Second).Because(cause)
}
