package connection_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin/internal/connection"
	"tocsin/internal/connector"
	"tocsin/internal/connector/connectortest"
	"tocsin/internal/connector/heartbeat"
	"tocsin/internal/connector/slack"
	"tocsin/internal/connector/smtp"
	"tocsin/internal/connector/webhook"
	"tocsin/internal/connector/webhookout"
	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/egress"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
	"tocsin/internal/seal"
)

const (
	firstKey  = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	secondKey = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	botToken  = "xoxb-a-token-of-the-test"
	signing   = "8f742231b10e8888abcd99yyyzzz85a5"
)

// told is the room with the notifiers it really has, and one of the test.
type told struct {
	*hooked
	made atomic.Int64 // how often one was built
	send func(context.Context, connector.Letter) (connector.Receipt, error)
}

// sender is a notifier that does what the test says.
type sender struct{ w *told }

func (s sender) Check(context.Context) []connector.Check { return []connector.Check{{Name: "x"}} }

func (s sender) Send(ctx context.Context, l connector.Letter) (connector.Receipt, error) {
	return s.w.send(ctx, l)
}

func newTold(t *testing.T, d *db.DB) *told {
	t.Helper()
	vault := seal.New(seal.RandomKey())
	if err := vault.EnsureTenant(context.Background(), d, dbtest.Tenant); err != nil {
		t.Fatal(err)
	}
	w := &told{hooked: &hooked{&world{t: t, d: d}, journal.New(vault)}}
	plain := connectortest.NewSource().Kind()
	fake := plain
	fake.Reach = &connector.Reach{}
	fake.New = func(c connector.Config) (connector.Connector, error) {
		w.made.Add(1)
		_, err := plain.New(c)
		return sender{w}, err
	}
	w.room = connection.New(connection.Config{
		DB: d, Journal: w.journal, Vault: vault, Scrub: &seal.Scrubber{}, Guard: egress.New(egress.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}),
		Kinds: map[string]connector.Kind{
			"webhook": webhook.Kind(), "webhook-out": webhookout.Kind(), "slack": slack.Kind(), "smtp": smtp.Kind(), "heartbeat": heartbeat.Kind(), "test": fake,
		}, Log: slog.New(slog.DiscardHandler),
	})
	return w
}

func (w *told) set(kind, name string, settings any, secrets map[string]string) connection.Connection {
	w.t.Helper()
	text, err := json.Marshal(settings)
	if err != nil {
		w.t.Fatal(err)
	}
	c, err := w.room.Create(ctxMain(), connection.Draft{Kind: kind, Name: name, Settings: text, Secrets: secrets})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *told) fake(name string) connection.Connection {
	w.t.Helper()
	return w.set("test", name, map[string]any{}, map[string]string{"token": canary})
}

func TestALetterGoesWithTheSecretsAndTheSettingsOfNow(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTold(t, d)
		h := connectortest.NewHook(t, time.Now, firstKey)
		c := w.set("webhook-out", "hook", map[string]string{"url": h.URL}, map[string]string{"signing_secret": firstKey})
		l := connector.Letter{ID: "l1", Subject: "one", Event: "page"}
		if r, err := w.room.Notify(ctxMain(), c.ID, l); err != nil || r.ID != "l1" {
			t.Fatalf("%+v %v", r, err)
		}
		if age := time.Since(h.Calls()[0].At).Abs(); age > time.Minute {
			t.Errorf("a letter without a time is of %s ago", age)
		}
		c, err := w.room.Update(ctxMain(), c.ID, c.Rev, connection.Patch{Secrets: map[string]string{"signing_secret": secondKey}})
		if err != nil || c.Secrets["previous_secret"] != "set" {
			t.Fatalf("%+v %v", c.Secrets, err)
		}
		for _, good := range []string{firstKey, secondKey} {
			h.Secrets = []string{good}
			if _, err := w.room.Notify(ctxMain(), c.ID, l); err != nil {
				t.Errorf("%s: %v", good, err)
			}
		}
		if _, err := w.room.Update(ctxMain(), c.ID, c.Rev, connection.Patch{Secrets: map[string]string{"previous_secret": ""}}); err != nil {
			t.Fatal(err)
		}
		h.Secrets = []string{firstKey}
		if _, err := w.room.Notify(ctxMain(), c.ID, l); !fault.Is(err, fault.Invalid) {
			t.Errorf("signed with a secret that was ended: %v", err)
		}
	})
}

