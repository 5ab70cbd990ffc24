package api

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func signInBody() string { return `{"email":"` + adminMail + `","password":"` + password + `"}` }

// cookies reads Set-Cookie.
func (a answer) cookies() []*http.Cookie { return (&http.Response{Header: a.header}).Cookies() }

// session signs in and returns the cookie.
func (w *world) session() *http.Cookie {
	w.t.Helper()
	a := w.do(req{method: "POST", path: "session", body: signInBody()})
	a.want(http.StatusOK)
	found := a.cookies()
	if len(found) != 1 {
		w.t.Fatalf("cookies = %v, want one", found)
	}
	return found[0]
}

func TestSigningInOnTheServersOwnMachine(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.session()
	if c.Name != "tocsin" || c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
		t.Errorf("cookie = %v", c)
	}
	me := w.do(req{method: "GET", path: "session", cookie: c}).want(http.StatusOK)
	user, _ := me["user"].(map[string]any)
	if user["email"] != adminMail || me["holds_every_role"] != true || me["tenant"] != "main" || me["demo"] != false {
		t.Errorf("me = %v", me)
	}
	a := w.do(req{method: "DELETE", path: "session", cookie: c})
	if a.status != http.StatusNoContent || len(a.cookies()) != 2 || a.cookies()[0].MaxAge >= 0 {
		t.Errorf("signing out: %d %v", a.status, a.cookies())
	}
	w.do(req{method: "GET", path: "session", cookie: c}).refused(http.StatusUnauthorized, "unauthenticated")
}

func TestSigningInOverTLS(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(d *Deps) { d.PublicURL = "https://soc.example.org" })
	a := w.do(req{method: "POST", path: "session", body: signInBody(), from: "203.0.113.7:1234"})
	a.want(http.StatusOK)
	c := a.cookies()[0]
	if c.Name != "__Host-tocsin" || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" || c.SameSite != http.SameSiteLaxMode {
		t.Errorf("cookie = %v", c)
	}
	if a.header.Get("Strict-Transport-Security") == "" {
		t.Error("no Strict-Transport-Security")
	}
	w.do(req{method: "GET", path: "session", cookie: c, from: "203.0.113.7:1234"}).want(http.StatusOK)
	// The other cookie is not taken where the first can be had.
	loose := &http.Cookie{Name: "tocsin", Value: c.Value}
	w.do(req{method: "GET", path: "session", cookie: loose}).refused(http.StatusUnauthorized, "unauthenticated")
}

func TestNobodySignsInInTheClearFromElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.do(req{method: "POST", path: "session", body: signInBody(), from: "203.0.113.7:1234"})
	a.refused(http.StatusForbidden, "insecure")
	if len(a.cookies()) != 0 {
		t.Error("a cookie was set")
	}
	// Nor is a session of this machine taken from elsewhere.
	w.do(req{method: "GET", path: "session", cookie: w.session(), from: "203.0.113.7:1234"}).refused(http.StatusUnauthorized, "unauthenticated")
}

func TestARefusedSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, body := range []string{
		`{"email":"` + adminMail + `","password":"wrong wrong wrong"}`,
		`{"email":"nobody@example.org","password":"` + password + `"}`,
	} {
		a := w.do(req{method: "POST", path: "session", body: body})
		a.refused(http.StatusUnauthorized, "sign-in")
		if len(a.cookies()) != 0 {
			t.Error("a cookie was set")
		}
	}
}

func TestASecretThatIsNotOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := w.session()
	for name, r := range map[string]req{
		"a token that was made up":           {token: "tocsin_pat_0000000000000000000000_000000"},
		"a session secret as a token":        {token: good.Value},
		"another scheme":                     {header: map[string]string{"Authorization": "Basic YTpi"}},
		"a token as a cookie":                {cookie: &http.Cookie{Name: "tocsin", Value: w.admin}},
		"an empty cookie":                    {cookie: &http.Cookie{Name: "tocsin"}},
		"a bad token beside a good cookie":   {token: "tocsin_pat_0000000000000000000000_000000", cookie: good},
		"a token in the address":             {path: "session?token=" + w.admin},
		"two cookies, of which one is right": {header: map[string]string{"Cookie": "tocsin=" + good.Value + "; tocsin=x"}},
	} {
		t.Run(name, func(t *testing.T) {
			r.method = "GET"
			if r.path == "" {
				r.path = "session"
			}
			a := w.do(r)
			a.t = t
			a.refused(http.StatusUnauthorized, "unauthenticated")
		})
	}
}

