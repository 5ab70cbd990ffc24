package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"tocsin/internal/db"
	"tocsin/internal/identity"
)

func (s *Server) registerSession() {
	handle(s, post("post-session", "/session", everybody(), "Sign in").limited(), s.signIn)
	handle(s, get("get-session", "/session", signedIn(), "Who I am and what I may do").beforeProof(), s.me)
	handle(s, del("delete-session", "/session", signedIn(), "Sign out").beforeProof(), s.signOut)
	handle(s, put("put-password", "/session/password", signedIn(), "Change my password; my other sessions end").freshIfEnrolled(), s.changePassword)
	handle(s, get("list-sessions", "/sessions", signedIn(), "My sessions"), s.sessions)
	handle(s, del("delete-sessions", "/sessions/{id}", signedIn(), "End one of my sessions"), s.revokeSession)
}

// Agent is what a sign-in wants to know of the browser.
type Agent struct {
	UserAgent string `header:"User-Agent" required:"false" hidden:"true"`
	request   *http.Request
}

// Resolve implements huma.Resolver: it keeps the request for the cookie.
func (a *Agent) Resolve(ctx huma.Context) []error {
	a.request, _ = humago.Unwrap(ctx)
	return nil
}

// cookie says which cookie a session may be started with, before any work.
func (a *Agent) cookie(s *Server) (string, error) { return s.cookieName(a.request) }

// Me is who is signed in.
type Me struct {
	User           User      `json:"user"`
	Permissions    []string  `json:"permissions"`
	Tenant         string    `json:"tenant"`
	HoldsEveryRole bool      `json:"holds_every_role" doc:"True of the first administrator until the roles are split"`
	TimeZone       string    `json:"time_zone"`
	ExpiresAt      time.Time `json:"expires_at" doc:"When the session or token ends at the latest"`
	Demo           bool      `json:"demo" doc:"The installation holds made-up tickets"`

	Factors      FactorCounts `json:"factors"`
	SecondFactor string       `json:"second_factor" enum:"done,needed,none" doc:"needed: the session may do nothing but prove one"`
	FreshUntil   *time.Time   `json:"fresh_until" doc:"Until when the last proof of a second factor counts as fresh"`
}

type meOutput struct{ Body Me }

type signedInOutput struct {
	SetCookie []string `header:"Set-Cookie"`
	Body      Me
}

type signInInput struct {
	Agent
	Body struct {
		Email    string `json:"email" maxLength:"320"`
		Password string `json:"password" maxLength:"1024"`
	} `nameHint:"SignIn"`
}

func (s *Server) signIn(ctx context.Context, in *signInInput) (*signedInOutput, error) {
	name, err := in.cookie(s)
	if err != nil {
		return nil, err
	}
	session, err := s.deps.Identity.SignIn(ctx, in.Body.Email, in.Body.Password, in.UserAgent)
	if err != nil {
		return nil, err
	}
	return s.begun(ctx, name, session)
}

// begun answers with the cookie and who has signed in.
func (s *Server) begun(ctx context.Context, cookie string, in identity.SignedIn) (*signedInOutput, error) {
	me, err := s.whoIs(in.Principal.As(ctx), in.Principal)
	return &signedInOutput{SetCookie: []string{s.sessionCookie(cookie, in)}, Body: me}, err
}

func (s *Server) me(ctx context.Context, _ *struct{}) (*meOutput, error) {
	me, err := s.whoIs(ctx, principalOf(ctx))
	return &meOutput{me}, err
}

func (s *Server) whoIs(ctx context.Context, p identity.Principal) (Me, error) {
	u, err := s.deps.Identity.User(ctx, p, p.UserID)
	if err != nil {
		return Me{}, err
	}
	made, err := s.holdsDemo(ctx, p.Tenant)
	if err != nil {
		return Me{}, err
	}
	factors, err := s.deps.Identity.Factors(ctx, p)
	if err != nil {
		return Me{}, err
	}
	me := Me{
		User: userOf(u), Tenant: p.Tenant, HoldsEveryRole: p.HoldsEveryRole(), TimeZone: p.TimeZone,
		ExpiresAt: db.Time(p.ExpiresAt), Demo: made, Permissions: []string{},
		Factors: countsOf(factors), SecondFactor: secondFactor(p, factors), FreshUntil: timeOrNil(p.FreshUntil(s.db.Now())),
	}
	for _, permission := range p.Permissions.List() {
		me.Permissions = append(me.Permissions, string(permission))
	}
	return me, nil
}

type signedOut struct {
	SetCookie []string `header:"Set-Cookie"`
	ClearData string   `header:"Clear-Site-Data"`
}

func (s *Server) signOut(ctx context.Context, _ *struct{}) (*signedOut, error) {
	if err := s.deps.Identity.SignOut(ctx, principalOf(ctx)); err != nil {
		return nil, err
	}
	return &signedOut{SetCookie: endedCookies(), ClearData: `"cache", "storage"`}, nil
}

type passwordInput struct {
	Body struct {
		Current  string `json:"current" maxLength:"1024"`
		Password string `json:"password" maxLength:"1024"`
	} `nameHint:"PasswordChange"`
}

func (s *Server) changePassword(ctx context.Context, in *passwordInput) (*struct{}, error) {
	return nil, s.deps.Identity.ChangePassword(ctx, principalOf(ctx), in.Body.Current, in.Body.Password)
}

// Session is one of a person's own sessions.
type Session struct {
	ID        string    `json:"id"`
	Agent     string    `json:"agent" doc:"What the browser said about itself"`
	CreatedAt time.Time `json:"created_at"`
	SeenAt    time.Time `json:"seen_at"`
	ExpiresAt time.Time `json:"expires_at"`
	Current   bool      `json:"current"`
	Pending   bool      `json:"pending" doc:"The password was right; the second factor is still to come"`
}

func (s *Server) sessions(ctx context.Context, _ *struct{}) (*list[Session], error) {
	found, err := s.deps.Identity.Sessions(ctx, principalOf(ctx))
	if err != nil {
		return nil, err
	}
	out := []Session{}
	for _, f := range found {
		out = append(out, Session{f.ID, f.Agent, db.Time(f.CreatedAt), db.Time(f.SeenAt), db.Time(f.ExpiresAt), f.Current, f.Pending})
	}
	return listOf(out), nil
}

func (s *Server) revokeSession(ctx context.Context, in *ByID) (*struct{}, error) {
	return nil, s.deps.Identity.RevokeSession(ctx, principalOf(ctx), in.ID)
}
