package api

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestABodyIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	deep := strings.Repeat("[", 100) + strings.Repeat("]", 100)
	for _, test := range []struct {
		name, body string
		code       int
		slug, in   string
	}{
		{"with a key given twice", `{"title":"a","title":"b"}`, 400, "unreadable", "body.title"},
		{"with a key given twice under an escape", `{"title":"a","t\u0069tle":"b"}`, 400, "unreadable", "body.title"},
		{"with a key given twice further in", `{"title":"a","tags":[{"x":1,"x":2}]}`, 400, "unreadable", "body.tags[0].x"},
		{"with another casing", `{"Title":"a"}`, 422, "invalid", "Title"},
		{"with both casings", `{"title":"a","TITLE":"b"}`, 422, "invalid", "TITLE"},
		{"with an unknown field", `{"title":"a","owner":"me"}`, 422, "invalid", "body.owner"},
		{"with invalid UTF-8", "{\"title\":\"a\xff\"}", 400, "unreadable", "UTF-8"},
		{"with something after it", `{"title":"a"} {"title":"b"}`, 400, "unreadable", "after"},
		{"that breaks off", `{"title":"a"`, 400, "unreadable", "too early"},
		{"that is not JSON", `title: a`, 400, "unreadable", "not JSON"},
		{"with a comment", `{"title":"a" /* x */}`, 400, "unreadable", "not JSON"},
		{"that is nested too deep", `{"title":` + deep + `}`, 400, "unreadable", "deeper"},
		{"of another type", `{"title":7}`, 422, "invalid", "body.title"},
		{"with null for a text", `{"title":null}`, 422, "invalid", "title"},
		{"with null for a list", `{"title":"a","tags":null}`, 422, "invalid", "tags"},
		{"with a number for a list", `{"title":"a","tags":7}`, 422, "invalid", "body.tags"},
		{"without a field that is needed", `{}`, 422, "invalid", "title"},
		{"with a word that is none of its list", `{"title":"a","severity":"awful"}`, 422, "invalid", "body.severity"},
		{"that is a list", `[]`, 422, "invalid", "body"},
		{"that is null", `null`, 422, "invalid", "body"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := w.as("POST", "tickets", test.body)
			a.t = t
			a.refused(test.code, test.slug)
			if !strings.Contains(string(a.body), test.in) {
				t.Errorf("%s does not hold %q", a.body, test.in)
			}
		})
	}
	if m := w.as("GET", "tickets", "").want(http.StatusOK); len(m["items"].([]any)) != 0 {
		t.Errorf("a refused body left something behind: %v", m)
	}
}

// TestNoBodySetsWhatIsNotAsked tries to set what the server decides, through
// every operation that takes a body.
func TestNoBodySetsWhatIsNotAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	spec := w.server.huma.OpenAPI()
	fresh := w.enrolled().cookie // some ask for a proof before they look at the body
	tried := 0
	for _, o := range w.server.routes {
		item := spec.Paths[strings.TrimPrefix(o.path, prefix)]
		if item == nil || o.raw || o.method == http.MethodGet || o.method == http.MethodDelete {
			continue
		}
		if o.guessable {
			w.later(6 * guessesEvery)
		}
		for _, name := range []string{"tenant_id", "tenant", "id", "created_by", "rev", "file_path"} {
			a := w.do(req{method: o.method, path: fillPath(o.path), body: `{"` + name + `":"x"}`, cookie: fresh})
			a.refused(http.StatusUnprocessableEntity, "invalid")
			if !strings.Contains(string(a.body), "body."+name) {
				t.Errorf("%s: %s is not named: %s", o.key(), name, a.body)
			}
		}
		tried++
	}
	if tried < 20 {
		t.Errorf("only %d operations were tried", tried)
	}
}

func TestWhatARefusalSaysOfAFieldDoesNotRepeatItsValue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.do(req{method: "POST", path: "session", body: `{"email":"a@example.org","password":["hunter2 hunter2"]}`})
	a.refused(http.StatusUnprocessableEntity, "invalid")
	if strings.Contains(string(a.body), "hunter2") {
		t.Errorf("a secret came back: %s", a.body)
	}
}

func TestTheTypeOfABodyMatters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ticket := `{"title":"a"}`
	for _, test := range []struct {
		name, method, path, body, kind string
		code                           int
	}{
		{"JSON", "POST", "tickets", ticket, "application/json; charset=utf-8", 201},
		{"a form", "POST", "tickets", ticket, "application/x-www-form-urlencoded", 415},
		{"plain text", "POST", "tickets", ticket, "text/plain", 415},
		{"JSON that is not for here", "POST", "tickets", ticket, "application/x-ndjson", 415},
		{"no type", "POST", "tickets", ticket, "", 415},
		{"a type that cannot be read", "POST", "tickets", ticket, "application/json; x", 415},
		{"a merge patch where nothing is patched", "POST", "tickets", ticket, "application/merge-patch+json", 415},
		{"lines of JSON for intake", "POST", "findings", sample("a"), "application/x-ndjson", 200},
		{"any type for intake with a token", "POST", "findings", sample("a"), "text/plain; charset=UTF-8", 200},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := w.do(req{method: test.method, path: test.path, body: test.body, token: w.admin, header: map[string]string{"Content-Type": test.kind}})
			if a.status != test.code {
				t.Errorf("%d, want %d: %s", a.status, test.code, a.body)
			}
		})
	}
	a := w.do(req{method: "POST", path: "tickets", body: ticket, token: w.admin, header: map[string]string{"Content-Encoding": "gzip"}})
	a.refused(http.StatusUnsupportedMediaType, "media-type")
}

func TestABodyThatIsTooLargeIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	big := `{"title":"` + strings.Repeat("a", bodyLimit) + `"}`
	w.as("POST", "tickets", big).refused(http.StatusRequestEntityTooLarge, "too-large")
	huge := strings.Repeat(" ", intakeLimit) + sample("a")
	w.as("POST", "findings", huge).refused(http.StatusRequestEntityTooLarge, "too-large")
	many := "[" + strings.Repeat("{},", maxParts) + "{}]"
	w.as("POST", "findings", many).refused(http.StatusRequestEntityTooLarge, "too-large")
}

func TestLargeBodiesTogetherStayWithinBounds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.server.bodies.Store(bodiesLimit - 1<<20)
	large := strings.Repeat(" ", 2<<20) + sample("a")
	a := w.as("POST", "findings", large)
	a.refused(http.StatusServiceUnavailable, "bodies")
	w.as("POST", "findings", sample("a")).want(http.StatusOK) // a small one has room
	w.server.bodies.Store(0)
	w.as("POST", "findings", large).want(http.StatusOK)
	if n := w.server.bodies.Load(); n != 0 {
		t.Errorf("%d bytes were not given back", n)
	}
}

func TestABodyMustArriveInTimeAndItsAnswerMayTakeLonger(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.server.bodyWithin = 200 * time.Millisecond
	w.server.route(post("slow", "/slow", signedIn(), ""), prefix, func(out http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
			out.WriteHeader(http.StatusTeapot)
		case <-time.After(500 * time.Millisecond):
		}
	})
	server := w.serve()
	never, hold := io.Pipe()
	t.Cleanup(func() { _ = hold.Close() })
	for _, test := range []struct {
		name string
		body io.Reader
		code int
	}{
		{"a body that never ends", never, http.StatusRequestTimeout},
		{"a long answer to no body", nil, http.StatusOK},
		{"a long answer to a body", strings.NewReader("{}"), http.StatusOK},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/api/v1/slow", test.body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+w.admin)
		r.Header.Set("Content-Type", "application/json")
		a, err := server.Client().Do(r)
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		_ = a.Body.Close()
		if a.StatusCode != test.code {
			t.Errorf("%s: %d, want %d", test.name, a.StatusCode, test.code)
		}
	}
}

func TestACommandWithoutABodyTakesNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	number := w.opened("a")
	w.as("POST", "tickets/"+number+"/ack", "").want(http.StatusOK)
	w.as("POST", "tickets/"+number+"/ack", "{}").want(http.StatusOK)
	a := w.as("POST", "tickets/"+number+"/ack", `{"owner":"x"}`)
	a.refused(http.StatusUnprocessableEntity, "invalid")
	if !strings.Contains(string(a.body), "body.owner") {
		t.Errorf("the field is not named: %s", a.body)
	}
}

func TestListsAreNeverNull(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	number := w.opened("a")
	for _, path := range []string{
		"tickets", "tickets/" + number, "findings", "users", "teams", "tokens", "quarantine", "policy", "connections",
		"connectors", "roles", "sessions", "tickets/" + number + "/log", "tickets/" + number + "/findings", "tickets/" + number + "/related",
		"query/complete?on=tickets&q=zzzz&pos=4",
	} {
		a := w.as("GET", path, "")
		a.want(http.StatusOK)
		for _, list := range []string{"items", "tags", "roles", "teams", "members", "links", "timers", "phase_visits", "assets", "indicators", "techniques", "scopes", "rules", "permissions", "resources", "diff", "revisions", "fields", "options"} {
			if strings.Contains(string(a.body), `"`+list+`":null`) {
				t.Errorf("%s: %s is null", path, list)
			}
		}
	}
}

func TestNilListsAreFilledHoweverDeep(t *testing.T) {
	t.Parallel()
	type inner struct {
		Tags []string          `json:"tags"`
		By   map[string]string `json:"by"`
	}
	type outer struct {
		Page[inner]
		One  *inner           `json:"one"`
		None *inner           `json:"none"`
		Deep map[string]inner `json:"deep"`
		Raw  []byte           `json:"raw"`
		hid  []string
	}
	v := outer{Page: Page[inner]{Items: []inner{{}}}, One: &inner{}}
	got, ok := noNulls(v).(outer)
	if !ok || got.Items[0].Tags == nil || got.Items[0].By == nil || got.One.Tags == nil || got.Deep == nil {
		t.Errorf("something stayed nil: %+v", got)
	}
	if got.None != nil || got.Raw != nil || got.hid != nil {
		t.Errorf("something was made up: %+v", got)
	}
}
