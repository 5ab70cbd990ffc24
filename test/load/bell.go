package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"       // registers "pgx"
	_ "github.com/ncruces/go-sqlite3/driver" // registers "sqlite3"

	"tocsin/internal/app"
	"tocsin/internal/connection"
	"tocsin/internal/db"
	"tocsin/internal/duty"
	"tocsin/internal/finding"
	"tocsin/internal/identity"
	"tocsin/internal/sla"
	"tocsin/internal/ticket"
	"tocsin/test/harness"
)

// bell is an installation whose tickets fall due. Its tickets are opened by the
// rooms themselves, so that they can be of another time.
type bell struct {
	settings settings
	o        harness.Options
	token    string
	ago      time.Duration
	post     *harness.Postbox
	server   *harness.Server
	began    time.Time
}

func newBell(s settings, name, db string, ago time.Duration) (*bell, error) {
	b := &bell{settings: s, ago: ago}
	b.o = harness.Options{Bin: s.bin, Data: b.dir(name), DB: db, Env: []string{"TOCSIN_EGRESS_ALLOW=127.0.0.0/8"}}
	var err error
	if b.token, err = harness.Bootstrap(b.o); err != nil {
		return nil, err
	}
	b.post, err = harness.OpenPostbox()
	return b, err
}

func (b *bell) close() {
	if b.server != nil {
		b.server.Stop(20 * time.Second)
	}
	b.post.Close()
}

