package connection_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin/internal/connection"
	"tocsin/internal/connector"
	"tocsin/internal/connector/connectortest"
	"tocsin/internal/connector/webhook"
	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/egress"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
	"tocsin/internal/seal"
)

const (
	firstSecret  = "the-first-secret-0123456789"
	secondSecret = "the-second-secret-0123456789"
)

// hooked is the room with the webhooks it really has.
type hooked struct {
	*world
	journal *journal.Journal
}

func newHooked(t *testing.T, d *db.DB) *hooked {
	t.Helper()
	vault := seal.New(seal.RandomKey())
	if err := vault.EnsureTenant(context.Background(), d, dbtest.Tenant); err != nil {
		t.Fatal(err)
	}
	h := &hooked{&world{t: t, d: d}, journal.New(vault)}
	h.room = connection.New(connection.Config{
		DB: d, Journal: h.journal, Vault: vault, Scrub: &seal.Scrubber{}, Guard: egress.New(egress.Config{}),
		Kinds: map[string]connector.Kind{"webhook": webhook.Kind()}, Log: slog.New(slog.DiscardHandler),
		CheckMapping: func(m json.RawMessage) error {
			if string(m) == `{"bad":1}` {
				return fault.Field("bad", "is not known")
			}
			return nil
		},
	})
	return h
}

func (h *hooked) hook(name string) connection.Connection {
	h.t.Helper()
	c, err := h.room.Create(ctxMain(), connection.Draft{
		Kind: "webhook", Name: name, Settings: json.RawMessage(`{"scheme":"bearer","format":"auto"}`), Secrets: map[string]string{"signing_secret": firstSecret},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return c
}

func (h *hooked) prove(id, token, body string) (connection.Caller, error) {
	return h.room.Hooks.Prove(context.Background(), id, connection.Call{
		Call: connector.Call{Header: http.Header{"Authorization": {"Bearer " + token}}, Body: []byte(body), At: time.Now()}, From: "203.0.113.7",
	})
}

func TestACallToNobodyIsAnsweredAsOneThatIsNotProven(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHooked(t, d)
		c, off := h.hook("one"), h.hook("two")
		no := false
		if _, err := h.room.Update(ctxMain(), off.ID, off.Rev, connection.Patch{Enabled: &no}); err != nil {
			t.Fatal(err)
		}
		_, wrong := h.prove(c.ID, "not the secret", "{}")
		want := fault.As(wrong)
		if want == nil || want.Code != fault.Denied || want.Slug != "unauthenticated" {
			t.Fatalf("a wrong token: %v", wrong)
		}
		long := make([]byte, 5000)
		for name, id := range map[string]string{"unknown": "01900000-0000-7000-8000-000000000000", "empty": "", "long": string(long), "off": off.ID, "odd": "' OR 1=1 --"} {
			_, err := h.prove(id, firstSecret, "{}")
			if d := cmp.Diff(want, fault.As(err)); d != "" {
				t.Errorf("%s: %s", name, d)
			}
		}
		if k, err := h.prove(c.ID, firstSecret, "{}"); err != nil || k.Tenant != dbtest.Tenant || k.Source() != "connection:"+c.ID {
			t.Errorf("%+v %v", k, err)
		}
	})
}

func TestOneWebhooksSecretIsNotAnothers(t *testing.T) {
	t.Parallel()
	h := newHooked(t, dbtest.SQLite(t, time.Now))
	one, two := h.hook("one"), h.hook("two")
	change := map[string]string{"signing_secret": secondSecret, "previous_secret": ""}
	if _, err := h.room.Update(ctxMain(), two.ID, two.Rev, connection.Patch{Secrets: change}); err != nil {
		t.Fatal(err)
	}
	for id, secret := range map[string]string{one.ID: secondSecret, two.ID: firstSecret} {
		if _, err := h.prove(id, secret, "{}"); !fault.Is(err, fault.Denied) {
			t.Errorf("%v", err)
		}
	}
}

func TestTwoSecretsAreGoodWhileOneReplacesTheOther(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHooked(t, d)
		c := h.hook("one")
		good := func(secrets ...string) {
			t.Helper()
			for _, s := range []string{firstSecret, secondSecret} {
				_, err := h.prove(c.ID, s, "{}")
				want := false
				for _, x := range secrets {
					want = want || x == s
				}
				if (err == nil) != want {
					t.Errorf("%s: %v", s, err)
				}
			}
		}
		good(firstSecret)
		c, err := h.room.Update(ctxMain(), c.ID, c.Rev, connection.Patch{Secrets: map[string]string{"signing_secret": secondSecret}})
		if err != nil || c.Secrets["previous_secret"] != "set" {
			t.Fatalf("%+v %v", c.Secrets, err)
		}
		good(firstSecret, secondSecret)
		c, err = h.room.Update(ctxMain(), c.ID, c.Rev, connection.Patch{Secrets: map[string]string{"previous_secret": ""}})
		if err != nil || c.Secrets["previous_secret"] != "unset" {
			t.Fatalf("%+v %v", c.Secrets, err)
		}
		good(secondSecret)
		if _, err = h.room.Update(ctxMain(), c.ID, c.Rev, connection.Patch{Secrets: map[string]string{"signing_secret": ""}}); !fault.Is(err, fault.Invalid) {
			t.Errorf("a webhook without a secret: %v", err)
		}
	})
}

