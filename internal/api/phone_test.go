package api

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"tocsin/internal/connector"
	"tocsin/internal/db"
	"tocsin/internal/identity"
	"tocsin/internal/notify"
)

// letterBox takes letters instead of an outside.
type letterBox struct {
	mu   sync.Mutex
	list []connector.Letter
}

func (w *world) post(_ context.Context, _ string, l connector.Letter) (connector.Receipt, error) {
	w.letters.mu.Lock()
	defer w.letters.mu.Unlock()
	w.letters.list = append(w.letters.list, l)
	return connector.Receipt{}, nil
}

func (w *world) lastLetter() connector.Letter {
	w.letters.mu.Lock()
	defer w.letters.mu.Unlock()
	return w.letters.list[len(w.letters.list)-1]
}

// adminID is the id of the first administrator, who holds every role.
func (w *world) adminID() string { return w.principal(w.admin).UserID }

// linkFor makes a link as a letter holds it.
func (w *world) linkFor(person, ticket string, acts ...notify.Act) (token string) {
	w.t.Helper()
	err := w.d.Write(db.As(context.Background(), identity.Main, "system:test"), func(tx *db.Tx) (err error) {
		t, err := w.deps.Tickets.Get(tx, ticket)
		if err != nil {
			return err
		}
		token, err = w.deps.Notify.Link(tx, person, t.ID, acts)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return token
}

// phone asks the page of a link as a phone does, without a session.
func (w *world) phone(method, token, act string) *httptest.ResponseRecorder {
	w.t.Helper()
	r := httptest.NewRequest(method, "https://soc.example.org/m/"+token, strings.NewReader(url.Values{"act": {act}}.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", formType)
		r.Header.Set("Origin", "null") // what a page without referrers sends
		r.Header.Set("Sec-Fetch-Site", "cross-site")
	} else {
		r.Body = http.NoBody
	}
	rec := httptest.NewRecorder()
	w.server.Handler().ServeHTTP(rec, r)
	return rec
}

func (w *world) kinds(ticket string) string {
	w.t.Helper()
	var out []string
	err := w.d.Read(db.As(context.Background(), identity.Main, "system:test"), func(tx *db.Tx) error {
		t, err := w.deps.Tickets.Get(tx, ticket)
		if err != nil {
			return err
		}
		out, err = db.Strings(tx, `SELECT kind || ' ' || actor FROM entry WHERE stream = $1 ORDER BY seq`, "ticket:"+t.ID)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return strings.Join(out, "\n")
}

func everyAct() []notify.Act {
	return []notify.Act{notify.ActAck, notify.ActTake, notify.ActEscalate}
}

func TestALinkShowsATicketAndDoesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hostile := strings.Replace(sample("x"), "S3 buckets should block public access", "A <script>alert(1)</script> was found", 1)
	first, _ := w.as(http.MethodPost, "findings", hostile).want(http.StatusOK)["results"].([]any)[0].(map[string]any)
	number, _ := first["ticket"].(string)
	token := w.linkFor(w.adminID(), number, everyAct()...)
	before := w.kinds(number)
	for range 3 { // scanners of mail come again and again
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			if rec := w.phone(method, token, ""); rec.Code != http.StatusOK {
				t.Fatalf("%s: %d %s", method, rec.Code, rec.Body)
			}
		}
	}
	if after := w.kinds(number); after != before {
		t.Errorf("looking at the page did something:\n%s", after)
	}
	rec := w.phone(http.MethodGet, token, "")
	page := rec.Body.String()
	for _, want := range []string{number, "&lt;script&gt;", `name="act" value="ack"`, "Acknowledge", "Take", "Nobody has taken it.", `action`} {
		if want != "action" && !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	if strings.Contains(page, "<script") || strings.Contains(page, "Escalate now") || len(page) > 20<<10 {
		t.Errorf("a page of %d bytes:\n%s", len(page), page)
	}
	h := rec.Header()
	if !strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'none'; style-src 'sha256-") || h.Get("Cache-Control") != "no-store" ||
		h.Get("Referrer-Policy") != "no-referrer" || !strings.Contains(h.Get("X-Robots-Tag"), "noindex") {
		t.Errorf("headers: %v", h)
	}
	if strings.Contains(w.logged.String(), token) {
		t.Error("the log holds the token")
	}
}

func TestAButtonActsAsThePersonOfTheLink(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	number := w.opened("x")
	me := w.adminID()
	token := w.linkFor(me, number, notify.ActAck, notify.ActTake)
	for range 2 {
		rec := w.phone(http.MethodPost, token, "ack")
		if rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), "You have acknowledged "+number) || strings.Contains(rec.Body.String(), `value="ack"`) {
			t.Fatalf("%d %s", rec.Code, rec.Body)
		}
	}
	for range 2 {
		if rec := w.phone(http.MethodPost, token, "take"); rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), "You own "+number) {
			t.Fatalf("%d %s", rec.Code, rec.Body)
		}
	}
	log := w.kinds(number)
	for kind, times := range map[string]int{"ticket.acknowledged user:" + me: 1, "owner.taken user:" + me: 1, "notification.acted user:" + me: 2} {
		if got := strings.Count(log, kind); got != times {
			t.Errorf("%s is there %d times, want %d:\n%s", kind, got, times, log)
		}
	}
	if rec := w.phone(http.MethodPost, token, "escalate"); rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), "You may not do this.") {
		t.Errorf("an act that the link is not for: %d %s", rec.Code, rec.Body)
	}
	if rec := w.phone(http.MethodPost, token, "close"); !strings.Contains(rec.Body.String(), "You may not do this.") {
		t.Errorf("an act that does not exist: %s", rec.Body)
	}
}

