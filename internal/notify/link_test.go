package notify_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
	"tocsin/internal/notify"
	"tocsin/internal/seal"
)

func (w *world) link(person, ticket string, acts ...notify.Act) (token string) {
	w.t.Helper()
	w.write(func(tx *db.Tx) (err error) { token, err = w.n.Link(tx, person, ticket, acts); return err })
	return token
}

func (w *world) open1(token string) (l notify.Linked, err error) {
	w.t.Helper()
	_ = w.d.Read(w.as("system:test"), func(tx *db.Tx) error { l, err = w.n.OpenLink(tx, token); return nil })
	return l, err
}

func TestALinkSaysWhatItWasMadeFor(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		token := w.link(ann, ticketID(1), notify.ActTake, notify.ActAck)
		l, err := w.open1(token)
		want := notify.Linked{Tenant: "main", Person: ann, Ticket: ticketID(1), Acts: []notify.Act{notify.ActAck, notify.ActTake}, ExpiresAt: l.ExpiresAt}
		if diff := cmp.Diff(want, l); err != nil || diff != "" {
			t.Fatalf("%v %s", err, diff)
		}
		if notify.LinkTenant(token) != "main" || len(token) > 200 || !l.May(notify.ActAck) || l.May(notify.ActEscalate) {
			t.Errorf("the token of %d characters: %+v", len(token), l)
		}
		w.turn(29 * time.Minute)
		if _, err := w.open1(token); err != nil {
			t.Errorf("after 29 minutes: %v", err)
		}
		w.turn(time.Minute)
		l, err = w.open1(token)
		if f := fault.As(err); f == nil || f.Slug != "link-expired" || l.Ticket != ticketID(1) {
			t.Errorf("after half an hour: %v %+v", err, l)
		}
	})
}

func TestALinkIsOfOneTenantAndOneVault(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		token := w.link(ann, ticketID(1), notify.ActAck)
		if err := w.vault.EnsureTenant(t.Context(), w.d, "other"); err != nil {
			t.Fatal(err)
		}
		for _, tenant := range []string{"other", "nobody", db.Everyone} {
			err := w.d.Read(db.As(t.Context(), tenant, "system:test"), func(tx *db.Tx) error { _, err := w.n.OpenLink(tx, token); return err })
			if f := fault.As(err); f == nil || f.Slug != "link" {
				t.Errorf("opened for the tenant %s: %v", tenant, err)
			}
		}
		foreign := seal.New(seal.RandomKey())
		d := dbtest.SQLite(t, w.clock)
		if err := foreign.EnsureTenant(t.Context(), d, "main"); err != nil {
			t.Fatal(err)
		}
		forger := notify.New(notify.Config{DB: d, Journal: journal.New(foreign), Vault: foreign, Ways: notify.Ways{List: w.outside.list}})
		var forged string
		err := d.Write(w.as("system:test"), func(tx *db.Tx) (err error) {
			forged, err = forger.Link(tx, ann, ticketID(1), []notify.Act{notify.ActAck})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.open1(forged); fault.As(err) == nil || fault.As(err).Slug != "link" {
			t.Errorf("signed with another key: %v", err)
		}
	})
}

func TestNoOtherTokenOpens(t *testing.T) {
	t.Parallel()
	w := &world{t: t, now: time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC), outside: newOutside()}
	w.d = dbtest.SQLite(t, w.clock)
	w.open()
	token := w.link(ann, ticketID(1), notify.ActAck)
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("with one bit changed", func(t *testing.T) {
		for at := range len(raw) * 8 {
			changed := append([]byte{}, raw...)
			changed[at/8] ^= 1 << (at % 8)
			if l, err := w.open1(base64.RawURLEncoding.EncodeToString(changed)); err == nil {
				t.Errorf("bit %d: %+v", at, l)
			}
		}
	})
	t.Run("with one character changed", func(t *testing.T) {
		const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ \n."
		for at := range token {
			for _, c := range letters {
				if changed := token[:at] + string(c) + token[at+1:]; changed != token {
					if l, err := w.open1(changed); err == nil {
						t.Errorf("%q at %d: %+v", c, at, l)
					}
				}
			}
		}
	})
	t.Run("cut, or with more", func(t *testing.T) {
		for n := range len(token) {
			if l, err := w.open1(token[:n]); err == nil {
				t.Errorf("cut to %d: %+v", n, l)
			}
		}
		for _, more := range []string{"A", "AAAA", "=", "\n", token} {
			if l, err := w.open1(token + more); err == nil {
				t.Errorf("with %q: %+v", more, l)
			}
		}
	})
	t.Run("put together from two", rapid.MakeCheck(func(t *rapid.T) {
		other := w.link(bob, ticketID(rapid.IntRange(1, 3).Draw(t, "ticket")), rapid.SliceOf(rapid.SampledFrom([]notify.Act{notify.ActAck, notify.ActTake, notify.ActEscalate})).Draw(t, "acts")...)
		cut := rapid.IntRange(1, min(len(token), len(other))-1).Draw(t, "cut")
		for _, mixed := range []string{token[:cut] + other[cut:], other[:cut] + token[cut:]} {
			if mixed != token && mixed != other {
				if l, err := w.open1(mixed); err == nil {
					t.Fatalf("%+v", l)
				}
			}
		}
	}))
}

func FuzzOpenLink(f *testing.F) {
	w := &world{now: time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC), outside: newOutside()}
	w.d = dbtest.SQLite(f, w.clock)
	vault := seal.New(seal.RandomKey())
	if err := vault.EnsureTenant(f.Context(), w.d, "main"); err != nil {
		f.Fatal(err)
	}
	w.n = notify.New(notify.Config{DB: w.d, Journal: journal.New(vault), Vault: vault, Ways: notify.Ways{List: w.outside.list}})
	var good string
	err := w.d.Write(w.as("system:test"), func(tx *db.Tx) (err error) {
		good, err = w.n.Link(tx, ann, "not a uuid", []notify.Act{notify.ActAck})
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add("")
	f.Add(strings.Repeat("A", 300))
	f.Fuzz(func(t *testing.T, token string) {
		tenant := notify.LinkTenant(token)
		if tenant == db.Everyone {
			t.Fatal("a token speaks for every tenant")
		}
		err := w.d.Read(w.as("system:test"), func(tx *db.Tx) error { _, err := w.n.OpenLink(tx, token); return err })
		if (err == nil) != (token == good) {
			t.Fatalf("%q opens: %v", token, err)
		}
	})
}
