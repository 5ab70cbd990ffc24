package harness

import (
	"crypto/rand"
	"database/sql"
	"errors"
	"net/url"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registers "pgx"
)

// Database makes an empty database on a PostgreSQL server and returns its URL
// and how to drop it. It never touches a database that it did not make.
func Database(server string) (at string, drop func() error, err error) {
	name := "tocsin_harness_" + strings.ToLower(rand.Text())
	if err := onServer(server, "CREATE DATABASE "+name); err != nil {
		return "", nil, err
	}
	u, err := url.Parse(server)
	if err != nil {
		return "", nil, err
	}
	u.Path = "/" + name
	return u.String(), func() error { return dropDatabase(server, name) }, nil
}

// dropDatabase tries for a while: a worker that vacuums the database belongs to
// the superuser, whom we may not throw out.
func dropDatabase(server, name string) (err error) {
	for range 40 {
		if err = onServer(server, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err == nil {
			return nil
		}
		time.Sleep(250 * time.Millisecond)
	}
	return err
}

func onServer(server, text string) error {
	pool, err := sql.Open("pgx", server)
	if err != nil {
		return err
	}
	_, err = pool.Exec(text)
	return errors.Join(err, pool.Close())
}