func TestANotifierIsBuiltOnceARevisionAndOutsideATransaction(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTold(t, d)
		w.send = func(ctx context.Context, _ connector.Letter) (connector.Receipt, error) {
			ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
			defer cancel()
			return connector.Receipt{ID: "r"}, d.Write(ctx, func(tx *db.Tx) error { // would wait for ever inside another one
				_, err := tx.Exec(`UPDATE connection SET name = name WHERE tenant = $1`, tx.Tenant())
				return err
			})
		}
		c := w.fake("one")
		built := w.made.Load()
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				if r, err := w.room.Notify(ctxMain(), c.ID, connector.Letter{ID: "1"}); err != nil || r.ID != "r" {
					t.Errorf("%+v %v", r, err)
				}
			})
		}
		wg.Wait()
		first := w.made.Load()
		for range 5 {
			_, _ = w.room.Notify(ctxMain(), c.ID, connector.Letter{ID: "1"})
		}
		if first == built || w.made.Load() != first {
			t.Errorf("built %d times, then %d", first-built, w.made.Load()-first)
		}
		name := "two"
		if _, err := w.room.Update(ctxMain(), c.ID, c.Rev, connection.Patch{Name: &name}); err != nil {
			t.Fatal(err)
		}
		before := w.made.Load()
		_, _ = w.room.Notify(ctxMain(), c.ID, connector.Letter{ID: "1"})
		if w.made.Load() != before+1 {
			t.Errorf("built %d times after a change", w.made.Load()-before)
		}
	})
}

func TestWhoCannotBeToldSaysSoAndIsFinal(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTold(t, d)
		w.send = func(context.Context, connector.Letter) (connector.Receipt, error) {
			t.Error("it was told")
			return connector.Receipt{}, nil
		}
		off, other, hook := w.fake("off"), w.fake("other"), w.hook("hook")
		no := false
		if _, err := w.room.Update(ctxMain(), off.ID, off.Rev, connection.Patch{Enabled: &no}); err != nil {
			t.Fatal(err)
		}
		strange := db.As(context.Background(), "t2", "system:test")
		for name, tt := range map[string]struct {
			ctx  context.Context
			id   string
			code fault.Code
		}{
			"switched off":     {ctxMain(), off.ID, fault.Conflict},
			"another tenant's": {strange, other.ID, fault.Missing},
			"gone":             {ctxMain(), "01900000-0000-7000-8000-000000000000", fault.Missing},
			"no notifier":      {ctxMain(), hook.ID, fault.Invalid},
		} {
			_, err := w.room.Notify(tt.ctx, tt.id, connector.Letter{ID: "1"})
			if _, again := connector.RetryAfter(err); !fault.Is(err, tt.code) || again {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestAnErrorTellsWhetherToTryAgainAndNoSecret(t *testing.T) {
	t.Parallel()
	w := newTold(t, dbtest.SQLite(t, nil))
	c := w.fake("one")
	for _, tt := range []struct {
		err   error
		again bool
		after time.Duration
		slug  string
	}{
		{errors.New("it echoed " + canary), false, 0, ""},
		{connector.Retry(errors.New("it echoed "+canary), 7*time.Second), true, 7 * time.Second, ""},
		{connector.Retry(fault.New(fault.Busy, "it echoed %s", canary).WithSlug("echo"), 0), true, 0, "echo"},
		{fault.New(fault.Invalid, "no %s", canary).WithSlug("gone").Because(errors.New(canary)), false, 0, "gone"},
		{fault.New(fault.Invalid, "nothing to hide").WithSlug("plain"), false, 0, "plain"},
	} {
		w.send = func(context.Context, connector.Letter) (connector.Receipt, error) { return connector.Receipt{}, tt.err }
		_, err := w.room.Notify(ctxMain(), c.ID, connector.Letter{ID: "1"})
		after, again := connector.RetryAfter(err)
		if err == nil || again != tt.again || after != tt.after || strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), canary) {
			t.Errorf("%v became %v (again %v after %s)", tt.err, err, again, after)
		}
		if f := fault.As(err); tt.slug != "" && (f == nil || f.Slug != tt.slug) {
			t.Errorf("%v lost its slug", err)
		}
	}
}

func TestLettersShowInTheConnectionsHealth(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTold(t, d)
		w.run()
		c := w.fake("one")
		var broken atomic.Bool
		broken.Store(true)
		w.send = func(context.Context, connector.Letter) (connector.Receipt, error) {
			if broken.Load() {
				return connector.Receipt{}, fault.New(fault.Invalid, "No such channel.")
			}
			return connector.Receipt{}, nil
		}
		tell := func(state string) func() bool {
			return func() bool {
				_, _ = w.room.Notify(ctxMain(), c.ID, connector.Letter{ID: "1"})
				return w.get(c.ID).Health.State == state
			}
		}
		if state := w.get(c.ID).Health.State; state != "starting" {
			t.Errorf("before the first letter it is %s", state)
		}
		connectortest.Eventually(t, 20*time.Second, "a failure is shown", tell("failing"))
		if h := w.get(c.ID).Health; h.LastError != "No such channel." {
			t.Errorf("%+v", h)
		}
		w.send = func(context.Context, connector.Letter) (connector.Receipt, error) {
			if broken.Load() {
				return connector.Receipt{}, fault.New(fault.Invalid, "No such person.").WithSlug(connector.SlugRecipient)
			}
			return connector.Receipt{}, nil
		}
		if _, err := w.room.Notify(ctxMain(), c.ID, connector.Letter{ID: "1", To: "nobody"}); err == nil || w.get(c.ID).Health.LastError != "No such channel." {
			t.Errorf("%v: %+v", err, w.get(c.ID).Health)
		}
		broken.Store(false)
		connectortest.Eventually(t, 20*time.Second, "it is well again", tell("ok"))
		if h := w.get(c.ID).Health; h.LastError != "" || h.LastOKAt == nil {
			t.Errorf("%+v", h)
		}
	})
}