func TestACopyOfADeliveryIsKnown(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHooked(t, d)
		c := h.hook("one")
		k, err := h.prove(c.ID, firstSecret, `{"a":1}`)
		if err != nil {
			t.Fatal(err)
		}
		keep := func() error {
			return h.d.Write(k.As(context.Background()), func(tx *db.Tx) error {
				return h.room.Hooks.Keep(tx, k, connection.Receipt{Size: 7, Parts: 2, Quarantined: 1})
			})
		}
		var kept, copies atomic.Int64
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				switch err := keep(); {
				case err == nil:
					kept.Add(1)
				case connection.IsCopy(err):
					copies.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if kept.Load() != 1 || copies.Load() != 49 {
			t.Errorf("kept %d, copies %d", kept.Load(), copies.Load())
		}
		if came, err := h.room.Hooks.Came(context.Background(), k); err != nil || !came {
			t.Errorf("%v %v", came, err)
		}
		var list []connection.Receipt
		err = h.d.Read(ctxMain(), func(tx *db.Tx) (err error) { list, err = h.room.Hooks.Receipts(tx, c.ID); return err })
		if err != nil || len(list) != 1 || list[0].Parts != 2 || list[0].Quarantined != 1 {
			t.Errorf("%+v %v", list, err)
		}
	})
}

func TestADeliveryIsForgottenAfterADay(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	h := newHooked(t, dbtest.SQLite(t, func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }))
	c := h.hook("one")
	k, err := h.prove(c.ID, firstSecret, `{"a":1}`)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.d.Write(k.As(ctxMain()), func(tx *db.Tx) error { return h.room.Hooks.Keep(tx, k, connection.Receipt{}) }); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		after time.Duration
		came  bool
	}{{23 * time.Hour, true}, {25 * time.Hour, false}} {
		ahead.Store(int64(tt.after))
		if err := h.room.Hooks.Purge(ctxMain()); err != nil {
			t.Fatal(err)
		}
		if came, err := h.room.Hooks.Came(ctxMain(), k); err != nil || came != tt.came {
			t.Errorf("after %s: %v %v", tt.after, came, err)
		}
	}
}

func (h *hooked) told(id string) []int64 {
	h.t.Helper()
	var counts []int64
	err := h.d.Read(ctxMain(), func(tx *db.Tx) error {
		list, err := h.journal.Stream(tx, connection.Stream(id), 0, 100)
		for _, e := range list {
			if e.Kind != journal.WebhookRefused {
				continue
			}
			var data struct{ Count int64 }
			if err := json.Unmarshal(e.Data, &data); err != nil {
				return err
			}
			counts = append(counts, data.Count)
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return counts
}

func TestRefusedCallsAreCountedAndToldOnceAMinute(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	h := newHooked(t, dbtest.SQLite(t, func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }))
	c := h.hook("one")
	refuse := func(n int) {
		for range n {
			_, _ = h.prove(c.ID, "not the secret", "{}")
		}
	}
	refuse(1000)
	h.run()
	connectortest.Eventually(t, 20*time.Second, "the connection's health says so", func() bool { return h.get(c.ID).Health.Refused == 1000 })
	health := h.get(c.ID).Health
	if health.State != "failing" || health.LastError != "The last call was refused: the token is wrong." || health.RefusedAt == nil || health.Received != 0 {
		t.Errorf("%+v", health)
	}
	refuse(5)
	connectortest.Eventually(t, 20*time.Second, "the next are counted", func() bool { return h.get(c.ID).Health.Refused == 1005 })
	if d := cmp.Diff([]int64{1000}, h.told(c.ID)); d != "" {
		t.Errorf("within a minute: %s", d)
	}
	ahead.Store(int64(61 * time.Second))
	connectortest.Eventually(t, 20*time.Second, "the journal is told of the rest", func() bool { return cmp.Equal([]int64{1000, 5}, h.told(c.ID)) })
	k, err := h.prove(c.ID, firstSecret, "{}")
	if err != nil {
		t.Fatal(err)
	}
	h.room.Hooks.Done(k, 0, false)
	connectortest.Eventually(t, 20*time.Second, "a good call makes it work again", func() bool { return h.get(c.ID).Health.State == "ok" })
	if health := h.get(c.ID).Health; health.LastError != "" || health.Received != 1 || health.LastOKAt == nil {
		t.Errorf("%+v", health)
	}
}

func TestAMistakeInAMappingIsShownAtItsPlace(t *testing.T) {
	t.Parallel()
	h := newHooked(t, dbtest.SQLite(t, time.Now))
	_, err := h.room.Create(ctxMain(), connection.Draft{
		Kind: "webhook", Name: "one", Settings: json.RawMessage(`{"scheme":"bearer","mapping":{"bad":1}}`), Secrets: map[string]string{"signing_secret": firstSecret},
	})
	if e := fault.As(err); e == nil || e.Fields[0].Location != "body.settings.mapping.bad" {
		t.Errorf("%v", err)
	}
	c, err := h.room.Create(ctxMain(), connection.Draft{
		Kind: "webhook", Name: "one", Settings: json.RawMessage(`{"scheme":"bearer","mapping":{"good":1}}`), Secrets: map[string]string{"signing_secret": firstSecret},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, ref := range []string{c.ID, "one"} {
		var r connection.Reading
		err := h.d.Read(ctxMain(), func(tx *db.Tx) (err error) { r, err = h.room.Reading(tx, ref); return err })
		if err != nil || r.ID != c.ID || string(r.Mapping) != `{"good":1}` {
			t.Errorf("%s: %+v %v", ref, r, err)
		}
	}
	err = h.d.Read(ctxMain(), func(tx *db.Tx) error { _, err := h.room.Reading(tx, "two"); return err })
	if !fault.Is(err, fault.Missing) {
		t.Error(err)
	}
	if err := h.room.Remove(ctxMain(), c.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := h.prove(c.ID, firstSecret, "{}"); !fault.Is(err, fault.Denied) || errors.Is(err, context.Canceled) {
		t.Errorf("after its removal: %v", err)
	}
}
