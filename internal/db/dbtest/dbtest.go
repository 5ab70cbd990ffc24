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

// Postgres makes an empty, migrated database on the test server, or skips loudly.
func Postgres(t testing.TB, clock func() time.Time) *db.DB {
	t.Helper()
	return open(t, db.Config{URL: PostgresURL(t), Clock: clock})
}

// PostgresURL makes an empty, migrated database on the test server and returns
// its URL. The database is dropped when the test ends.
func PostgresURL(t testing.TB) string {
	t.Helper()
	server := os.Getenv("TOCSIN_TEST_PG")
	if server == "" {
		t.Skip("SKIPPED: PostgreSQL is not tested, because TOCSIN_TEST_PG is not set (make test sets it)")
	}
	name := "tocsin_" + strings.ToLower(rand.Text())
	from := template(t, server)
	must(t, retry(func() error { return admin(server, "CREATE DATABASE "+name+" TEMPLATE "+from) }))
	t.Cleanup(func() {
		must(t, retry(func() error { return admin(server, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") }))
	})
	return withName(t, server, name)
}

func withName(t testing.TB, server, name string) string {
	t.Helper()
	u, err := url.Parse(server)
	must(t, err)
	u.Path = "/" + name
	return u.String()
}

// template is a database on the test server with the schema of this binary; it
// stays there for the next tests, since copying is far faster than migrating.
func template(t testing.TB, server string) string {
	t.Helper()
	name := "tocsin_template_" + db.SchemaHash()
	ctx := context.Background()
	pool, err := sql.Open("pgx", server)
	must(t, err)
	defer pool.Close()
	conn, err := pool.Conn(ctx)
	must(t, err)
	defer conn.Close() // ends the session, and with it the lock
	_, err = conn.ExecContext(ctx, "SELECT pg_advisory_lock(7867463)")
	must(t, err)
	var there bool
	must(t, conn.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", name).Scan(&there))
	if there {
		return name
	}
	_, err = conn.ExecContext(ctx, "CREATE DATABASE "+name+"_new")
	must(t, err)
	d, err := db.Open(ctx, db.Config{URL: withName(t, server, name+"_new")})
	must(t, err)
	must(t, d.Close())
	must(t, retry(func() error {
		_, err := conn.ExecContext(ctx, "ALTER DATABASE "+name+"_new RENAME TO "+name)
		return err
	}))
	return name
}

// retry tries again for some seconds: the server's own workers may look into a
// database at the moment when it is copied or dropped.
func retry(do func() error) (err error) {
	for range 40 {
		if err = do(); err == nil {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return err
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func admin(server, statement string) error {
	pool, err := sql.Open("pgx", server)
	if err != nil {
		return err
	}
	defer pool.Close()
	_, err = pool.ExecContext(context.Background(), statement)
	return err
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
