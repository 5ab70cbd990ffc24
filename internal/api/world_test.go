package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tocsin/internal/connection"
	"tocsin/internal/connector"
	"tocsin/internal/connector/slack"
	"tocsin/internal/connector/smtp"
	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/duty"
	"tocsin/internal/egress"
	"tocsin/internal/finding"
	"tocsin/internal/identity"
	"tocsin/internal/job"
	"tocsin/internal/journal"
	"tocsin/internal/notify"
	"tocsin/internal/seal"
	"tocsin/internal/ticket"
)

const (
	adminMail = "ada@example.org"
	password  = "seven blue herons over the canal"
)

// world is a server over real rooms, and its first administrator.
type world struct {
	t      testing.TB
	d      *db.DB
	ahead  *atomic.Int64 // how far the clock is ahead of the machine's
	deps   Deps
	server *Server
	admin  string // API token
	logged *lockedBuffer
	setup  string // the token of the set-up link, before boot

	letters letterBox
}

// lockedBuffer is a log that many goroutines write to.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// newWorld opens a world that is set up.
func newWorld(t testing.TB, change ...func(*Deps)) *world {
	t.Helper()
	w := emptyWorld(t, change...)
	_, token, err := w.deps.Identity.Bootstrap(context.Background(), identity.Setup{Email: adminMail, Name: "Ada", Password: password})
	if err != nil {
		t.Fatal(err)
	}
	w.admin = token
	return w
}

// emptyWorld opens a world that nobody has set up.
func emptyWorld(t testing.TB, change ...func(*Deps)) *world {
	t.Helper()
	w := &world{t: t, ahead: &atomic.Int64{}, logged: &lockedBuffer{}}
	w.d = dbtest.SQLite(t, func() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) })
	vault := seal.New(seal.RandomKey())
	j := journal.New(vault)
	people := identity.New(identity.Config{DB: w.d, Journal: j, Vault: vault})
	t.Cleanup(people.Wait)
	w.setup = people.NewSetupToken()
	findings, err := finding.New(w.d, j)
	if err != nil {
		t.Fatal(err)
	}
	tickets := ticket.New(w.d, j, findings, ticketPeople())
	feed := job.NewFeed(w.d, slog.New(slog.DiscardHandler))
	w.deps = Deps{
		DB: w.d, Journal: j, Identity: people, Findings: findings, Tickets: tickets, Feed: feed, Node: "test",
		Log:     slog.New(slog.NewJSONHandler(w.logged, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Metrics: prometheus.NewRegistry(), UI: testUI(),
		Duty: duty.New(duty.Config{DB: w.d, Journal: j}),
		Connections: connection.New(connection.Config{
			DB: w.d, Journal: j, Vault: vault, Scrub: &seal.Scrubber{}, Kinds: map[string]connector.Kind{"paper": paperKind(), "slack": slack.Kind(), "smtp": smtp.Kind()},
			Guard: egress.New(egress.Config{}), Log: slog.New(slog.DiscardHandler),
		}),
	}
	w.deps.Notify = notify.New(notify.Config{
		DB: w.d, Journal: j, Vault: vault, Base: "https://soc.example.org",
		Ways: notify.Ways{List: w.deps.Connections.Notifiers, Send: w.post, Find: w.deps.Connections.FindAddress},
	})
	w.deps.Intake, w.deps.Again = w.intake, w.intake
	for _, c := range change {
		c(&w.deps)
	}
	if w.server, err = New(w.deps); err != nil {
		t.Fatal(err)
	}
	w.run(feed.Run)
	return w
}

// run runs something beside the test until it ends.
func (w *world) run(f func(context.Context)) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); f(ctx) }()
	w.t.Cleanup(func() { cancel(); <-done })
}

func ticketPeople() ticket.People {
	return ticket.People{
		Intake: func(tx *db.Tx) (team, lead string, err error) {
			found, err := identity.IntakeTeam(tx)
			return found.ID, found.Lead, err
		},
		Lead: func(tx *db.Tx, team string) (string, error) {
			found, err := identity.FindTeam(tx, team)
			return found.Lead, err
		},
		Active: identity.IsActive,
		Names: func(tx *db.Tx, ids []string) (map[string]string, error) {
			return identity.NameOf(tx, ids...)
		},
		Zone: func(*db.Tx) (*time.Location, error) { return time.UTC, nil },
	}
}

// intake is what the room app composes, without its chunks.
func (w *world) intake(ctx context.Context, source string, body []byte) ([]finding.Result, error) {
	parts, err := finding.Decode(body)
	if err != nil {
		return nil, err
	}
	results := make([]finding.Result, len(parts))
	err = w.d.Write(ctx, func(tx *db.Tx) (err error) {
		for i, p := range parts {
			if results[i], err = w.deps.Findings.Take(tx, p, source, w.deps.Tickets.FromFinding); err != nil {
				return err
			}
		}
		return nil
	})
	return results, err
}

// paper is a connector that does nothing, to set up and test.
type paper struct{}

func (paper) Check(context.Context) []connector.Check {
	return []connector.Check{{Name: "reach", OK: true, Detail: "Paper is patient."}}
}

func paperKind() connector.Kind {
	return connector.Kind{
		Manifest: connector.MustManifest([]byte("kind: paper\ntitle: Paper\ndescription: A sheet.\nfields:\n" +
			"  - {name: colour, title: Colour, type: text, help: Of the sheet}\n" +
			"  - {name: ink, title: Ink, type: text, secret: true, help: What it is written with}\n")),
		New: func(connector.Config) (connector.Connector, error) { return paper{}, nil },
	}
}

