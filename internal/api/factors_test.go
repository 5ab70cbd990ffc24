package api

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin/internal/db"
	"tocsin/internal/identity"
	"tocsin/internal/identity/identitytest"
)

// app is the administrator's app for codes.
type app struct {
	w      *world
	secret string
	cookie *http.Cookie // of the session that enrolled it
}

// enrolled gives the administrator an app for codes; its session is fresh.
func (w *world) enrolled() *app {
	w.t.Helper()
	c := w.session()
	m := w.do(req{method: "POST", path: "me/factors/totp", body: `{"password":"` + password + `"}`, cookie: c}).want(http.StatusOK)
	a := &app{w: w, secret: fmt.Sprint(m["secret"])}
	out := w.do(req{method: "POST", path: "me/factors/totp/confirm", body: fmt.Sprintf(`{"code":%q}`, a.code()), cookie: c})
	out.want(http.StatusOK)
	a.cookie = out.cookies()[0]
	return a
}

func (a *app) code() string {
	return identitytest.Code(a.w.t, a.secret, db.Time(a.w.d.Now()))
}

// prove proves by the next code, and returns the session's new cookie.
func (a *app) prove(c *http.Cookie) *http.Cookie {
	a.w.t.Helper()
	a.w.later(30 * time.Second)
	out := a.w.do(req{method: "POST", path: "session/second-factor", body: fmt.Sprintf(`{"totp":%q}`, a.code()), cookie: c})
	if m := out.want(http.StatusOK); m["second_factor"] != "done" || m["fresh_until"] == nil {
		a.w.t.Fatalf("after the proof: %v", m)
	}
	return out.cookies()[0]
}

// halfRoutes is every route that a session may call which has yet to prove its
// second factor. A route is added here by hand, with the reason.
func halfRoutes() []string {
	return []string{
		"DELETE /api/v1/session",              // giving up
		"GET /api/v1/session",                 // the UI asks how far it is
		"POST /api/v1/session/passkey/begin",  // proving it
		"POST /api/v1/session/passkey/finish", // proving it
		"POST /api/v1/session/second-factor",  // proving it
	}
}

func TestAHalfSessionMayOnlyBecomeWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.enrolled()
	half := w.session()
	open := []string{}
	for _, o := range w.server.routes {
		if o.access.public {
			continue
		}
		if o.proof == unproven {
			open = append(open, o.key())
			continue
		}
		out := w.do(req{method: o.method, path: fillPath(o.path), cookie: half})
		m := out.refused(http.StatusUnauthorized, "second-factor-needed")
		if diff := cmp.Diff([]any{"totp"}, m["methods"]); diff != "" {
			t.Errorf("%s: methods (-want +got):\n%s", o.key(), diff)
		}
	}
	slices.Sort(open)
	if diff := cmp.Diff(halfRoutes(), open); diff != "" {
		t.Errorf("routes for a session that has yet to prove its second factor (-want +got):\n%s", diff)
	}
	m := w.do(req{method: "GET", path: "session", cookie: half}).want(http.StatusOK)
	if m["second_factor"] != "needed" || m["fresh_until"] != nil || len(m["permissions"].([]any)) != 0 {
		t.Errorf("me = %v", m)
	}
	whole := a.prove(half)
	w.do(req{method: "GET", path: "tickets", cookie: half}).refused(http.StatusUnauthorized, slugUnauthenticated)
	w.do(req{method: "GET", path: "tickets", cookie: whole}).want(http.StatusOK)
	w.do(req{method: "DELETE", path: "session", cookie: w.session()}).want(http.StatusNoContent)
}

// TestEveryRouteThatAsksForAFreshProofAsksForIt walks them all.
func TestEveryRouteThatAsksForAFreshProofAsksForIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	asked := []operation{}
	for _, o := range w.server.routes {
		if o.proof == fresh {
			asked = append(asked, o)
		}
	}
	if len(asked) < 3 {
		t.Fatalf("%d routes ask for a fresh proof", len(asked))
	}
	try := func(o operation, c *http.Cookie, token string) answer {
		return w.do(req{method: o.method, path: fillPath(o.path), cookie: c, token: token})
	}
	bare := w.session()
	for _, o := range asked {
		try(o, nil, w.admin).refused(http.StatusForbidden, "step-up-impossible")
		m := try(o, bare, "").refused(http.StatusForbidden, "step-up-required")
		if diff := cmp.Diff([]any{}, m["methods"]); diff != "" || !strings.Contains(fmt.Sprint(m["detail"]), "Security") {
			t.Errorf("%s without a factor: %v", o.key(), m)
		}
	}
	a := w.enrolled()
	w.later(5 * time.Minute)
	for _, o := range asked {
		m := try(o, a.cookie, "").refused(http.StatusForbidden, "step-up-required")
		if diff := cmp.Diff([]any{"totp"}, m["methods"]); diff != "" {
			t.Errorf("%s: methods (-want +got):\n%s", o.key(), diff)
		}
	}
	c := a.prove(a.cookie)
	w.later(5*time.Minute - time.Second)
	for _, o := range asked {
		if out := try(o, c, ""); strings.Contains(string(out.body), "step-up") {
			t.Errorf("%s after the proof: %s", o.key(), out.body)
		}
	}
}

