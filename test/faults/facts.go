package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"

	_ "github.com/jackc/pgx/v5/stdlib"       // registers "pgx"
	_ "github.com/ncruces/go-sqlite3/driver" // registers "sqlite3"

	"tocsin/test/harness"
)

// openStore opens the database beside the product, for reading.
func openStore(o harness.Options) (*sql.DB, error) {
	if o.DB == "" {
		return sql.Open("sqlite3", "file:"+filepath.Join(o.Data, "tocsin.db")+"?_pragma=query_only(1)&_pragma=busy_timeout(10000)")
	}
	pool, err := sql.Open("pgx", o.DB)
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(1) // the setting below belongs to one connection
	_, err = pool.Exec(`SELECT set_config('app.tenant', '*', false)`)
	return pool, err
}

// gather reads the facts. Texts of notes are sealed, so they are asked for
// through the product, which must be running at url.
func gather(o harness.Options, l *ledger, url, token string) (facts, error) {
	f := facts{findings: map[string]stored{}, copies: map[string]int{}, tickets: map[string]work{}, texts: map[string]string{}}
	pool, err := openStore(o)
	if err != nil {
		return f, err
	}
	defer func() { _ = pool.Close() }()
	err = errors.Join(f.readTickets(pool), f.readFindings(pool), f.countEntries(pool))
	if err != nil {
		return f, fmt.Errorf("reading the database: %w", err)
	}
	return f, f.readNotes(l, url, token)
}

func each(pool *sql.DB, text string, scan func(rows *sql.Rows) error) error {
	rows, err := pool.QueryContext(context.Background(), text)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (f *facts) readTickets(pool *sql.DB) error {
	return each(pool, `SELECT id, acknowledged_at, owner FROM ticket`, func(rows *sql.Rows) error {
		var id string
		var acknowledged *int64
		var owner *string
		err := rows.Scan(&id, &acknowledged, &owner)
		f.tickets[id] = work{acknowledged: acknowledged != nil, owned: owner != nil, findings: f.tickets[id].findings}
		return err
	})
}

func (f *facts) readFindings(pool *sql.DB) error {
	return each(pool, `SELECT uid, id, COALESCE(ticket,'') FROM finding`, func(rows *sql.Rows) error {
		var uid string
		var s stored
		err := rows.Scan(&uid, &s.id, &s.ticket)
		f.findings[uid] = s
		f.copies[uid]++
		if s.ticket != "" {
			t := f.tickets[s.ticket]
			t.findings++
			f.tickets[s.ticket] = t
		}
		return err
	})
}

func (f *facts) countEntries(pool *sql.DB) error {
	return pool.QueryRow(`SELECT COUNT(*) FROM entry`).Scan(&f.entries)
}

// readNotes asks for the record of every ticket that has an acknowledged note.
func (f *facts) readNotes(l *ledger, url, token string) error {
	c, err := harness.NewCaller(url, token)
	if err != nil {
		return err
	}
	defer c.Close()
	asked := map[string]bool{}
	for _, id := range l.notes {
		if asked[id] {
			continue
		}
		asked[id] = true
		var page struct {
			Items []struct {
				Kind string
				Priv struct{ Text string }
			}
		}
		a, err := c.Do("GET", "/api/v1/tickets/"+id+"/log?limit=1000", nil)
		if err != nil {
			return err
		}
		if a.Status == 404 {
			continue // the judge will miss its notes
		}
		if err := a.Into(&page); err != nil {
			return fmt.Errorf("reading the record of ticket %s: %w", id, err)
		}
		for _, e := range page.Items {
			if e.Kind == "note.added" {
				f.texts[e.Priv.Text] = id
			}
		}
	}
	return nil
}
