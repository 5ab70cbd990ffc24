package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"tocsin/internal/fault"
	"tocsin/internal/finding"
)

func TestAFailureBecomesAProblem(t *testing.T) {
	t.Parallel()
	s, err := New(Deps{})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		err    error
		status int
		slug   string
		detail string
		retry  string
	}{
		{"invalid is 422", fault.New(fault.Invalid, "No."), 422, "invalid", "No.", ""},
		{"unreadable is 400", fault.New(fault.Invalid, "No.").WithSlug("unreadable"), 400, "unreadable", "No.", ""},
		{"a cursor of another list is 400", fault.New(fault.Invalid, "No.").WithSlug("cursor-mismatch"), 400, "cursor-mismatch", "No.", ""},
		{"denied is 403", fault.New(fault.Denied, "No."), 403, "denied", "No.", ""},
		{"not signed in is 401", fault.New(fault.Denied, "No.").WithSlug("unauthenticated"), 401, "unauthenticated", "No.", ""},
		{"a wrong password is 401", fault.New(fault.Denied, "No.").WithSlug("sign-in"), 401, "sign-in", "No.", ""},
		{"missing is 404", fault.New(fault.Missing, "No."), 404, "missing", "No.", ""},
		{"conflict is 409", fault.New(fault.Conflict, "No.").WithSlug("already-owned"), 409, "already-owned", "No.", ""},
		{"a stale revision is 412", fault.New(fault.Conflict, "No.").WithSlug("stale-revision"), 412, "stale-revision", "No.", ""},
		{"no revision is 428", fault.New(fault.Invalid, "No.").WithSlug("precondition-required"), 428, "precondition-required", "No.", ""},
		{"busy is 429 and says when", fault.New(fault.Busy, "No.").WithRetryAfter(2500 * time.Millisecond), 429, "busy", "No.", "3"},
		{"unavailable is 503 and always says when", fault.New(fault.Unavailable, "No."), 503, "unavailable", "No.", "1"},
		{"an error of the floor is 500 and says nothing", errors.New("secret detail"), 500, "internal", "Something failed", ""},
		{"an internal fault is 500 and says nothing", fault.New(fault.Internal, "secret detail"), 500, "internal", "Something failed", ""},
		{"a wrapped fault keeps its code", fault.Wrap(fault.New(fault.Missing, "No."), "doing"), 404, "missing", "No.", ""},
		{"a request that ended is 503", context.Canceled, 503, "cancelled", "The request ended", "1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := s.problem(context.Background(), test.err)
			if p.Status != test.status || p.Type != "urn:tocsin:error:"+test.slug {
				t.Errorf("%d %s, want %d %s", p.Status, p.Type, test.status, test.slug)
			}
			if !strings.HasPrefix(p.Detail, test.detail) || strings.Contains(p.Detail, "secret") {
				t.Errorf("detail %q", p.Detail)
			}
			if got := p.GetHeaders().Get("Retry-After"); got != test.retry {
				t.Errorf("Retry-After %q, want %q", got, test.retry)
			}
		})
	}
}

func TestExtraMembersStandBesideTheOthersAndNeverReplaceThem(t *testing.T) {
	t.Parallel()
	p := &Problem{Type: "urn:tocsin:error:x", Title: "T", Status: 409, Extra: map[string]any{"owner": "u1", "status": 200, "errors": "none"}}
	raw, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	if m["owner"] != "u1" || m["status"] != 409.0 || m["errors"] != nil {
		t.Errorf("problem = %s", raw)
	}
}

func TestAnswersThatAreNoSuccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, test := range []struct {
		name string
		req  req
		code int
		slug string
		in   string // what the body must hold
	}{
		{"an address that is not there", req{method: "GET", path: "nothing"}, 404, "no-route", ""},
		{"the API's root", req{method: "GET", path: "/api"}, 404, "no-route", ""},
		{"another version of the API", req{method: "GET", path: "/api/v2/tickets"}, 404, "no-route", ""},
		{"a path that is not clean", req{method: "GET", path: "/api/v1//tickets"}, 404, "no-route", ""},
		{"a path that climbs", req{method: "GET", path: "/api/v1/x/../tickets"}, 404, "no-route", ""},
		{"a method that the address does not have", req{method: "PUT", path: "tickets"}, 405, "method-not-allowed", "GET, HEAD, POST"},
		{"a method beside the API", req{method: "POST", path: "/healthz"}, 405, "method-not-allowed", "GET"},
		{"a method that nobody has", req{method: "TRACE", path: "tickets"}, 405, "method-not-allowed", ""},
		{"writing to a page of the UI", req{method: "POST", path: "/queue"}, 405, "method-not-allowed", "GET, HEAD"},
		{"an unknown query parameter", req{method: "GET", path: "tickets?colour=red"}, 422, "invalid", "query.colour"},
		{"an unknown parameter of intake", req{method: "POST", path: "findings?x=1", body: sample("a")}, 422, "invalid", "no other parameter"},
		{"a parameter given twice", req{method: "GET", path: "tickets?limit=1&limit=2"}, 422, "invalid", "query.limit"},
		{"a query that cannot be read", req{method: "GET", path: "tickets?limit=%zz"}, 400, "unreadable", ""},
		{"a query with another separator", req{method: "GET", path: "tickets?limit=1;q=open:true"}, 400, "unreadable", ""},
		{"a limit that is too large", req{method: "GET", path: "tickets?limit=100000"}, 422, "invalid", "query.limit"},
		{"a limit that is no number", req{method: "GET", path: "tickets?limit=many"}, 422, "invalid", "query.limit"},
		{"a filter that cannot be read", req{method: "GET", path: "tickets?q=colour:red"}, 422, "bad-query", `"offset":0`},
		{"a ticket that is not there", req{method: "GET", path: "tickets/INC-99"}, 404, "missing", "INC-99"},
		{"a missing body", req{method: "POST", path: "tickets"}, 400, "unreadable", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.req.token = w.admin
			a := w.do(test.req)
			a.t = t
			m := a.refused(test.code, test.slug)
			if !strings.Contains(string(a.body), test.in) {
				t.Errorf("body %s does not hold %q", a.body, test.in)
			}
			if id, _ := m["instance"].(string); !strings.HasPrefix(id, "req_") || id != a.header.Get("X-Request-Id") {
				t.Errorf("instance %v, header %q", m["instance"], a.header.Get("X-Request-Id"))
			}
		})
	}
}

func TestAPanicIsAnsweredAndLogged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(d *Deps) {
		d.Intake = func(context.Context, string, []byte) ([]finding.Result, error) { panic("secret detail") }
	})
	a := w.as("POST", "findings", sample("a"))
	m := a.refused(http.StatusInternalServerError, "internal")
	if strings.Contains(string(a.body), "secret") {
		t.Errorf("the text of the panic went out: %s", a.body)
	}
	id, _ := m["instance"].(string)
	if log := w.logged.String(); !strings.Contains(log, "secret detail") || !strings.Contains(log, id) {
		t.Errorf("the log does not tell of %s: %s", id, log)
	}
}

func TestWhatAttackersWriteCannotForgeALogLine(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do(req{method: "POST", path: "/api/v1/x%0a%0d\"level\":\"ERROR\"", header: map[string]string{"User-Agent": "a\x1b[31m\"}\nb"}})
	for line := range strings.SplitSeq(strings.TrimSpace(w.logged.String()), "\n") {
		if !json.Valid([]byte(line)) {
			t.Errorf("a line is not JSON: %q", line)
		}
		if strings.Contains(line, "\x1b") {
			t.Errorf("a control character went through: %q", line)
		}
	}
}
