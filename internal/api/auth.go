package api

import (
	"context"
	"net/http"
	"strings"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
)

// The cookies of a session. The first can only have been set by this very
// host over TLS; the second is for trying things out on one machine.
const (
	secureCookie   = "__Host-tocsin"
	loopbackCookie = "tocsin"
)

type principalKey struct{}

// principalOf is who asks, or nobody on a public route.
func principalOf(ctx context.Context) identity.Principal {
	p, _ := ctx.Value(principalKey{}).(identity.Principal)
	return p
}

// authorised lets through whoever may call the route, and says in the context
// for whom and by whom everything after it is done.
func (s *Server) authorised(o operation, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p, err := s.authenticate(r)
		if err == nil {
			requestOf(r.Context()).user = p.UserID
			err = o.allows(p, s.db.Now())
		}
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		ctx := context.WithValue(p.As(r.Context()), principalKey{}, p)
		next(w, r.WithContext(ctx))
	}
}

// allows says whether the principal may call the route now. Who has yet to
// prove a second factor hears that first, and not what they might do then.
func (o operation) allows(p identity.Principal, now int64) error {
	if o.proof != unproven {
		if err := p.NeedWhole(); err != nil {
			return err
		}
	}
	if err := o.access.allows(p); err != nil {
		return err
	}
	if o.proof == fresh || o.proof == freshIfEnrolled && p.Enrolled() {
		return p.NeedFresh(now)
	}
	return nil
}

// authenticate tells who asks: by an API token if there is one, else by the
// session cookie. A token that is wrong is not made good by a cookie.
func (s *Server) authenticate(r *http.Request) (identity.Principal, error) {
	secret := ""
	switch headers := r.Header.Values("Authorization"); {
	case len(headers) > 1:
		return identity.Principal{}, notSignedIn("There is more than one Authorization header.")
	case len(headers) == 1:
		scheme, rest, _ := strings.Cut(headers[0], " ")
		secret = strings.TrimSpace(rest)
		if !strings.EqualFold(scheme, "Bearer") || !strings.HasPrefix(secret, identity.TokenPrefix) {
			return identity.Principal{}, notSignedIn("The Authorization header must be Bearer tocsin_pat_….")
		}
	default:
		var err error
		if secret, err = s.sessionSecret(r); err != nil {
			return identity.Principal{}, err
		}
	}
	return s.deps.Identity.Authenticate(r.Context(), secret)
}

func notSignedIn(why string) error {
	return fault.New(fault.Denied, "Sign in first. %s", why).WithSlug(slugUnauthenticated)
}

func (s *Server) sessionSecret(r *http.Request) (string, error) {
	name, err := s.cookieName(r)
	if err != nil {
		return "", notSignedIn("")
	}
	found := r.CookiesNamed(name)
	if len(found) != 1 || strings.HasPrefix(found[0].Value, identity.TokenPrefix) {
		return "", notSignedIn("")
	}
	return found[0].Value, nil
}

// cookieName is the session cookie that this request may use. Without TLS a
// session would travel in the clear, so only this machine may have one then.
func (s *Server) cookieName(r *http.Request) (string, error) {
	switch {
	case s.overTLS(r):
		return secureCookie, nil
	case remote(r).IsLoopback():
		return loopbackCookie, nil
	}
	return "", fault.New(fault.Denied, "Signing in needs HTTPS, or a browser on the server itself. Behind a proxy, tell the server its public URL.").WithSlug("insecure")
}

// sessionCookie is the Set-Cookie that starts a session.
func (s *Server) sessionCookie(name string, in identity.SignedIn) string {
	c := http.Cookie{
		Name: name, Value: in.Secret, Path: "/", HttpOnly: true, Secure: name == secureCookie,
		SameSite: http.SameSiteLaxMode, Expires: db.Time(in.ExpiresAt),
	}
	return c.String()
}

// endedCookies take every session cookie from the browser.
func endedCookies() []string {
	out := []string{}
	for _, name := range []string{secureCookie, loopbackCookie} {
		c := http.Cookie{Name: name, Path: "/", HttpOnly: true, Secure: name == secureCookie, SameSite: http.SameSiteLaxMode, MaxAge: -1}
		out = append(out, c.String())
	}
	return out
}
