package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// A network may take what is sent and never answer. Nothing waits for that
// longer than this.
const (
	pgConnect = 5 * time.Second  // for a new connection, the greeting included
	pgPing    = 2 * time.Second  // for one that has rested, before it is used again
	pgBegin   = 10 * time.Second // for a free connection and the beginning of a transaction
	pgIdle    = 10 * time.Second // between two statements of a transaction
	pgLock    = 15 * time.Second // for a lock that another transaction holds
	pgTimeout = 30 * time.Second // for a whole transaction that writes
	pgRead    = 60 * time.Second // for one that reads, unless its caller is patient
)

type patientKey struct{}

// Patient marks what may read for long, as checking the whole journal does.
// Only the caller's context ends it.
func Patient(ctx context.Context) context.Context {
	return context.WithValue(ctx, patientKey{}, true)
}

func isPatient(ctx context.Context) bool { return ctx.Value(patientKey{}) != nil }

// limited bounds a transaction. One that writes is not ended by its caller:
// once begun it may already be durable.
func limited(caller context.Context, readOnly bool) (context.Context, context.CancelFunc) {
	if !readOnly {
		return context.WithTimeout(context.WithoutCancel(caller), pgTimeout)
	}
	if isPatient(caller) {
		return context.WithCancel(caller)
	}
	return context.WithTimeout(caller, pgRead)
}

// unbounded is a pool for the schema, whose changes may wait and last.
func unbounded(url string, do func(*sql.DB) error) error {
	pool, err := sql.Open("pgx", url)
	if err != nil {
		return fmt.Errorf("reading the database URL: %w", err)
	}
	return errors.Join(do(pool), pool.Close())
}

// openPool makes a pool whose connections are tried before they are used after
// a rest: one that a firewall has forgotten is replaced, and no caller pays.
func openPool(url string, most int) (*sql.DB, error) {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("reading the database URL: %w", err)
	}
	if !strings.Contains(url, "connect_timeout") {
		cfg.ConnectTimeout = pgConnect
	}
	cfg.DialFunc = (&net.Dialer{KeepAlive: 15 * time.Second}).DialContext
	pool := stdlib.OpenDB(*cfg, stdlib.OptionShouldPing(tried), stdlib.OptionAfterConnect(bounded))
	pool.SetMaxOpenConns(most)
	pool.SetMaxIdleConns(most)
	return pool, nil
}

// bounded has the server give up what the network has cut off: a transaction
// whose client fell silent would hold its locks for hours, and with them
// everybody who needs them. Between two statements of ours lies no waiting.
//
// A session keeps the plan that a statement got while a table was empty: to
// read all of it. What is asked here has an index, so such a plan is the last
// one to be taken; it would look dear enough to be compiled, for longer than it
// runs.
func bounded(ctx context.Context, c *pgx.Conn) error {
	_, err := c.Exec(ctx, fmt.Sprintf("SET idle_in_transaction_session_timeout = %d; SET lock_timeout = %d; SET enable_seqscan = off; SET jit = off",
		pgIdle.Milliseconds(), pgLock.Milliseconds()), pgx.QueryExecModeSimpleProtocol)
	return err
}

// tried asks a connection that has rested whether it still works. Where it does
// not, the driver has closed it, and its own question, for which this returns
// true, is answered at once.
func tried(ctx context.Context, p stdlib.ShouldPingParams) bool {
	if p.IdleDuration < time.Second {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, pgPing)
	defer cancel()
	return p.Conn.PgConn().Ping(ctx) != nil
}
