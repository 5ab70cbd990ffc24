package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	_ "github.com/ncruces/go-sqlite3/driver" // the driver of the product
)

// bare is the baseline: a program that does nothing but issue the statements
// of one intake, with arguments that are ready before, through the product's
// driver and connection settings and with the same kind of group commit. What
// the product does beside the statements (HTTP, reading JSON, the policy,
// hashes, compression, readers of the journal) it does not do.
type bare struct {
	pool     *sql.DB
	conn     *sql.Conn
	file     string
	prepared map[string]*sql.Stmt
	rows     []row
	queue    chan *order
	ended    chan struct{}
}

// order is one intake waiting for its commit.
type order struct {
	err  error
	done chan struct{}
}

// row is one row that the product wrote for a finding: the shape of what the
// baseline writes.
type row struct {
	table  string
	insert string
	names  []string
	values []any
}

const (
	bareStanding = `SELECT id, content, COALESCE(ticket,''), ticket_number, outcome, active, severity, revision, provider_updated_at
		FROM finding WHERE tenant = ?1 AND identity = ?2`
	barePolicy = `SELECT rev FROM policy WHERE tenant = ?1`
	bareTeam   = `SELECT id, lead FROM team WHERE tenant = ?1 AND intake`
	bareNumber = `INSERT INTO counter(tenant, series, next) VALUES (?1,?2,?3)
		ON CONFLICT (tenant, series) DO UPDATE SET next = counter.next + ?4 RETURNING next`
)

// bareOrder is the order in which the product writes; entry comes twice.
func bareOrder() []string {
	return []string{"ticket", "phase_visit", "entry ticket.opened", "finding", "original", "entry finding.taken"}
}

// openBare opens a data directory in which the product has taken one finding.
func openBare(dir string) (*bare, error) {
	ctx := context.Background()
	v := url.Values{"_txlock": {"immediate"}, "_pragma": {
		"busy_timeout(10000)", "journal_mode(WAL)", "wal_autocheckpoint(4000)", "synchronous(FULL)", "foreign_keys(1)", "secure_delete(FAST)", "cache_size(-65536)", "temp_store(FILE)",
	}}
	b := &bare{file: filepath.Join(dir, "tocsin.db"), prepared: map[string]*sql.Stmt{}, queue: make(chan *order, 1024), ended: make(chan struct{})}
	var err error
	if b.pool, err = sql.Open("sqlite3", (&url.URL{Scheme: "file", OmitHost: true, Path: b.file, RawQuery: v.Encode()}).String()); err != nil {
		return nil, err
	}
	b.pool.SetMaxOpenConns(1)
	if b.conn, err = b.pool.Conn(ctx); err != nil {
		return nil, err
	}
	for _, what := range bareOrder() {
		r, err := b.sample(ctx, what)
		if err != nil {
			return nil, fmt.Errorf("reading what the product wrote to %s: %w", what, err)
		}
		b.rows = append(b.rows, r)
	}
	go b.write()
	return b, nil
}

// sample reads the row that the product wrote last and makes its INSERT.
func (b *bare) sample(ctx context.Context, what string) (row, error) {
	table, kind, _ := strings.Cut(what, " ")
	text := "SELECT * FROM " + table
	if kind != "" {
		text += " WHERE kind = '" + kind + "'"
	}
	rows, err := b.conn.QueryContext(ctx, text+" LIMIT 1")
	if err != nil {
		return row{}, err
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		return row{}, err
	}
	if !rows.Next() {
		return row{}, errors.Join(errors.New("there is no row"), rows.Err())
	}
	values, dest := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		dest[i] = &values[i]
	}
	if err := rows.Scan(dest...); err != nil {
		return row{}, err
	}
	return makeRow(table, names, values), nil
}

// makeRow leaves out what the database gives: ord, and pos by its expression.
func makeRow(table string, names []string, values []any) row {
	r := row{table: table}
	var places []string
	for i, name := range names {
		switch name {
		case "ord", "pos":
			continue
		}
		r.names = append(r.names, name)
		r.values = append(r.values, values[i])
		places = append(places, fmt.Sprintf("?%d", len(r.names)))
	}
	columns := strings.Join(r.names, ", ")
	if slices.Contains(names, "pos") {
		columns += ", pos"
		places = append(places, "(SELECT COALESCE(MAX(pos),0)+1 FROM entry)")
	}
	r.insert = "INSERT INTO " + table + "(" + columns + ") VALUES (" + strings.Join(places, ",") + ")"
	return r
}