// fill opens medium tickets, whose first target is as given; those of a type
// have to be acknowledged within seconds. Somebody is on duty.
func (b *bell) fill(n int, target, quick string) (err error) {
	past := func() time.Time { return time.Now().Add(-b.ago) }
	if b.ago > 0 { // the first target passes while nothing runs
		past = func() time.Time { return time.Now().Add(-b.ago - time.Minute) }
	}
	r, err := app.Open(context.Background(), app.Settings{Data: b.o.Data, DB: b.o.DB, Clock: past, Egress: "127.0.0.0/8"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	ctx := db.As(context.Background(), identity.Main, "system:harness")
	if err := r.DB.Write(ctx, func(tx *db.Tx) error { return prepare(tx, r, target, quick) }); err != nil {
		return err
	}
	if err := errors.Join(r.Duty.Turn(ctx), b.connect(ctx, r)); err != nil {
		return err
	}
	const each = 500
	for from := 0; from < n; from += each {
		err := r.DB.Write(ctx, func(tx *db.Tx) error {
			for i := from; i < min(from+each, n); i++ {
				_, err := r.Tickets.Create(tx, ticket.Draft{Title: fmt.Sprintf("Ticket %d of the bench", i), Severity: finding.Severity("medium")})
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return r.SLA.Look(ctx)
}

// connect has people told by mail.
func (b *bell) connect(ctx context.Context, r *app.Rooms) error {
	_, err := r.Connections.Create(ctx, connection.Draft{Kind: "smtp", Name: "bench", Settings: fmt.Appendf(nil,
		`{"host":%q,"port":%d,"security":"none","from":"tocsin@example.org"}`, b.post.Host, b.post.Port)})
	return err
}

// prepare sets the targets and puts the only person on duty.
func prepare(tx *db.Tx, r *app.Rooms, target, quick string) error {
	if err := r.SLA.Ensure(tx); err != nil {
		return err
	}
	doc := sla.Default("UTC")
	always := map[string]string{"*": sla.RoundTheClock}
	slow := doc.Policies[0]
	slow.PageOnOpen = []string{}
	slow.Timers = []sla.Target{
		{Metric: sla.MetricAck, Targets: map[string]string{"*": target}, Calendar: always},
		{Metric: sla.MetricResolve, Targets: map[string]string{"*": "60d"}, Calendar: always, Pausable: true},
	}
	policies := []sla.Policy{slow}
	if quick != "" {
		fast := slow
		fast.ID, fast.Name, fast.Match = "quick", "To be seen within seconds", "type:"+quick
		fast.Timers = []sla.Target{{Metric: sla.MetricAck, Targets: map[string]string{"*": dueAfter.String()}, Calendar: always}}
		policies = []sla.Policy{fast, slow}
	}
	if _, err := r.SLA.Set(tx, sla.Change{Sections: sla.Sections{Policies: policies}, Rev: 1, Reason: "the bench"}); err != nil {
		return err
	}
	team, lead, err := identity.IntakeLead(tx)
	if err != nil {
		return err
	}
	_, err = r.Duty.Create(tx, duty.Plan{Name: "Bench", Team: team, Primary: true, Zone: "UTC", Rotations: []duty.Rotation{{
		Kind: "daily", Every: 1, Handoff: duty.Handoff{Time: "00:00"}, Start: db.Time(tx.Now()).AddDate(0, 0, -1).Format(time.DateOnly), Participants: []string{lead},
	}}})
	return err
}

// store opens the database beside the server, for reading.
func (b *bell) store() (*sql.DB, error) {
	if b.o.DB == "" {
		return sql.Open("sqlite3", "file:"+filepath.Join(b.o.Data, db.FileName)+"?_pragma=query_only(1)&_pragma=busy_timeout(10000)")
	}
	pool, err := sql.Open("pgx", b.o.DB)
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(1) // the setting below belongs to one connection
	_, err = pool.ExecContext(context.Background(), `SELECT set_config('app.tenant', '*', false)`)
	return pool, err
}

func (b *bell) breaches() (n int, err error) {
	pool, err := b.store()
	if err != nil {
		return 0, err
	}
	defer func() { _ = pool.Close() }()
	return n, pool.QueryRowContext(context.Background(), `SELECT COUNT(*) FROM entry WHERE kind = 'sla.breached'`).Scan(&n)
}

// read compares when each breach was due with when it was journaled that people
// were called, and with when the channel took the mail.
func (b *bell) read() (h heardAfter, err error) {
	pool, err := b.store()
	if err != nil {
		return h, err
	}
	defer func() { _ = pool.Close() }()
	due := map[string]int64{}
	err = eachRow(pool, `SELECT stream, at, data FROM entry WHERE kind = 'sla.breached'`, func(stream string, _ int64, data []byte) error {
		var said struct {
			DueAt int64 `json:"due_at"`
		}
		err := json.Unmarshal(data, &said)
		due[stream] = said.DueAt
		return err
	})
	if err != nil {
		return h, err
	}
	err = eachRow(pool, `SELECT stream, at, data FROM entry WHERE kind = 'escalation.paged'`, func(stream string, at int64, data []byte) error {
		var said struct{ Level int }
		if err := json.Unmarshal(data, &said); err != nil || said.Level != 1 {
			return err
		}
		h.paged = append(h.paged, time.Duration(at-due[stream])*time.Microsecond)
		return nil
	})
	if err != nil {
		return h, err
	}
	err = eachRow(pool, `SELECT n.ticket, MIN(m.sent_at), n.key FROM notice AS n JOIN message AS m ON m.tenant = n.tenant AND m.bundle = n.message
		WHERE n.kind = 'page' AND n.level = 1 AND m.sent_at IS NOT NULL GROUP BY n.ticket, n.key`, func(id string, at int64, _ []byte) error {
		h.sent = append(h.sent, time.Duration(at-due["ticket:"+id])*time.Microsecond)
		return nil
	})
	h.sort()
	return h, err
}

func eachRow(pool *sql.DB, text string, do func(name string, at int64, data []byte) error) error {
	rows, err := pool.QueryContext(context.Background(), text)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var name string
		var at int64
		var data []byte
		if err := rows.Scan(&name, &at, &data); err != nil {
			return err
		}
		if err := do(name, at, data); err != nil {
			return err
		}
	}
	return rows.Err()
}