func TestWhatCanTellIsListed(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTold(t, d)
		w.hook("a hook that comes in")
		smtp1 := w.set("smtp", "b mail", map[string]any{"host": "smtp.example.com", "from": "a@example.com"}, nil)
		smtp2 := w.set("smtp", "c mail", map[string]any{"host": "smtp.example.com", "from": "a@example.com", "to": "soc@example.com"}, nil)
		beat := w.set("heartbeat", "d beat", map[string]any{"every": 30}, map[string]string{"url": "https://hc-ping.example/0123456789"})
		out := w.set("webhook-out", "e out", map[string]any{"url": "https://x.example"}, map[string]string{"signing_secret": firstKey})
		no := false
		if _, err := w.room.Update(ctxMain(), out.ID, out.Rev, connection.Patch{Enabled: &no}); err != nil {
			t.Fatal(err)
		}
		var got []connection.Way
		if err := d.Read(ctxMain(), func(tx *db.Tx) (err error) { got, err = w.room.Notifiers(tx); return err }); err != nil {
			t.Fatal(err)
		}
		want := []connection.Way{
			{ID: smtp1.ID, Kind: "smtp", Name: "b mail", Enabled: true, Address: "E-mail address", NeedsAddress: true},
			{ID: smtp2.ID, Kind: "smtp", Name: "c mail", Enabled: true, Address: "E-mail address"},
			{ID: beat.ID, Kind: "heartbeat", Name: "d beat", Enabled: true, Beat: 30 * time.Second},
			{ID: out.ID, Kind: "webhook-out", Name: "e out"},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if address, err := w.room.FindAddress(ctxMain(), smtp1.ID, "ada@example.com"); err != nil || address != "ada@example.com" {
			t.Errorf("%s %v", address, err)
		}
		if address, err := w.room.FindAddress(ctxMain(), beat.ID, "ada@example.com"); err != nil || address != "" {
			t.Errorf("%s %v", address, err)
		}
	})
}

