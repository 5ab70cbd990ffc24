package connection_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tocsin/internal/connection"
	"tocsin/internal/connector"
	"tocsin/internal/connector/connectortest"
	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/egress"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
	"tocsin/internal/seal"
)

const canary = "canary-secret-value-0123456789"

// world is the room over a source of messages in memory.
type world struct {
	t      *testing.T
	d      *db.DB
	source *connectortest.Source
	room   *connection.Connections
	refuse atomic.Bool // the intake cannot keep anything
	taken  atomic.Int64
}

func ctxMain() context.Context { return db.As(context.Background(), dbtest.Tenant, "user:admin") }

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	vault := seal.New(seal.RandomKey())
	if err := vault.EnsureTenant(context.Background(), d, dbtest.Tenant); err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, d: d, source: connectortest.NewSource()}
	w.room = connection.New(connection.Config{
		DB: d, Journal: journal.New(vault), Vault: vault, Scrub: &seal.Scrubber{}, Guard: egress.New(egress.Config{}),
		Kinds: map[string]connector.Kind{"test": w.source.Kind()}, Take: w.take, Log: slog.New(slog.DiscardHandler),
	})
	return w
}

func (w *world) take(_ context.Context, source string, batch []connector.Message) (connection.Taken, error) {
	if w.refuse.Load() {
		return connection.Taken{}, fault.New(fault.Unavailable, "The disk that holds the database is full.").WithRetryAfter(10 * time.Millisecond)
	}
	if !strings.HasPrefix(source, "connection:") {
		return connection.Taken{}, errors.New("the source is not named")
	}
	w.taken.Add(int64(len(batch)))
	verdicts := make([]connector.Verdict, len(batch))
	for i := range verdicts {
		verdicts[i] = connector.VerdictKept
	}
	return connection.Taken{Verdicts: verdicts, Quarantined: 1}, nil
}

func (w *world) create(settings string) connection.Connection {
	w.t.Helper()
	c, err := w.room.Create(ctxMain(), connection.Draft{
		Kind: "test", Name: "feed", Settings: json.RawMessage(settings), Secrets: map[string]string{"token": canary},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) get(id string) connection.Connection {
	w.t.Helper()
	var c connection.Connection
	err := w.d.Read(ctxMain(), func(tx *db.Tx) (err error) {
		c, err = w.room.Get(tx, id)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) run() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); w.room.Run(ctx) }()
	stop = sync.OnceFunc(func() { cancel(); <-done })
	w.t.Cleanup(stop)
	return stop
}

func TestASecretIsWrittenAndNeverReadBack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d, err := db.Open(context.Background(), db.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, d)
	c := w.create(`{"url":"https://one.example"}`)
	shown, err := json.Marshal(c)
	if err != nil || strings.Contains(string(shown), canary) || c.Secrets["token"] != "set" {
		t.Fatalf("%s %v", shown, err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err == nil && strings.Contains(string(raw), canary) {
			t.Errorf("%s holds the secret in the clear", file)
		}
	}
}

func TestANewDestinationClearsTheSecret(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		c := w.create(`{"url":"https://one.example"}`)
		_, err := w.room.Update(ctxMain(), c.ID, c.Rev, connection.Patch{Settings: json.RawMessage(`{"url":"https://evil.example"}`)})
		e := fault.As(err)
		if e == nil || e.Code != fault.Invalid || len(e.Fields) == 0 || e.Fields[0].Location != "body.secrets.token" {
			t.Fatalf("the secret went along to another host: %v", err)
		}
		if w.get(c.ID).Secrets["token"] != "set" {
			t.Fatal("a refused change destroyed the secret")
		}
		c, err = w.room.Update(ctxMain(), c.ID, c.Rev, connection.Patch{Settings: json.RawMessage(`{"url":"https://evil.example","auth":"none"}`)})
		if err != nil || c.Secrets["token"] != "unset" {
			t.Fatalf("%v %v", c.Secrets, err)
		}
		name := "other"
		c, err = w.room.Update(ctxMain(), c.ID, c.Rev, connection.Patch{Name: &name})
		if err != nil || c.Name != "other" {
			t.Fatalf("%+v %v", c, err)
		}
		if _, err := w.room.Update(ctxMain(), c.ID, c.Rev-1, connection.Patch{Name: &name}); fault.As(err) == nil || fault.As(err).Slug != "stale-revision" {
			t.Fatalf("a stale change was taken: %v", err)
		}
	})
}

