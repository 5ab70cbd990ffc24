// Package dbtest runs a test on every engine.
//
// In: a test. Out: a fresh, migrated database for it on SQLite, and on
// PostgreSQL where TOCSIN_TEST_PG names a server on which databases may be
// made. It never touches a database that it did not make.
package dbtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"tocsin/internal/db"
)

// Tenant is the tenant of test data.
const Tenant = "main"

// Each runs fn on every engine, each time on an empty database.
func Each(t *testing.T, fn func(t *testing.T, d *db.DB)) {
	t.Helper()
	EachClock(t, nil, fn)
}

// EachClock is Each under a clock of the test's own.
func EachClock(t *testing.T, clock func() time.Time, fn func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		fn(t, SQLite(t, clock))
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		fn(t, Postgres(t, clock))
	})
}

// SQLite opens an empty SQLite database in a temporary directory.
func SQLite(t testing.TB, clock func() time.Time) *db.DB {
	t.Helper()
	return open(t, db.Config{Dir: t.TempDir(), Clock: clock})
}

// Postgres makes an empty database on the test server, or skips loudly.
func Postgres(t testing.TB, clock func() time.Time) *db.DB {
	t.Helper()
	return open(t, db.Config{URL: PostgresURL(t), Clock: clock})
}

// PostgresURL makes an empty database on the test server and returns its URL.
// The database is dropped when the test ends.
func PostgresURL(t testing.TB) string {
	t.Helper()
	server := os.Getenv("TOCSIN_TEST_PG")
	if server == "" {
		t.Skip("SKIPPED: PostgreSQL is not tested, because TOCSIN_TEST_PG is not set (make test sets it)")
	}
	name := "tocsin_" + strings.ToLower(rand.Text())
	admin(t, server, "CREATE DATABASE "+name)
	t.Cleanup(func() { admin(t, server, "DROP DATABASE "+name+" WITH (FORCE)") })
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

func admin(t testing.TB, server, statement string) {
	t.Helper()
	pool, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if _, err := pool.ExecContext(context.Background(), statement); err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB, cfg db.Config) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}
