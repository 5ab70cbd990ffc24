package webhookout

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin/internal/connector"
	"tocsin/internal/connector/connectortest"
	"tocsin/internal/fault"
)

const (
	vectorKey = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" // of the reference libraries
	otherKey  = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
)

func at() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

func TestItKeepsWhatEveryConnectorPromises(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	connectortest.Run(t, Kind(), connectortest.Fixture{
		Settings: `{"url":"https://hooks.example.com/tocsin"}`, Secrets: map[string]string{"signing_secret": vectorKey, "previous_secret": otherKey}, Readme: string(readme),
	})
}

func set(url string, secrets ...string) (*receiver, error) {
	given := map[string]connector.Secret{}
	for i, name := range []string{"signing_secret", "previous_secret"} {
		if i < len(secrets) {
			given[name] = connector.NewSecret(secrets[i])
		}
	}
	settings, _ := json.Marshal(map[string]string{"url": url})
	made, err := Kind().New(connector.Config{Settings: settings, Secrets: given, HTTP: http.DefaultClient, Now: at})
	if err != nil {
		return nil, err
	}
	return made.(*receiver), nil
}

func mustSet(t *testing.T, url string, secrets ...string) *receiver {
	t.Helper()
	r, err := set(url, secrets...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The vector that the reference libraries of Standard Webhooks are tested with.
func TestTheSignatureIsTheOneOfTheSpecification(t *testing.T) {
	t.Parallel()
	keys, err := mustSet(t, "https://x.example", vectorKey).keys()
	if err != nil {
		t.Fatal(err)
	}
	got := signatures(keys, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`))
	if got != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Error(got)
	}
}

func letter() connector.Letter {
	return connector.Letter{
		ID: "0190-l", Subject: "INC-42: \"nobody\"", Text: "one\ntwo", Event: "page", Severity: "high", Link: "https://tocsin.example.com/tickets/INC-42", Thread: "t", Key: "k",
		Buttons: []connector.Button{{Label: "Take", Act: "take", Token: "secret-of-a-person", URL: "https://x.example/m/secret-of-a-person"}},
		Facts:   []connector.Fact{{Name: "Team", Value: "SOC"}}, At: at().Add(-time.Hour).UnixMicro(),
	}
}

func TestACallIsSignedAndWhole(t *testing.T) {
	t.Parallel()
	h := connectortest.NewHook(t, at, vectorKey)
	r := mustSet(t, h.URL, vectorKey)
	for range 2 {
		if receipt, err := r.Send(t.Context(), letter()); err != nil || receipt.ID != "0190-l" {
			t.Fatalf("%+v %v", receipt, err)
		}
	}
	text, err := os.ReadFile("testdata/page.json")
	want := connectortest.HookCall{ID: "0190-l", Type: "notice.page", At: at().Add(-time.Hour)}
	if err == nil {
		err = json.Unmarshal(text, &want.Data)
	}
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]connectortest.HookCall{want, want}, h.Calls()); d != "" {
		t.Error(d)
	}
}

func TestBothSecretsSignWhileOneReplacesTheOther(t *testing.T) {
	t.Parallel()
	for _, good := range []string{vectorKey, otherKey} {
		h := connectortest.NewHook(t, at, good)
		if _, err := mustSet(t, h.URL, vectorKey, otherKey).Send(t.Context(), letter()); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	h := connectortest.NewHook(t, at, otherKey)
	if _, err := mustSet(t, h.URL, vectorKey).Send(t.Context(), letter()); !fault.Is(err, fault.Invalid) || len(h.Calls()) != 0 {
		t.Errorf("%v", err)
	}
}

func TestWhatTheReceiverSaysDecidesAboutAnotherAttempt(t *testing.T) {
	t.Parallel()
	for status, again := range map[int]bool{301: false, 307: false, 400: false, 401: false, 404: false, 408: true, 410: false, 425: true, 429: true, 500: true, 502: true, 503: true, 504: true} {
		h := connectortest.NewHook(t, at, vectorKey)
		var asked int
		h.Fail = func(w http.ResponseWriter) bool {
			asked++
			w.Header().Set("Location", h.URL)
			w.Header().Set("Retry-After", "9")
			w.WriteHeader(status)
			fmt.Fprint(w, "<script>")
			return true
		}
		_, err := mustSet(t, h.URL, vectorKey).Send(t.Context(), letter())
		after, got := connector.RetryAfter(err)
		if err == nil || got != again || (again && after != 9*time.Second) || asked != 1 || !strings.Contains(err.Error(), fmt.Sprint(status)) {
			t.Errorf("%d: again %v after %s, asked %d times: %v", status, got, after, asked, err)
		}
		if status == 410 && fault.As(err).Slug != "gone" {
			t.Errorf("%v", err)
		}
	}
	if _, err := mustSet(t, "http://127.0.0.1:1/", vectorKey).Send(t.Context(), letter()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v", err)
	}
}

func TestTheTestSaysThatItSentSomething(t *testing.T) {
	t.Parallel()
	h := connectortest.NewHook(t, at, vectorKey)
	checks := mustSet(t, h.URL, vectorKey, otherKey).Check(t.Context())
	if len(checks) != 2 || !checks[0].OK || !strings.Contains(checks[0].Detail, "tocsin.test") || h.Calls()[0].Type != "tocsin.test" {
		t.Errorf("%+v %+v", checks, h.Calls())
	}
	if checks = mustSet(t, h.URL, otherKey).Check(t.Context()); checks[0].OK || !strings.Contains(checks[0].Detail, "was sent") {
		t.Errorf("%+v", checks)
	}
}

func TestSettingsThatCannotWorkAreNamed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ url, secret, field string }{
		{"http://hooks.example.com/x", vectorKey, "settings.url"},
		{"https://hooks.example.com/x?token=1", vectorKey, "settings.url"},
		{"https://hooks.example.com/x", "a-plain-secret-of-32-characters-", "secrets.signing_secret"},
		{"https://hooks.example.com/x", "whsec_not base64!", "secrets.signing_secret"},
		{"https://hooks.example.com/x", "whsec_c2hvcnQ=", "secrets.signing_secret"},
	} {
		_, err := set(tt.url, tt.secret)
		if f := fault.As(err); f == nil || len(f.Fields) == 0 || f.Fields[0].Location != tt.field {
			t.Errorf("%+v: %v", tt, err)
		}
	}
}

func FuzzACallIsAlwaysProven(f *testing.F) {
	f.Add("id", "subject\n", "text\x00\xff", "page")
	f.Add("a.b", `"}`, "\u2028", "")
	f.Fuzz(func(t *testing.T, id, subject, text, event string) {
		h := connectortest.NewHook(t, at, vectorKey)
		l := connector.Letter{ID: id, Subject: subject, Text: text, Event: event, Facts: []connector.Fact{{Name: subject, Value: text}}}
		if _, err := mustSet(t, h.URL, vectorKey).Send(t.Context(), l); err != nil || len(h.Calls()) != 1 {
			t.Errorf("%v", err)
		}
	})
}