func TestBadSettingsAreNamed(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t, nil)
	w := newWorld(t, d)
	tests := []struct {
		name  string
		draft connection.Draft
		field string
	}{
		{"no such kind", connection.Draft{Kind: "carrier-pigeon", Name: "x"}, "body.kind"},
		{"no name", connection.Draft{Kind: "test"}, "body.name"},
		{"a field that does not exist", connection.Draft{Kind: "test", Name: "x", Settings: json.RawMessage(`{"hostname":"x"}`), Secrets: map[string]string{"token": "t"}}, "body.settings.hostname"},
		{"a required secret is missing", connection.Draft{Kind: "test", Name: "x"}, "body.secrets.token"},
		{"a wrong type", connection.Draft{Kind: "test", Name: "x", Settings: json.RawMessage(`{"batch":"ten"}`), Secrets: map[string]string{"token": "t"}}, "body.settings.batch"},
	}
	for _, tt := range tests {
		_, err := w.room.Create(ctxMain(), tt.draft)
		e := fault.As(err)
		if e == nil || e.Code != fault.Invalid || len(e.Fields) == 0 || e.Fields[0].Location != tt.field {
			t.Errorf("%s: %v %+v", tt.name, err, e)
		}
	}
}

func TestFeedsRunSurviveTroubleAndStop(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.run()
		c := w.create(`{}`)
		w.refuse.Store(true)
		w.source.Put("a", "b", "c")
		connectortest.Eventually(t, 10*time.Second, "messages come in", func() bool { return w.get(c.ID).Health.Received > 3 })
		if len(w.source.Kept()) != 0 {
			t.Fatalf("%d messages left the queue before they were durable", len(w.source.Kept()))
		}
		w.source.Break(errors.New("the queue is gone"))
		connectortest.Eventually(t, 10*time.Second, "trouble is shown", func() bool {
			h := w.get(c.ID).Health
			return h.State == "failing" && strings.Contains(h.LastError, "the queue is gone")
		})
		w.source.Break(nil)
		w.refuse.Store(false)
		connectortest.Eventually(t, 20*time.Second, "it is well again", func() bool {
			h := w.get(c.ID).Health
			return h.State == "ok" && h.Deleted == 3 && h.Quarantined >= 1 && len(w.source.Kept()) == 3
		})
		off := false
		if _, err := w.room.Update(ctxMain(), c.ID, c.Rev, connection.Patch{Enabled: &off}); err != nil {
			t.Fatal(err)
		}
		connectortest.Eventually(t, 10*time.Second, "it is off", func() bool { return w.get(c.ID).Health.State == "off" })
		before := w.taken.Load()
		time.Sleep(100 * time.Millisecond)
		w.source.Put("d")
		time.Sleep(300 * time.Millisecond)
		if w.taken.Load() != before {
			t.Fatal("a connection that is off took a message")
		}
	})
}

func TestARemovedConnectionIsGoneAndItsRecordStays(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.run()
		c := w.create(`{}`)
		checks, err := w.room.Test(ctxMain(), c.ID)
		if err != nil || len(checks) == 0 {
			t.Fatalf("%v %v", checks, err)
		}
		if err := w.room.Remove(ctxMain(), c.ID); err != nil {
			t.Fatal(err)
		}
		if err := w.room.Remove(ctxMain(), c.ID); !fault.Is(err, fault.Missing) {
			t.Fatalf("removed twice: %v", err)
		}
		var kinds []string
		err = d.Read(ctxMain(), func(tx *db.Tx) (err error) {
			kinds, err = db.Strings(tx, `SELECT kind FROM entry WHERE tenant = $1 AND stream = $2 ORDER BY seq`, tx.Tenant(), connection.Stream(c.ID))
			return err
		})
		if err != nil || strings.Join(kinds, " ") != "connection.created connection.called connection.removed" {
			t.Fatalf("%v %v", kinds, err)
		}
		var secrets int
		_ = d.Read(ctxMain(), func(tx *db.Tx) error { return tx.QueryRow(`SELECT COUNT(*) FROM secret`).Scan(&secrets) })
		if secrets != 0 {
			t.Fatal("the secret outlived its connection")
		}
	})
}