func TestAPressedButtonIsProvenOnceAndCountedWhenItIsNot(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	w := newTold(t, dbtest.SQLite(t, now))
	w.run()
	s := connectortest.NewSlack(t, botToken, signing)
	c := w.set("slack", "slack", map[string]any{"api_url": s.URL}, map[string]string{"bot_token": botToken, "signing_secret": signing})
	hook := w.hook("hook")
	back := func(id string, h http.Header, body []byte) (connection.Called, error) {
		return w.room.Callback(context.Background(), id, h, body)
	}
	h, body := s.Press("U0ADA", "tocsin:ack", "tok", now())
	called, err := back(c.ID, h, body)
	if err != nil || called.UserID != "U0ADA" || called.Token != "tok" || called.Act != "ack" || called.Caller.Tenant != dbtest.Tenant || called.Caller.ID != c.ID {
		t.Fatalf("%+v %v", called, err)
	}
	if err := w.room.Answer(ctxMain(), called, "Done"); err != nil || len(s.Answers()) != 1 {
		t.Errorf("%v %v", s.Answers(), err)
	}
	slug := func(err error) string {
		if f := fault.As(err); f != nil {
			return f.Slug
		}
		return ""
	}
	_, again := back(c.ID, h, body)
	old, oldBody := s.Press("U0ADA", "tocsin:ack", "tok", now().Add(-6*time.Minute))
	_, expired := back(c.ID, old, oldBody)
	_, forged := back(c.ID, connectortest.SlackSign("another-signing-secret", now(), body), body)
	_, bare := back(c.ID, http.Header{}, body)
	if slug(again) != "replayed" || slug(expired) != "expired" || slug(forged) != "unauthenticated" || slug(bare) != "unauthenticated" {
		t.Errorf("%v\n%v\n%v\n%v", again, expired, forged, bare)
	}
	for name, id := range map[string]string{"a webhook": hook.ID, "unknown": "01900000-0000-7000-8000-000000000000", "long": strings.Repeat("x", 99)} {
		if _, err := back(id, h, body); !cmp.Equal(fault.As(err), fault.As(forged)) {
			t.Errorf("%s is told apart: %v", name, err)
		}
	}
	connectortest.Eventually(t, 20*time.Second, "refused calls are counted and told", func() bool {
		return w.get(c.ID).Health.Refused == 4 && len(w.told(c.ID)) > 0
	})
	ahead.Store(int64(61 * time.Second))
	want := map[string]int64{"replayed": 1, "expired": 1, "wrong": 1, "missing": 1}
	connectortest.Eventually(t, 20*time.Second, "the journal tells them apart", func() bool { return cmp.Equal(want, w.reasons(c.ID)) })
	if h := w.get(c.ID).Health; h.State != "starting" || h.LastError != "" {
		t.Errorf("strangers made it look broken: %+v", h)
	}
}

// reasons adds up what the journal tells of refused calls.
func (w *told) reasons(id string) map[string]int64 {
	w.t.Helper()
	out := map[string]int64{}
	err := w.d.Read(ctxMain(), func(tx *db.Tx) error {
		list, err := w.journal.Stream(tx, connection.Stream(id), 0, 100)
		for _, e := range list {
			if e.Kind != journal.WebhookRefused {
				continue
			}
			var data struct{ Reasons map[string]int64 }
			if err := json.Unmarshal(e.Data, &data); err != nil {
				return err
			}
			for slug, n := range data.Reasons {
				out[slug] += n
			}
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

func TestTheDefaultOfADestinationIsNoOther(t *testing.T) {
	t.Parallel()
	w := newTold(t, dbtest.SQLite(t, nil))
	c := w.set("slack", "slack", map[string]any{}, map[string]string{"bot_token": botToken})
	c, err := w.room.Update(ctxMain(), c.ID, c.Rev, connection.Patch{Settings: json.RawMessage(`{"api_url":"https://slack.com/api/"}`)})
	if err != nil || c.Secrets["bot_token"] != "set" {
		t.Fatalf("the same destination, said aloud: %v %v", c.Secrets, err)
	}
	_, err = w.room.Update(ctxMain(), c.ID, c.Rev, connection.Patch{Settings: json.RawMessage(`{"api_url":"https://slack-gov.com/api"}`)})
	if f := fault.As(err); f == nil || f.Fields[0].Location != "body.secrets.bot_token" {
		t.Errorf("the token went along to another host: %v", err)
	}
}
