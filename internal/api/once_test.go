package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"tocsin/internal/finding"
	"tocsin/internal/identity"
)

func (w *world) keyed(path, body, key string) answer {
	w.t.Helper()
	return w.do(req{method: "POST", path: path, body: body, token: w.admin, header: map[string]string{"Idempotency-Key": key}})
}

func (w *world) ticketCount() float64 {
	w.t.Helper()
	count, _ := w.as("GET", "tickets", "").want(http.StatusOK)["count"].(map[string]any)
	n, _ := count["value"].(float64)
	return n
}

func TestARepeatedRequestIsDoneOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.keyed("tickets", `{"title":"a"}`, "k1")
	first.want(http.StatusCreated)
	second := w.keyed("tickets", `{"title":"a"}`, "k1")
	second.want(http.StatusCreated)
	if string(first.body) != string(second.body) || second.header.Get("Idempotency-Replayed") != "true" || first.header.Get("Idempotency-Replayed") != "" {
		t.Errorf("replay = %s %v", second.body, second.header)
	}
	for _, name := range []string{"ETag", "Content-Type"} {
		if first.header.Get(name) != second.header.Get(name) || first.header.Get(name) == "" {
			t.Errorf("%s = %q, then %q", name, first.header.Get(name), second.header.Get(name))
		}
	}
	if first.header.Get("X-Request-Id") == second.header.Get("X-Request-Id") {
		t.Error("the id of the first request was repeated")
	}
	if n := w.ticketCount(); n != 1 {
		t.Errorf("%v tickets, want 1", n)
	}
}

func TestAKeyIsForOneRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	number, other := w.opened("a"), w.opened("b")
	w.keyed("tickets/"+number+"/notes", `{"text":"a"}`, "k1").want(http.StatusOK)
	w.keyed("tickets/"+number+"/notes", `{"text":"b"}`, "k1").refused(http.StatusUnprocessableEntity, "idempotency-key-reused")
	w.keyed("tickets/"+other+"/notes", `{"text":"a"}`, "k1").refused(http.StatusUnprocessableEntity, "idempotency-key-reused")
	w.keyed("tickets", `{"title":"a"}`, strings.Repeat("k", 256)).refused(http.StatusUnprocessableEntity, "invalid")
	// Another caller's key is another key.
	a := w.do(req{method: "POST", path: "tickets", body: `{"title":"x"}`, token: w.token(identity.Analyst), header: map[string]string{"Idempotency-Key": "k1"}})
	a.want(http.StatusCreated)
}

func TestARefusalIsKeptAsWell(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keyed("tickets", `{"title":""}`, "k1").refused(http.StatusUnprocessableEntity, "invalid")
	a := w.keyed("tickets", `{"title":""}`, "k1")
	a.refused(http.StatusUnprocessableEntity, "invalid")
	if a.header.Get("Idempotency-Replayed") != "true" {
		t.Error("not a replay")
	}
}

func TestAFailureOnOurSideIsTriedAgain(t *testing.T) {
	t.Parallel()
	calls := 0
	w := newWorld(t, func(d *Deps) {
		d.Intake = func(context.Context, string, []byte) ([]finding.Result, error) {
			calls++
			switch calls {
			case 1:
				return nil, errors.New("broken")
			case 2:
				panic("worse")
			}
			return []finding.Result{}, nil
		}
	})
	w.keyed("findings", sample("a"), "k1").refused(http.StatusInternalServerError, "internal")
	w.keyed("findings", sample("a"), "k1").refused(http.StatusInternalServerError, "internal")
	w.keyed("findings", sample("a"), "k1").want(http.StatusOK)
	w.keyed("findings", sample("a"), "k1").want(http.StatusOK)
	if calls != 3 {
		t.Errorf("%d calls, want 3", calls)
	}
}

func TestAnAnswerWithASecretIsNotKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := `{"name":"ci","scopes":["read"],"expires_in_days":30}`
	m := w.keyed("tokens", body, "k1").want(http.StatusCreated)
	secret, _ := m["token"].(string)
	if !strings.HasPrefix(secret, identity.TokenPrefix) {
		t.Fatalf("token = %v", m)
	}
	a := w.keyed("tokens", body, "k1")
	a.refused(http.StatusConflict, "idempotency-withheld")
	if strings.Contains(string(a.body), secret) {
		t.Error("the secret came back")
	}
}

func TestOfManyAtOnceOneIsDone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			a := w.keyed("tickets", `{"title":"a"}`, "k1")
			if a.status != http.StatusCreated && a.status != http.StatusConflict {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
	wg.Wait()
	if n := w.ticketCount(); n != 1 {
		t.Errorf("%v tickets, want 1", n)
	}
}

func TestWhatComesBeforeAKeyIsNotKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	denied := req{method: "POST", path: "tickets", body: `{"title":"a"}`, header: map[string]string{"Idempotency-Key": "k1"}}
	w.do(denied).refused(http.StatusUnauthorized, "unauthenticated")
	w.keyed("tickets", `{"Title`, "k2").refused(http.StatusBadRequest, "unreadable")
	w.keyed("tickets", `{"title":"a"}`, "k2").want(http.StatusCreated)
}