func TestTheSameRequestMayFollowTheProof(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.enrolled()
	w.later(6 * time.Minute)
	r := req{method: "POST", path: "me/factors/recovery-codes", cookie: a.cookie, header: map[string]string{"Idempotency-Key": "one"}}
	w.do(r).refused(http.StatusForbidden, "step-up-required")
	r.cookie = a.prove(a.cookie)
	m := w.do(r).want(http.StatusOK)
	if codes, _ := m["codes"].([]any); len(codes) != 10 {
		t.Errorf("codes = %v", m)
	}
	// They are shown once.
	w.do(r).refused(http.StatusConflict, "idempotency-withheld")
}

func TestANewPasswordAsksForAFreshProofOfWhoHasAFactor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := `{"current":"` + password + `","password":"nine grey geese under the bridge"}`
	back := `{"password":"` + password + `","current":"nine grey geese under the bridge"}`
	w.do(req{method: "PUT", path: "session/password", body: body, cookie: w.session()}).want(http.StatusNoContent)
	w.do(req{method: "PUT", path: "session/password", body: back, cookie: w.sessionBy("nine grey geese under the bridge")}).want(http.StatusNoContent)
	a := w.enrolled()
	w.later(6 * time.Minute)
	w.do(req{method: "PUT", path: "session/password", body: body, cookie: a.cookie}).refused(http.StatusForbidden, "step-up-required")
	w.do(req{method: "PUT", path: "session/password", body: body, cookie: a.prove(a.cookie)}).want(http.StatusNoContent)
}

func (w *world) sessionBy(password string) *http.Cookie {
	w.t.Helper()
	a := w.do(req{method: "POST", path: "session", body: fmt.Sprintf(`{"email":%q,"password":%q}`, adminMail, password)})
	a.want(http.StatusOK)
	return a.cookies()[0]
}

func TestRecoveryCodesAndRemovalOverHTTP(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.enrolled()
	m := w.do(req{method: "POST", path: "me/factors/recovery-codes", cookie: a.cookie}).want(http.StatusOK)
	code := fmt.Sprint(m["codes"].([]any)[0])
	out := w.do(req{method: "POST", path: "session/second-factor", body: fmt.Sprintf(`{"recovery_code":%q}`, code), cookie: w.session()})
	me := out.want(http.StatusOK)
	factors, _ := me["factors"].(map[string]any)
	if factors["recovery_codes"] != 9.0 || factors["recovery_code_used_at"] == nil || factors["totp"] != true || factors["passkeys"] != 0.0 {
		t.Errorf("factors = %v", factors)
	}
	c := out.cookies()[0]
	list := w.do(req{method: "GET", path: "me/factors", cookie: c}).want(http.StatusOK)
	items, _ := list["items"].([]any)
	if len(items) != 1 || strings.Contains(fmt.Sprint(list), a.secret) {
		t.Fatalf("factors = %v", list)
	}
	id := fmt.Sprint(items[0].(map[string]any)["id"])
	w.do(req{method: "DELETE", path: "me/factors/" + id, cookie: c}).want(http.StatusNoContent)
	w.do(req{method: "DELETE", path: "me/factors/" + id, cookie: c}).refused(http.StatusNotFound, "missing")
	if me := w.do(req{method: "GET", path: "session", cookie: w.session()}).want(http.StatusOK); me["second_factor"] != "none" {
		t.Errorf("me = %v", me)
	}
	if strings.Contains(w.logged.String(), a.secret) || strings.Contains(w.logged.String(), code) {
		t.Error("a secret is in the log")
	}
}

func TestAnAdministratorRemovesTheFactorsOfAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.enrolled()
	m := w.do(req{method: "POST", path: "users", body: `{"email":"bob@example.org","name":"Bob","roles":["analyst"]}`, cookie: a.cookie}).want(http.StatusCreated)
	bob := fmt.Sprint(m["user"].(map[string]any)["id"])
	w.do(req{method: "DELETE", path: "users/" + bob + "/factors", cookie: a.cookie}).want(http.StatusNoContent)
	w.do(req{method: "DELETE", path: "users/nobody/factors", cookie: a.cookie}).refused(http.StatusNotFound, "missing")
	me := w.principal(w.admin).UserID
	out := w.do(req{method: "DELETE", path: "users/" + me + "/factors", cookie: a.cookie})
	out.want(http.StatusNoContent)
	if len(out.cookies()) != 2 {
		t.Errorf("cookies = %v, want both taken away", out.cookies())
	}
	w.do(req{method: "GET", path: "session", cookie: a.cookie}).refused(http.StatusUnauthorized, slugUnauthenticated)
}

