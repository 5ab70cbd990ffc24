package identity_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
	"tocsin/internal/journal"
	"tocsin/internal/seal"
)

const (
	adminEmail    = "ann@example.com"
	adminPassword = "a quiet lake in autumn"
	newPassword   = "eleven green bottles standing"
)

// clock is a test's own time.
type clock struct{ micros atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.micros.Store(time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC).UnixMicro())
	return c
}

func (c *clock) now() time.Time           { return time.UnixMicro(c.micros.Load()) }
func (c *clock) advance(by time.Duration) { c.micros.Add(by.Microseconds()) }

// house is a fresh installation with its first administrator.
type house struct {
	*identity.Service
	d     *db.DB
	key   seal.Key
	admin identity.Principal
	token string
}

// service makes another node on the same database.
func service(d *db.DB, key seal.Key) *identity.Service {
	v := seal.New(key)
	return identity.New(identity.Config{DB: d, Journal: journal.New(v), Vault: v})
}

func empty(t *testing.T, d *db.DB) *house {
	t.Helper()
	key := seal.RandomKey()
	h := &house{Service: service(d, key), d: d, key: key}
	t.Cleanup(h.Wait)
	return h
}

func built(t *testing.T, d *db.DB) *house {
	t.Helper()
	h := empty(t, d)
	_, token, err := h.Bootstrap(bg(), identity.Setup{Email: adminEmail, Name: "Ann Admin", Password: adminPassword})
	if err != nil {
		t.Fatal(err)
	}
	h.token = token
	h.admin = h.must(t, token)
	return h
}

func bg() context.Context { return context.Background() }

// must authenticates what has to be valid.
func (h *house) must(t *testing.T, secret string) identity.Principal {
	t.Helper()
	p, err := h.Authenticate(bg(), secret)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// person adds a person who has set a password, and signs them in.
func (h *house) person(t *testing.T, email string, roles ...string) identity.SignedIn {
	t.Helper()
	_, invite, err := h.CreateUser(bg(), h.admin, identity.NewUser{Email: email, Roles: roles})
	if err != nil {
		t.Fatal(err)
	}
	in, err := h.AcceptInvite(bg(), invite.Token, newPassword, "test browser")
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func want(t *testing.T, err error, code fault.Code, slug string) *fault.Error {
	t.Helper()
	e := fault.As(err)
	if e == nil || e.Code != code || e.Slug != slug {
		t.Fatalf("got %v, want %s %s", err, code, slug)
	}
	return e
}

func wantField(t *testing.T, err error, field string) {
	t.Helper()
	e := fault.As(err)
	if e == nil || e.Code != fault.Invalid || len(e.Fields) != 1 || e.Fields[0].Location != field {
		t.Fatalf("got %v, want an error about %s", err, field)
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// kinds reads the kinds of a stream, oldest first, and checks every chain.
func (h *house) kinds(t *testing.T, stream string) []string {
	t.Helper()
	out := []string{}
	for _, r := range h.records(t, stream) {
		out = append(out, r.Kind)
	}
	return out
}

func (h *house) records(t *testing.T, stream string) (records []journal.Record) {
	t.Helper()
	v := seal.New(h.key)
	err := h.d.Read(db.As(bg(), dbtest.Tenant, "system:test"), func(tx *db.Tx) (err error) {
		records, err = journal.New(v).Stream(tx, stream, 0, 1000)
		return err
	})
	ok(t, err)
	err = h.d.Read(db.As(bg(), db.Everyone, "system:test"), func(tx *db.Tx) error {
		n, broken, err := journal.Verify(tx)
		if err == nil && (broken != nil || n == 0) {
			t.Errorf("the journal has %d entries and breaks at %+v", n, broken)
		}
		return err
	})
	ok(t, err)
	return records
}

func ptr[T any](v T) *T { return &v }
