package harness

import (
	"crypto/rand"
	"database/sql"
	"errors"
	"net/url"
	"strings"

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
	return u.String(), func() error { return onServer(server, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") }, nil
}

func onServer(server, text string) error {
	pool, err := sql.Open("pgx", server)
	if err != nil {
		return err
	}
	_, err = pool.Exec(text)
	return errors.Join(err, pool.Close())
}
