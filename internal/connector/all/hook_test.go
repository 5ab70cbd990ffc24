package all_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tocsin/internal/connector"
	"tocsin/internal/connector/all"
)

// What goes out by webhook-out is what the inbound kind lets in, whatever the
// letter's id looks like, and a second copy has the same key.
func TestAnotherTocsinTakesTheCallsOfThisOne(t *testing.T) {
	t.Parallel()
	const key = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	now := func() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }
	in, err := all.Table()["webhook"].New(connector.Config{Settings: json.RawMessage(`{"scheme":"standard","format":"auto"}`), Secrets: map[string]connector.Secret{"signing_secret": connector.NewSecret(key)}})
	if err != nil {
		t.Fatal(err)
	}
	var call connector.Call
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		call = connector.Call{Header: r.Header, Body: body, At: now()}
	}))
	defer s.Close()
	out, err := all.Table()["webhook-out"].New(connector.Config{
		Settings: json.RawMessage(`{"url":"` + s.URL + `"}`), Secrets: map[string]connector.Secret{"signing_secret": connector.NewSecret(key)}, HTTP: s.Client(), Now: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, id := range []string{"0190-l", "a.b.c", "", "ü\r\nX: y", strings.Repeat("x", 999)} {
		for range 2 {
			if _, err := out.(connector.Notifier).Send(t.Context(), connector.Letter{ID: id, Subject: "é\x00"}); err != nil {
				t.Fatalf("%.20q: %v", id, err)
			}
			d, err := in.(connector.Receiver).Receive(call)
			if err != nil || seen[id] != "" && seen[id] != d.Key {
				t.Errorf("%.20q: %+v %v", id, d, err)
			}
			seen[id] = d.Key
		}
	}
	keys := map[string]bool{}
	for _, k := range seen {
		keys[k] = true
	}
	if len(keys) != len(seen) {
		t.Errorf("two letters have one key: %v", seen)
	}
}
