package api

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tocsin/internal/identity"
)

// publicRoutes is every route that an anonymous caller may use. A route is
// added here by hand, with the reason.
func publicRoutes() []string {
	return []string{
		"GET /api/v1/oncall/{calendar}", // held by the token in the address
		"GET /api/v1/setup",             // the UI asks where to begin
		"GET /healthz",                  // a supervisor has no account
		"GET /m/{token}",                // held by the token: it shows one ticket to one person for half an hour
		"GET /openapi.json",             // what the API is, is no secret
		"GET /readyz",                   // as healthz
		"POST /api/v1/hooks/{id}",       // held by the signature that the connection wants
		"POST /api/v1/invite",           // held by the one-time link
		"POST /api/v1/session",          // signing in
		"POST /api/v1/setup",            // held by the one-time token
		"POST /api/v1/slack/{id}",       // held by the signature of the chat, and the token in the button
		"POST /m/{token}",               // as GET; it acts for whom the token names
	}
}

// ownRoutes is every route for which signing in is enough, because it shows and
// changes only what is the caller's own or known to everybody.
func ownRoutes() []string {
	return []string{
		"DELETE /api/v1/me/contacts/{id}",
		"DELETE /api/v1/me/factors/{id}",
		"DELETE /api/v1/session",
		"DELETE /api/v1/sessions/{id}",
		"GET /api/v1/me/contacts",
		"GET /api/v1/me/factors",
		"GET /api/v1/me/notifications",
		"GET /api/v1/notices",
		"GET /api/v1/roles",
		"GET /api/v1/session",
		"GET /api/v1/sessions",
		"PATCH /api/v1/me/contacts/{id}",
		"POST /api/v1/me/contacts",
		"POST /api/v1/me/contacts/{id}/confirm",
		"POST /api/v1/me/contacts/{id}/test",
		"POST /api/v1/me/factors/passkeys/begin",
		"POST /api/v1/me/factors/passkeys/finish",
		"POST /api/v1/me/factors/recovery-codes",
		"POST /api/v1/me/factors/totp",
		"POST /api/v1/me/factors/totp/confirm",
		"POST /api/v1/notices/read",
		"POST /api/v1/session/passkey/begin",
		"POST /api/v1/session/passkey/finish",
		"POST /api/v1/session/second-factor",
		"PUT /api/v1/me/notifications",
		"PUT /api/v1/session/password",
	}
}

func TestThePublicRoutesAreTheseAndNoOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	public, own := []string{}, []string{}
	for _, o := range w.server.routes {
		if o.access.public {
			public = append(public, o.key())
		} else if len(o.access.any) == 0 {
			own = append(own, o.key())
		}
	}
	slices.Sort(public)
	slices.Sort(own)
	if diff := cmp.Diff(publicRoutes(), public); diff != "" {
		t.Errorf("public routes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(ownRoutes(), own); diff != "" {
		t.Errorf("routes for whoever is signed in (-want +got):\n%s", diff)
	}
}

func TestEveryRouteIsClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	nobody := w.token("")
	for _, o := range w.server.routes {
		if o.access.public {
			continue
		}
		path := fillPath(o.path)
		t.Run(o.key(), func(t *testing.T) {
			a := w.do(req{method: o.method, path: path})
			a.t = t
			a.refused(http.StatusUnauthorized, slugUnauthenticated)
			if a.header.Get("WWW-Authenticate") == "" {
				t.Error("no WWW-Authenticate")
			}
			if len(o.access.any) == 0 {
				return
			}
			a = w.do(req{method: o.method, path: path, token: nobody})
			a.t = t
			a.refused(http.StatusForbidden, "permission")
		})
	}
}

// TestEachRoleMayCallWhatItsPermissionsSay holds the guard to the table of
// roles: a caller is let in exactly when they hold one of the permissions.
func TestEachRoleMayCallWhatItsPermissionsSay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, role := range identity.Roles() {
		token := w.token(role.Name)
		for _, o := range w.server.routes {
			if len(o.access.any) == 0 || o.id == streamID {
				continue
			}
			may := slices.ContainsFunc(o.access.any, role.Permissions.Has)
			a := w.do(req{method: o.method, path: fillPath(o.path), token: token, header: map[string]string{"Last-Event-ID": "0"}})
			isDenied := a.status == http.StatusForbidden && strings.Contains(string(a.body), "error:permission")
			if isDenied == may {
				t.Errorf("%s as %s: %d %s", o.key(), role.Name, a.status, a.body)
			}
		}
	}
}

func fillPath(p string) string {
	return regexp.MustCompile(`\{[^}]+\}`).ReplaceAllString(p, url.PathEscape("INC-404404"))
}

func TestAScopeOnlyTakesAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	intake := w.token(identity.Analyst, identity.ScopeIntake)
	if a := w.do(req{method: "POST", path: "findings", body: sample("scope"), token: intake}); a.status != http.StatusOK {
		t.Errorf("intake with an intake token: %d %s", a.status, a.body)
	}
	w.do(req{method: "GET", path: "tickets", token: intake}).refused(http.StatusForbidden, "permission")
	w.do(req{method: "GET", path: "events", token: intake}).refused(http.StatusForbidden, "permission")
	reading := w.token(identity.Analyst, identity.ScopeRead)
	w.do(req{method: "GET", path: "tickets", token: reading}).want(http.StatusOK)
	w.do(req{method: "POST", path: "findings", body: sample("scope"), token: reading}).refused(http.StatusForbidden, "permission")
}

func TestARouteThatDoesNotSayWhoMayCallItStopsNew(t *testing.T) {
	t.Parallel()
	s, err := New(Deps{})
	if err != nil {
		t.Fatal(err)
	}
	s.route(operation{id: "open", method: http.MethodGet, path: "/open"}, prefix, func(http.ResponseWriter, *http.Request) {})
	if len(s.faults) != 1 || !strings.Contains(s.faults[0].Error(), "GET /open does not say who may call it") {
		t.Errorf("faults = %v", s.faults)
	}
	if _, pattern := s.mux.Handler(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: prefix + "/open"}}); pattern != "" {
		t.Error("the route was registered all the same")
	}
}

func TestAnOtherTenantIsNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	number := w.opened("tenant")
	// The tickets of one tenant, asked for by a principal of another.
	other := identity.System("second", "test")
	ctx := other.As(t.Context())
	_, err := w.server.ticket(ctx, &ByID{ID: number})
	if p := w.server.problem(ctx, err); p.Status != http.StatusNotFound {
		t.Errorf("status %d, want 404", p.Status)
	}
}
