package api

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/identity"
	"tocsin/internal/journal"
)

// watcher reads a live stream.
type watcher struct {
	t      *testing.T
	events chan sse
	ended  chan struct{}
	cancel context.CancelFunc
}

type sse struct {
	id, kind string
	data     event
}

// serve opens a real port, because a recorder cannot flush. The feed has seen
// everything so far when it returns.
func (w *world) serve() *httptest.Server {
	w.t.Helper()
	var last int64
	err := w.d.Read(context.Background(), func(tx *db.Tx) (err error) {
		last, err = journal.Last(tx)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); w.deps.Feed.Last() < last; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			w.t.Fatal("the feed stands still")
		}
	}
	server := httptest.NewServer(w.server.Handler())
	w.t.Cleanup(server.Close)
	return server
}

func watch(t *testing.T, server *httptest.Server, token, lastID string) *watcher {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/api/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if lastID != "" {
		r.Header.Set("Last-Event-ID", lastID)
	}
	answer, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	v := &watcher{t: t, events: make(chan sse, 1000), ended: make(chan struct{}), cancel: cancel}
	t.Cleanup(func() { cancel(); <-v.ended })
	go func() {
		defer close(v.ended)
		defer answer.Body.Close()
		v.read(bufio.NewScanner(answer.Body))
	}()
	return v
}

func (v *watcher) read(lines *bufio.Scanner) {
	var e sse
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch name {
		case "id":
			e.id = value
		case "event":
			e.kind = value
		case "data":
			_ = json.Unmarshal([]byte(value), &e.data)
		case "":
			if e.kind != "" {
				v.events <- e
			}
			e = sse{}
		}
	}
}

// next waits for the next event.
func (v *watcher) next() sse {
	v.t.Helper()
	select {
	case e := <-v.events:
		return e
	case <-v.ended:
		v.t.Fatal("the stream ended")
	case <-time.After(10 * time.Second):
		v.t.Fatal("no event came")
	}
	return sse{}
}

// kinds reads events until the one of a kind.
func (v *watcher) until(kind string) []sse {
	v.t.Helper()
	var seen []sse
	for {
		e := v.next()
		seen = append(seen, e)
		if e.kind == kind {
			return seen
		}
	}
}

func kindsOf(events []sse) string {
	names := []string{}
	for _, e := range events {
		names = append(names, e.kind)
	}
	return strings.Join(names, " ")
}

func TestTheLiveStreamTellsWhatHappens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := watch(t, w.serve(), w.admin, "")
	number := w.opened("a")
	w.as("POST", "tickets/"+number+"/take", "").want(http.StatusOK)
	seen := v.until(journal.OwnerTaken)
	if got := kindsOf(seen); got != "ticket.opened finding.taken ticket.acknowledged owner.taken" {
		t.Errorf("events = %s", got)
	}
	last := seen[len(seen)-1].data
	if last.Number != number || last.Stream != "ticket:"+last.Ticket || last.Kind != journal.OwnerTaken || !strings.HasPrefix(last.Actor, "user:") {
		t.Errorf("data = %+v", last)
	}
	if _, err := time.Parse(time.RFC3339, last.At); err != nil {
		t.Errorf("at = %q", last.At)
	}
}

func TestTheLiveStreamGoesOnWhereItEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	server := w.serve()
	v := watch(t, server, w.admin, "")
	number := w.opened("a")
	seen := v.until("finding.taken")
	v.cancel()
	w.as("POST", "tickets/"+number+"/ack", "").want(http.StatusOK)
	w.as("POST", "tickets/"+number+"/take", "").want(http.StatusOK)
	// From the first event on, everything that came after it comes, once.
	again := watch(t, server, w.admin, seen[0].id)
	if got := kindsOf(again.until(journal.OwnerTaken)); got != "finding.taken ticket.acknowledged owner.taken" {
		t.Errorf("events = %s", got)
	}
}