func TestAPasskeyOverHTTP(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(d *Deps) { d.PublicURL = "https://soc.example.org:443" })
	key := identitytest.NewAuthenticator(t, "https://soc.example.org")
	c := w.session()
	m := w.do(req{method: "POST", path: "me/factors/passkeys/begin", body: `{"password":"` + password + `"}`, cookie: c}).want(http.StatusOK)
	if m["rp_id"] != "soc.example.org" || m["user_email"] != adminMail {
		t.Fatalf("asked for %v", m)
	}
	made := key.Make(identity.PasskeyQuestion{Challenge: unb64(t, m["challenge"]), Host: "soc.example.org", UserID: unb64(t, m["user_id"])})
	out := w.do(req{method: "POST", path: "me/factors/passkeys/finish", cookie: c, body: object(
		"name", "Laptop", "credential", b64(made.ID), "client_data", b64(made.ClientData), "attestation", b64(made.Attestation), "transports", made.Transports)})
	if me := out.want(http.StatusOK); me["second_factor"] != "done" || me["fresh_until"] == nil {
		t.Errorf("me = %v", me)
	}
	half := w.session()
	m = w.do(req{method: "POST", path: "session/passkey/begin", cookie: half}).want(http.StatusOK)
	names, _ := m["credentials"].([]any)
	if len(names) != 1 || m["timeout_seconds"] != 300.0 {
		t.Fatalf("asked for %v", m)
	}
	a := key.Sign(identity.PasskeyQuestion{Challenge: unb64(t, m["challenge"]), Host: "soc.example.org"})
	body := object("credential", b64(a.ID), "client_data", b64(a.ClientData), "authenticator_data", b64(a.AuthData), "signature", b64(a.Signature), "user_handle", b64(a.UserHandle))
	out = w.do(req{method: "POST", path: "session/passkey/finish", cookie: half, body: body})
	out.want(http.StatusOK)
	w.do(req{method: "GET", path: "tickets", cookie: out.cookies()[0]}).want(http.StatusOK)
	w.do(req{method: "POST", path: "session/passkey/finish", cookie: out.cookies()[0], body: body}).refused(http.StatusForbidden, "second-factor-wrong")
	w.do(req{method: "POST", path: "session/passkey/finish", cookie: out.cookies()[0], body: `{"credential":"+","client_data":"","authenticator_data":"","signature":""}`}).refused(http.StatusUnprocessableEntity, "invalid")
}

// object is a JSON object of names and values.
func object(pairs ...any) string {
	m := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		m[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	out, _ := json.Marshal(m)
	return string(out)
}

func unb64(t *testing.T, text any) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(fmt.Sprint(text))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestWherePasskeysAreFor(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		public, host, from string
		want               identity.Site
	}{
		"the public URL":                   {"https://soc.example.org", "10.0.0.7:8080", "203.0.113.7:1", identity.Site{Host: "soc.example.org", Origin: "https://soc.example.org"}},
		"the public URL with a port":       {"https://SOC.example.org:8443", "x", "203.0.113.7:1", identity.Site{Host: "soc.example.org", Origin: "https://soc.example.org:8443"}},
		"the public URL with an address":   {"https://192.0.2.1", "x", "203.0.113.7:1", identity.Site{}},
		"this machine by name":             {"", "localhost:8080", "127.0.0.1:1", identity.Site{Host: "localhost", Origin: "http://localhost:8080"}},
		"this machine by another name":     {"", "tocsin.localhost", "127.0.0.1:1", identity.Site{Host: "tocsin.localhost", Origin: "http://tocsin.localhost"}},
		"this machine by address":          {"", "127.0.0.1:8080", "127.0.0.1:1", identity.Site{}},
		"this machine by the new protocol": {"", "[::1]:8080", "[::1]:1", identity.Site{}},
		"a name that points to us":         {"", "evil.example", "127.0.0.1:1", identity.Site{}},
		"a name that looks as if":          {"", "localhost.evil.example", "127.0.0.1:1", identity.Site{}},
		"another machine that says it is":  {"", "localhost:8080", "203.0.113.7:1", identity.Site{}},
		"nothing":                          {"", "", "127.0.0.1:1", identity.Site{}},
	} {
		w := &Server{}
		w.public, _ = publicURL(test.public)
		got, err := w.siteOf(&http.Request{Host: test.host, RemoteAddr: test.from, URL: &url.URL{}})
		if diff := cmp.Diff(test.want, got); diff != "" || (err == nil) != (test.want.Host != "") {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}