func testUI() fstest.MapFS {
	big := []byte("console.log('tocsin');\n" + strings.Repeat("// padding\n", 500))
	return fstest.MapFS{
		"index.html":              {Data: []byte("<!doctype html><title>Tocsin</title>")},
		"favicon.svg":             {Data: []byte("<svg/>")},
		"assets/app-abc123.js":    {Data: big},
		"assets/app-abc123.js.br": {Data: []byte("brotli bytes")},
		"assets/logo-1.woff2":     {Data: []byte("font")},
	}
}

// later turns the clock forward.
func (w *world) later(d time.Duration) { w.ahead.Add(int64(d)) }

// principal authenticates a token, for calls of rooms.
func (w *world) principal(token string) identity.Principal {
	w.t.Helper()
	p, err := w.deps.Identity.Authenticate(context.Background(), token)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// token makes a service account with roles and a token of scopes (all, when
// none are given).
func (w *world) token(role string, scopes ...string) string {
	w.t.Helper()
	if len(scopes) == 0 {
		scopes = []string{identity.ScopeAll}
	}
	admin := w.principal(w.admin)
	name := strings.ToLower(role + "-" + strings.Join(scopes, "-"))
	roles := []string{}
	if role != "" {
		roles = append(roles, role)
	}
	u, _, err := w.deps.Identity.CreateUser(context.Background(), admin, identity.NewUser{Email: name + "@example.org", Kind: identity.KindService, Roles: roles})
	if err != nil {
		w.t.Fatal(err)
	}
	_, secret, err := w.deps.Identity.CreateToken(context.Background(), admin, identity.NewToken{Name: "test", UserID: u.ID, Scopes: scopes, ExpiresInDays: 1})
	if err != nil {
		w.t.Fatal(err)
	}
	return secret
}

// req is one request of a test.
type req struct {
	method, path, body string
	token              string
	header             map[string]string
	from               string // remote address; "" is loopback
	cookie             *http.Cookie
}

// answer is what came back.
type answer struct {
	t      testing.TB
	status int
	header http.Header
	body   []byte
}

func (w *world) do(r req) answer {
	w.t.Helper()
	target := r.path
	if !strings.HasPrefix(target, "/") {
		target = prefix + "/" + target
	}
	var body io.Reader
	if r.body != "" {
		body = strings.NewReader(r.body)
	}
	h := httptest.NewRequest(r.method, target, body)
	h.RemoteAddr = "127.0.0.1:40000"
	if r.from != "" {
		h.RemoteAddr = r.from
	}
	if r.body != "" {
		h.Header.Set("Content-Type", "application/json")
	}
	if r.token != "" {
		h.Header.Set("Authorization", "Bearer "+r.token)
	}
	if r.cookie != nil {
		h.AddCookie(r.cookie)
	}
	for k, v := range r.header {
		h.Header.Set(k, v)
	}
	out := httptest.NewRecorder()
	w.server.Handler().ServeHTTP(out, h)
	return answer{w.t, out.Code, out.Result().Header, out.Body.Bytes()}
}

// as sends JSON with the administrator's token.
func (w *world) as(method, path, body string) answer {
	w.t.Helper()
	return w.do(req{method: method, path: path, body: body, token: w.admin})
}

// want checks the status and reads the body.
func (a answer) want(status int) map[string]any {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	m := map[string]any{}
	if len(a.body) > 0 {
		if err := json.Unmarshal(a.body, &m); err != nil {
			a.t.Fatalf("not JSON: %s", a.body)
		}
	}
	return m
}

// refused checks a problem's status and slug and returns it.
func (a answer) refused(status int, slug string) map[string]any {
	a.t.Helper()
	m := a.want(status)
	if got := a.header.Get("Content-Type"); got != problemType {
		a.t.Fatalf("Content-Type %q, want a problem: %s", got, a.body)
	}
	if m["type"] != "urn:tocsin:error:"+slug {
		a.t.Fatalf("type %v, want %s: %s", m["type"], slug, a.body)
	}
	return m
}

// sample is a failed control in ASFF that opens a ticket.
func sample(id string) string { return sampleOf(id, "HIGH") }

func sampleOf(id, severity string) string {
	return `{"SchemaVersion":"2018-10-08","Id":"` + id + `","ProductArn":"arn:aws:securityhub:eu-west-1::product/aws/securityhub",` +
		`"GeneratorId":"security-control/S3.1","AwsAccountId":"111122223333","CreatedAt":"2026-11-01T00:00:00Z","UpdatedAt":"2026-11-01T00:00:00Z",` +
		`"Title":"S3 buckets should block public access","Description":"A bucket is public.","Severity":{"Label":"` + severity + `"},` +
		`"Compliance":{"Status":"FAILED"},"Workflow":{"Status":"NEW"},"RecordState":"ACTIVE",` +
		`"Resources":[{"Type":"AwsS3Bucket","Id":"arn:aws:s3:::` + strings.ToLower(id) + `","Partition":"aws","Region":"eu-west-1"}]}`
}

// opened sends a finding and returns the number of the ticket it opened.
func (w *world) opened(id string) string {
	w.t.Helper()
	m := w.as("POST", "findings", sample(id)).want(http.StatusOK)
	first, _ := m["results"].([]any)[0].(map[string]any)
	if first["outcome"] != "opened" {
		w.t.Fatalf("outcome %v, want opened: %v", first["outcome"], m)
	}
	number, _ := first["ticket"].(string)
	return number
}