func TestAnIDThatIsNotKnownResetsTheStream(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.opened("a")
	server := w.serve()
	for _, id := range []string{"999999", "-1", "hello"} {
		v := watch(t, server, w.admin, id)
		e := v.next()
		if e.kind != "reset" || e.id == "" {
			t.Errorf("id %s: first event = %+v", id, e)
		}
		// And goes on live after it.
		w.opened("after-" + id)
		if e := v.next(); e.kind != journal.TicketOpened {
			t.Errorf("id %s: second event = %+v", id, e)
		}
	}
}

func TestTheLiveStreamShowsOnlyWhatTheCallerMaySee(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	server := w.serve()
	analyst, admin := watch(t, server, w.token(identity.Analyst), ""), watch(t, server, w.token(identity.TenantAdmin), "")
	w.as("POST", "users", `{"email":"bob@example.org","roles":["viewer"]}`).want(http.StatusCreated)
	w.opened("a")
	w.as("POST", "connections", `{"kind":"paper","name":"Desk"}`).want(http.StatusCreated)
	if got := kindsOf(analyst.until(journal.ConnectionCreated)); got != "ticket.opened finding.taken connection.created" {
		t.Errorf("an analyst sees %s", got)
	}
	w.as("POST", "teams", fmt.Sprintf(`{"name":"Night","lead":%q}`, w.principal(w.admin).UserID)).want(http.StatusCreated)
	if got := kindsOf(admin.until(journal.TeamCreated)); strings.Contains(got, "ticket") || strings.Contains(got, "connection") || !strings.Contains(got, "user.created") {
		t.Errorf("a tenant administrator sees %s", got)
	}
}

func TestEveryKindIsSeenBySomebody(t *testing.T) {
	t.Parallel()
	for _, k := range journal.Kinds() {
		seen := false
		for _, r := range identity.Roles() {
			seen = seen || visible(k.Kind, identity.Principal{Permissions: r.Permissions})
		}
		if !seen {
			t.Errorf("%s is shown to no role: say in visible who may see it", k.Kind)
		}
		if visible(k.Kind, identity.Principal{}) {
			t.Errorf("%s is shown to somebody without a permission", k.Kind)
		}
	}
	if visible("new.kind", identity.System("main", "test")) {
		t.Error("a kind that nobody thought of is shown")
	}
}

func TestTheStreamOfSomebodyWhoIsCutOffEndsWithinASecond(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	server := w.serve()
	token := w.token(identity.Analyst)
	v := watch(t, server, token, "")
	p := w.principal(token)
	a := w.as("GET", "users/"+p.UserID, "")
	a.want(http.StatusOK)
	began := time.Now()
	w.do(req{method: "PATCH", path: "users/" + p.UserID, body: `{"active":false}`, token: w.admin, header: map[string]string{"If-Match": a.header.Get("ETag")}}).want(http.StatusOK)
	select {
	case <-v.ended:
		if took := time.Since(began); took > 1500*time.Millisecond {
			t.Errorf("it took %s", took)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the stream goes on")
	}
	w.do(req{method: "GET", path: "tickets", token: token}).refused(http.StatusUnauthorized, "unauthenticated")
}

func TestSomebodyMayHaveOnlySoManyStreams(t *testing.T) {
	t.Parallel()
	var st streams
	for range streamsPer {
		if !st.enter("main u1") {
			t.Fatal("refused too early")
		}
	}
	if st.enter("main u1") || !st.enter("main u2") {
		t.Error("the limit is not for each user")
	}
	st.leave("main u1")
	if !st.enter("main u1") {
		t.Error("a stream that ended still counts")
	}
}

func TestAStreamIsLivelyAndNamesItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	server := w.serve()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/api/v1/events?last_event_id=999999", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+w.admin)
	a, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	if a.Header.Get("Content-Type") != "text/event-stream" || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("header = %v", a.Header)
	}
	lines := bufio.NewScanner(a.Body)
	got := []string{}
	for len(got) < 5 && lines.Scan() {
		got = append(got, lines.Text())
	}
	if want := "retry: 3000||id: "; !strings.HasPrefix(strings.Join(got, "|"), want) || got[3] != "event: reset" {
		t.Errorf("greeting = %q", got)
	}
	w.as("GET", "events?colour=red", "").refused(http.StatusUnprocessableEntity, "invalid")
}