// Do is one caller's finding: it returns when the commit is durable.
func (b *bare) Do() error {
	o := &order{done: make(chan struct{})}
	b.queue <- o
	<-o.done
	return o.err
}

// write is the one writer: it takes what waits and commits it together.
func (b *bare) write() {
	defer close(b.ended)
	for first := range b.queue {
		group := []*order{first}
	gather:
		for len(group) < 256 {
			select {
			case o, ok := <-b.queue:
				if !ok {
					break gather
				}
				group = append(group, o)
			default:
				break gather
			}
		}
		err := b.commit(group)
		for _, o := range group {
			o.err = errors.Join(o.err, err)
			close(o.done)
		}
		b.checkpoint()
	}
}

func (b *bare) commit(group []*order) error {
	if err := b.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	for range group { // without savepoints, as the product does while nothing fails
		if err := b.take(); err != nil {
			return err
		}
	}
	return b.exec("COMMIT")
}

// take issues the statements of one finding that is new and opens a ticket.
func (b *bare) take() error {
	tenant := b.rows[0].values[slices.Index(b.rows[0].names, "tenant")]
	own := fresh()
	if err := b.look(bareStanding, tenant, own["identity"]); err != nil {
		return err
	}
	if err := b.look(barePolicy, tenant); err != nil {
		return err
	}
	if err := b.look(bareTeam, tenant); err != nil {
		return err
	}
	st, err := b.stmt(bareNumber)
	if err != nil {
		return err
	}
	var next int64
	if err := st.QueryRow(tenant, "INC", 2, 1).Scan(&next); err != nil {
		return err
	}
	own["number"] = next - 1
	for _, r := range b.rows {
		if err := b.exec(r.insert, r.fill(own)...); err != nil {
			return fmt.Errorf("%s: %w", r.table, err)
		}
	}
	return nil
}

// fresh are the values that differ from finding to finding.
func fresh() map[string]any {
	raw := make([]byte, 96)
	rand.Read(raw)
	at := fmt.Sprintf("%012x", time.Now().UnixMilli()) // ids grow with time, as UUIDv7 does
	id := func(n int) string {
		return fmt.Sprintf("%s-%s-7%x-%x-%x", at[:8], at[8:], raw[n:n+2], raw[n+2:n+4], raw[n+4:n+10])[:36]
	}
	return map[string]any{
		"ticket": id(0), "finding": id(16), "hash": raw[32:64],
		"identity": fmt.Sprintf("%x", raw[64:96]), "content": fmt.Sprintf("%x", raw[48:80]),
	}
}

// fill puts the fresh values into the columns of a row.
func (r row) fill(own map[string]any) []any {
	out := slices.Clone(r.values)
	for i, name := range r.names {
		switch {
		case name == "id":
			out[i] = own[r.table]
		case name == "stream":
			out[i] = "ticket:" + own["ticket"].(string)
		case name == "uid":
			out[i] = fmt.Sprint(out[i].(string), own["identity"])[len(own["identity"].(string)):]
		case own[name] != nil && out[i] != nil:
			out[i] = own[name]
		}
	}
	return out
}

func (b *bare) stmt(text string) (*sql.Stmt, error) {
	if st, ok := b.prepared[text]; ok {
		return st, nil
	}
	st, err := b.conn.PrepareContext(context.Background(), text)
	if err == nil {
		b.prepared[text] = st
	}
	return st, err
}

func (b *bare) exec(text string, args ...any) error {
	st, err := b.stmt(text)
	if err != nil {
		return err
	}
	_, err = st.Exec(args...)
	return err
}

// look runs a query and reads what it finds, as the product does.
func (b *bare) look(text string, args ...any) error {
	st, err := b.stmt(text)
	if err != nil {
		return err
	}
	rows, err := st.Query(args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	for rows.Next() {
		dest := make([]any, len(columns))
		for i := range dest {
			dest[i] = new(any)
		}
		if err := rows.Scan(dest...); err != nil {
			return err
		}
	}
	return rows.Err()
}

// checkpoint cuts the log where the product does.
func (b *bare) checkpoint() {
	info, err := os.Stat(b.file + "-wal")
	if err == nil && info.Size() >= 64<<20 {
		var busy, pages, moved int
		_ = b.conn.QueryRowContext(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &moved)
	}
}

// Close ends the writer after what it has begun.
func (b *bare) Close() error {
	close(b.queue)
	<-b.ended
	for _, st := range b.prepared {
		_ = st.Close()
	}
	return errors.Join(b.conn.Close(), b.pool.Close())
}