func TestALinkThatDoesNotWorkSaysNoMoreThanThat(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	number := w.opened("x")
	good := w.linkFor(w.adminID(), number, notify.ActAck)
	nobody := w.linkFor("019b0000-0000-7000-8000-000000000001", number, notify.ActAck)
	u, _, err := w.deps.Identity.CreateUser(context.Background(), w.principal(w.admin), identity.NewUser{Email: "vic@example.org", Roles: []string{identity.Viewer}})
	if err != nil {
		t.Fatal(err)
	}
	first := ""
	for name, token := range map[string]string{
		"of nobody": nobody, "of somebody who may only look": w.linkFor(u.ID, number, notify.ActAck), "forged": good[:len(good)-4] + "AAAA", "nonsense": "x", "of no person": w.linkFor("", number, notify.ActAck),
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			rec := w.phone(method, token, "ack")
			if first == "" {
				first = rec.Body.String()
			}
			if rec.Code != http.StatusNotFound || rec.Body.String() != first {
				t.Errorf("%s %s: %d\n%s", method, name, rec.Code, rec.Body)
			}
		}
	}
	if log := w.kinds(number); strings.Contains(log, "acknowledged") {
		t.Errorf("somebody acted:\n%s", log)
	}
	limited := 0
	for range 40 {
		if w.phone(http.MethodGet, "guess", "").Code == http.StatusTooManyRequests {
			limited++
		}
	}
	if limited < 10 {
		t.Errorf("of 40 guesses %d were slowed down", limited)
	}
	if rec := w.phone(http.MethodGet, good, ""); rec.Code != http.StatusOK {
		t.Errorf("a good link behind the same address: %d", rec.Code)
	}
}

func TestALinkThatHasEndedLeadsToTheTicket(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	number := w.opened("x")
	token := w.linkFor(w.adminID(), number, notify.ActAck)
	w.later(31 * time.Minute)
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		rec := w.phone(method, token, "ack")
		if page := rec.Body.String(); rec.Code != http.StatusOK || !strings.Contains(page, "This link has ended") || !strings.Contains(page, `href="/tickets/`+number+`"`) || strings.Contains(page, "<form") {
			t.Errorf("%s: %d %s", method, rec.Code, page)
		}
	}
	if log := w.kinds(number); strings.Contains(log, "acknowledged") {
		t.Errorf("a link that has ended acted:\n%s", log)
	}
}

func TestAFormThatSaysNothingDoesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	number := w.opened("x")
	token := w.linkFor(w.adminID(), number, notify.ActAck)
	for _, body := range []string{"", "act=ack&act=take", "%zz", "action=ack"} {
		r := httptest.NewRequest(http.MethodPost, "/m/"+token, strings.NewReader(body))
		r.Header.Set("Content-Type", formType)
		rec := httptest.NewRecorder()
		w.server.Handler().ServeHTTP(rec, r)
		if rec.Code != http.StatusBadRequest {
			t.Errorf("%q: %d", body, rec.Code)
		}
	}
	if log := w.kinds(number); strings.Contains(log, "acknowledged") {
		t.Errorf("it acted:\n%s", log)
	}
}

func TestTheLinkOfATestMessageConfirms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mailer()
	id, _ := w.as(http.MethodPost, "me/contacts", `{"channel":"smtp","address":"ada@private.example"}`).want(http.StatusCreated)["id"].(string)
	w.as(http.MethodPost, "me/contacts/"+id+"/test", "").want(http.StatusOK)
	token := w.lastLetter().Link[strings.LastIndex(w.lastLetter().Link, "/")+1:]
	if rec := w.phone(http.MethodGet, token, ""); rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), "Yes, it arrived") {
		t.Fatalf("%d %s", rec.Code, rec.Body)
	}
	if reach := w.as(http.MethodGet, "users/"+w.adminID()+"/reachable", "").want(http.StatusOK); reach["confirmed"] != false {
		t.Errorf("looking confirmed it: %v", reach)
	}
	if rec := w.phone(http.MethodPost, token, "confirm"); !strings.Contains(rec.Body.String(), "this contact is confirmed") {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
	if reach := w.as(http.MethodGet, "users/"+w.adminID()+"/reachable", "").want(http.StatusOK); reach["confirmed"] != true {
		t.Errorf("it is not confirmed: %v", reach)
	}
}

// mailer sets a connection up that sends mail; letters go into the box.
func (w *world) mailer() string {
	w.t.Helper()
	id, _ := w.as(http.MethodPost, "connections", `{"kind":"smtp","name":"Mail","settings":{"host":"smtp.example.com","port":587,"security":"starttls","username":"tocsin","from":"tocsin@example.com"},"secrets":{"password":"a-password-of-the-test"}}`).want(http.StatusCreated)["id"].(string)
	return id
}