func TestAPageOfAnotherSiteCannotAct(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(d *Deps) { d.PublicURL = "https://soc.example.org" })
	a := w.do(req{method: "POST", path: "session", body: signInBody()})
	c := a.cookies()[0]
	for _, test := range []struct {
		name   string
		header map[string]string
		code   int
	}{
		{"told by the browser", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{"from a sister site", map[string]string{"Sec-Fetch-Site": "same-site"}, 403},
		{"told by its origin alone", map[string]string{"Origin": "https://evil.example"}, 403},
		{"from nowhere", map[string]string{"Origin": "null"}, 403},
		{"our own page", map[string]string{"Sec-Fetch-Site": "same-origin"}, 201},
		{"our own page under the public name", map[string]string{"Origin": "https://soc.example.org", "Sec-Fetch-Site": "cross-site"}, 201},
		{"no browser", nil, 201},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := w.do(req{method: "POST", path: "tickets", body: `{"title":"a"}`, cookie: c, header: test.header})
			if a.status != test.code {
				t.Errorf("%d, want %d: %s", a.status, test.code, a.body)
			}
			if test.code == 403 && a.header.Get("Content-Type") != problemType {
				t.Errorf("not a problem: %s", a.body)
			}
		})
	}
}

func TestSettingUpAnEmptyInstallation(t *testing.T) {
	t.Parallel()
	w := emptyWorld(t)
	if m := w.do(req{method: "GET", path: "setup"}).want(http.StatusOK); m["needed"] != true {
		t.Errorf("setup = %v", m)
	}
	body := func(token string) string {
		return `{"token":"` + token + `","email":"` + adminMail + `","name":"Ada","password":"` + password + `","time_zone":"Europe/Amsterdam"}`
	}
	w.do(req{method: "POST", path: "setup", body: body("wrong")}).refused(http.StatusForbidden, "setup-token")
	a := w.do(req{method: "POST", path: "setup", body: body(w.setup)})
	me := a.want(http.StatusOK)
	if me["time_zone"] != "Europe/Amsterdam" || me["holds_every_role"] != true || len(a.cookies()) != 1 {
		t.Errorf("me = %v, cookies = %v", me, a.cookies())
	}
	w.do(req{method: "GET", path: "tickets", cookie: a.cookies()[0]}).want(http.StatusOK)
	w.do(req{method: "POST", path: "setup", body: body(w.setup)}).refused(http.StatusConflict, "already-set-up")
	if m := w.do(req{method: "GET", path: "setup"}).want(http.StatusOK); m["needed"] != false {
		t.Errorf("setup = %v", m)
	}
}

func TestAnInvitedPersonComesIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.as("POST", "users", `{"email":"bob@example.org","name":"Bob","roles":["analyst"]}`).want(http.StatusCreated)
	link, _ := m["invite_url"].(string)
	_, secret, found := strings.Cut(link, "/invite?token=")
	if !found {
		t.Fatalf("invite_url = %q", link)
	}
	a := w.do(req{method: "POST", path: "invite", body: `{"token":"` + secret + `","password":"` + password + `"}`})
	me := a.want(http.StatusOK)
	if me["holds_every_role"] != false || len(a.cookies()) != 1 {
		t.Errorf("me = %v", me)
	}
	w.do(req{method: "POST", path: "invite", body: `{"token":"` + secret + `","password":"` + password + `"}`}).refused(http.StatusNotFound, "invite-ended")
}

func TestGuessingIsSlowedDownByAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(d *Deps) { d.PublicURL = "https://soc.example.org" })
	try := func(from string) answer {
		return w.do(req{method: "POST", path: "invite", body: `{"token":"guess","password":"` + password + `"}`, from: from})
	}
	for range guessesBurst {
		try("[2001:db8:1:2::1]:1").refused(http.StatusNotFound, "invite-ended")
	}
	a := try("[2001:db8:1:2::ffff]:1") // the same customer
	a.refused(http.StatusTooManyRequests, "rate")
	if a.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	try("[2001:db8:9:9::1]:1").refused(http.StatusNotFound, "invite-ended")
	w.later(3 * time.Second)
	try("[2001:db8:1:2::1]:1").refused(http.StatusNotFound, "invite-ended")
}

func TestEveryAnswerCarriesTheSecurityHeaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{"/", "/healthz", "/api/v1/setup", "/api/v1/tickets", "/nothing", "/assets/app-abc123.js"} {
		a := w.do(req{method: "GET", path: path})
		for name, want := range map[string]string{
			"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			"Cross-Origin-Opener-Policy": "same-origin",
		} {
			if got := a.header.Get(name); got != want {
				t.Errorf("%s: %s = %q", path, name, got)
			}
		}
		if strings.HasPrefix(path, "/api") && a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be cached", path)
		}
		if a.header.Get("Strict-Transport-Security") != "" {
			t.Errorf("%s: HSTS without TLS", path)
		}
	}
}
