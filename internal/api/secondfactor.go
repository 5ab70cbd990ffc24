package api

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"tocsin/internal/fault"
	"tocsin/internal/identity"
)

// registerSecondFactor lists what proves a second factor: after the password,
// and again whenever something asks for a fresh proof.
func (s *Server) registerSecondFactor() {
	own := signedIn()
	handle(s, post("post-second-factor", "/session/second-factor", own, "Prove a second factor by a code; the session gets a new secret").
		beforeProof().withSecret().limited(), s.proveCode)
	handle(s, post("post-passkey-begin", "/session/passkey/begin", own, "Ask for the signature of a passkey").
		beforeProof(), s.beginPasskey)
	handle(s, post("post-passkey-finish", "/session/passkey/finish", own, "Prove a second factor by a passkey; the session gets a new secret").
		beforeProof().withSecret(), s.finishPasskey)
}

// FactorCounts says what somebody can prove a second factor with.
type FactorCounts struct {
	TOTP               bool       `json:"totp" doc:"An app that generates codes"`
	Passkeys           int        `json:"passkeys"`
	RecoveryCodes      int64      `json:"recovery_codes" doc:"That were not used yet"`
	RecoveryCodeUsedAt *time.Time `json:"recovery_code_used_at" doc:"When one of the present codes was last used"`
}

func countsOf(f identity.Factors) FactorCounts {
	c := FactorCounts{RecoveryCodes: f.RecoveryLeft, RecoveryCodeUsedAt: timeOrNil(f.RecoveryUsedAt)}
	for _, one := range f.List {
		if one.Kind == identity.TOTP {
			c.TOTP = true
		} else {
			c.Passkeys++
		}
	}
	return c
}

// secondFactor is how far the session is with its second factor.
func secondFactor(p identity.Principal, f identity.Factors) string {
	switch {
	case p.Pending:
		return "needed"
	case len(f.List) > 0:
		return "done"
	}
	return "none"
}

type proofInput struct {
	Agent
	Body struct {
		TOTP         string `json:"totp,omitempty" maxLength:"20" doc:"The code that an app shows"`
		RecoveryCode string `json:"recovery_code,omitempty" maxLength:"40"`
	} `nameHint:"SecondFactorProof"`
}

func (s *Server) proveCode(ctx context.Context, in *proofInput) (*signedInOutput, error) {
	proof := identity.Proof{TOTP: in.Body.TOTP, RecoveryCode: in.Body.RecoveryCode}
	return s.renewed(ctx, &in.Agent, func() (identity.SignedIn, error) {
		return s.deps.Identity.Prove(ctx, principalOf(ctx), proof)
	})
}

// renewed answers with the new secret that a session got by a proof.
func (s *Server) renewed(ctx context.Context, a *Agent, prove func() (identity.SignedIn, error)) (*signedInOutput, error) {
	cookie, err := a.cookie(s)
	if err != nil {
		return nil, err
	}
	in, err := prove()
	if err != nil {
		return nil, err
	}
	return s.begun(ctx, cookie, in)
}

// PasskeyName tells a browser which passkey is meant.
type PasskeyName struct {
	ID         string   `json:"id" doc:"base64url"`
	Transports []string `json:"transports"`
}

func passkeyNames(names []identity.PasskeyName) []PasskeyName {
	out := []PasskeyName{}
	for _, n := range names {
		out = append(out, PasskeyName{b64(n.ID), n.Transports})
	}
	return out
}

// PasskeyQuestion is what navigator.credentials.get is to be asked; the user
// must be verified.
type PasskeyQuestion struct {
	Challenge      string        `json:"challenge" doc:"base64url"`
	RPID           string        `json:"rp_id" doc:"The host name that the passkeys are for"`
	Credentials    []PasskeyName `json:"credentials" doc:"One of these must sign"`
	TimeoutSeconds int64         `json:"timeout_seconds"`
}

type passkeyQuestionOutput struct{ Body PasskeyQuestion }

func (s *Server) beginPasskey(ctx context.Context, in *Agent) (*passkeyQuestionOutput, error) {
	site, err := s.siteOf(in.request)
	if err != nil {
		return nil, err
	}
	q, err := s.deps.Identity.BeginPasskey(ctx, principalOf(ctx), site)
	return &passkeyQuestionOutput{PasskeyQuestion{b64(q.Challenge), q.Host, passkeyNames(q.Credentials), q.Seconds}}, err
}

type passkeySignedInput struct {
	Agent
	Body struct {
		Credential        string `json:"credential" maxLength:"2000" doc:"Its id; base64url, as the others"`
		ClientData        string `json:"client_data" maxLength:"8000"`
		AuthenticatorData string `json:"authenticator_data" maxLength:"8000"`
		Signature         string `json:"signature" maxLength:"8000"`
		UserHandle        string `json:"user_handle,omitempty" maxLength:"200"`
	} `nameHint:"PasskeySigned"`
}

func (s *Server) finishPasskey(ctx context.Context, in *passkeySignedInput) (*signedInOutput, error) {
	site, err := s.siteOf(in.request)
	if err != nil {
		return nil, err
	}
	var a identity.PasskeyAnswer
	err = unb64s([]b64Field{
		{"credential", in.Body.Credential, &a.ID},
		{"client_data", in.Body.ClientData, &a.ClientData},
		{"authenticator_data", in.Body.AuthenticatorData, &a.AuthData},
		{"signature", in.Body.Signature, &a.Signature},
		{"user_handle", in.Body.UserHandle, &a.UserHandle},
	})
	if err != nil {
		return nil, err
	}
	return s.renewed(ctx, &in.Agent, func() (identity.SignedIn, error) {
		return s.deps.Identity.FinishPasskey(ctx, principalOf(ctx), site, a)
	})
}

// siteOf is where passkeys are for: the public URL, or on this very machine the
// local name by which the browser reached us. What a caller claims is believed
// only there.
func (s *Server) siteOf(r *http.Request) (identity.Site, error) {
	scheme, host := "http", r.Host
	if s.public != nil {
		scheme, host = s.public.Scheme, s.public.Host
	} else if r.TLS != nil {
		scheme = "https"
	}
	u := url.URL{Scheme: scheme, Host: strings.ToLower(host)}
	name := u.Hostname()
	if _, err := netip.ParseAddr(name); err == nil || name == "" {
		return identity.Site{}, noPasskeysHere("Passkeys need a host name instead of an address: open Tocsin as localhost, or give the server a public URL with a name.")
	}
	if s.public == nil && (!remote(r).IsLoopback() || name != "localhost" && !strings.HasSuffix(name, ".localhost")) {
		return identity.Site{}, noPasskeysHere("Passkeys are bound to a host name: tell the server its public URL first.")
	}
	if p := u.Port(); p == "443" && scheme == "https" || p == "80" && scheme == "http" {
		u.Host = name // browsers leave it out
	}
	return identity.Site{Host: name, Origin: u.String()}, nil
}

func noPasskeysHere(sentence string) error {
	return fault.New(fault.Conflict, "%s", sentence).WithSlug("passkey-host")
}

// issuer is how an app for codes names this server.
func (s *Server) issuer() string {
	if s.public == nil {
		return "Tocsin"
	}
	name, _, err := net.SplitHostPort(s.public.Host)
	if err != nil {
		name = s.public.Host
	}
	return "Tocsin " + name
}
