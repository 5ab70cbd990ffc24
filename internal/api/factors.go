package api

import (
	"context"
	"encoding/base64"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
)

func (s *Server) registerFactors() {
	own := signedIn()
	handle(s, get("list-factors", "/me/factors", own, "My second factors"), s.factors)
	handle(s, post("post-totp", "/me/factors/totp", own, "Make a secret for an app that generates codes").
		freshIfEnrolled().withSecret().limited(), s.beginTOTP)
	handle(s, post("post-totp-confirm", "/me/factors/totp/confirm", own, "Make that secret a second factor, by its first code; the session gets a new secret").
		withSecret(), s.confirmTOTP)
	handle(s, post("post-new-passkey-begin", "/me/factors/passkeys/begin", own, "Ask the browser to make a passkey").
		freshIfEnrolled().limited(), s.beginNewPasskey)
	handle(s, post("post-new-passkey-finish", "/me/factors/passkeys/finish", own, "Make that passkey a second factor; the session gets a new secret").
		withSecret(), s.finishNewPasskey)
	handle(s, post("post-recovery-codes", "/me/factors/recovery-codes", own, "Make ten recovery codes; those made before end").
		fresh().withSecret(), s.newRecoveryCodes)
	handle(s, del("delete-factor", "/me/factors/{id}", own, "Remove one of my second factors").fresh(), s.removeFactor)
	handle(s, del("delete-user-factors", "/users/{id}/factors", may(identity.UserManage), "Remove every second factor of a person; their sessions end").
		fresh(), s.removeFactors)
}

// Factor is one of a person's own second factors.
type Factor struct {
	ID     string     `json:"id"`
	Kind   string     `json:"kind" enum:"totp,passkey"`
	Name   string     `json:"name"`
	MadeAt time.Time  `json:"made_at"`
	UsedAt *time.Time `json:"used_at"`
}

// Factors is what a person can prove a second factor with.
type Factors struct {
	Items              []Factor   `json:"items"`
	RecoveryCodes      int64      `json:"recovery_codes" doc:"That were not used yet"`
	RecoveryMadeAt     *time.Time `json:"recovery_made_at"`
	RecoveryCodeUsedAt *time.Time `json:"recovery_code_used_at"`
}

type factorsOutput struct{ Body Factors }

func (s *Server) factors(ctx context.Context, _ *struct{}) (*factorsOutput, error) {
	found, err := s.deps.Identity.Factors(ctx, principalOf(ctx))
	if err != nil {
		return nil, err
	}
	out := Factors{
		Items: []Factor{}, RecoveryCodes: found.RecoveryLeft,
		RecoveryMadeAt: timeOrNil(found.RecoveryMadeAt), RecoveryCodeUsedAt: timeOrNil(found.RecoveryUsedAt),
	}
	for _, f := range found.List {
		out.Items = append(out.Items, Factor{f.ID, f.Kind, f.Name, db.Time(f.MadeAt), timeOrNil(f.UsedAt)})
	}
	return &factorsOutput{out}, nil
}

// enrolInput is what begins a new factor.
type enrolInput struct {
	Agent
	Body struct {
		Password string `json:"password,omitempty" maxLength:"1024" doc:"Needed for the first factor of all"`
	} `nameHint:"FactorBegin"`
}

type totpOutput struct {
	Body struct {
		Secret string `json:"secret" doc:"base32, for typing; shown once, as the others"`
		URL    string `json:"url" doc:"otpauth://"`
		QR     string `json:"qr" doc:"The URL as a picture: data:image/png;base64"`
	} `nameHint:"TOTPSecret"`
}

func (s *Server) beginTOTP(ctx context.Context, in *enrolInput) (*totpOutput, error) {
	e, err := s.deps.Identity.BeginTOTP(ctx, principalOf(ctx), in.Body.Password, s.issuer())
	if err != nil {
		return nil, err
	}
	out := &totpOutput{}
	out.Body.Secret, out.Body.URL, out.Body.QR = e.Secret, e.URL, e.QR
	return out, nil
}

type confirmInput struct {
	Agent
	Body struct {
		Code string `json:"code" maxLength:"20"`
	} `nameHint:"TOTPConfirm"`
}

func (s *Server) confirmTOTP(ctx context.Context, in *confirmInput) (*signedInOutput, error) {
	return s.renewed(ctx, &in.Agent, func() (identity.SignedIn, error) {
		return s.deps.Identity.ConfirmTOTP(ctx, principalOf(ctx), in.Body.Code)
	})
}

// NewPasskeyQuestion is what navigator.credentials.create is to be asked; the
// passkey must be discoverable, and the user verified.
type NewPasskeyQuestion struct {
	Challenge      string        `json:"challenge" doc:"base64url"`
	RPID           string        `json:"rp_id"`
	RPName         string        `json:"rp_name"`
	UserID         string        `json:"user_id" doc:"base64url"`
	UserEmail      string        `json:"user_email"`
	UserName       string        `json:"user_name"`
	Algorithms     []int64       `json:"algorithms" doc:"COSE, the best first"`
	Exclude        []PasskeyName `json:"exclude" doc:"Made before"`
	TimeoutSeconds int64         `json:"timeout_seconds"`
}

type newPasskeyQuestionOutput struct{ Body NewPasskeyQuestion }

func (s *Server) beginNewPasskey(ctx context.Context, in *enrolInput) (*newPasskeyQuestionOutput, error) {
	site, err := s.siteOf(in.request)
	if err != nil {
		return nil, err
	}
	q, err := s.deps.Identity.BeginNewPasskey(ctx, principalOf(ctx), site, in.Body.Password)
	if err != nil {
		return nil, err
	}
	return &newPasskeyQuestionOutput{NewPasskeyQuestion{
		Challenge: b64(q.Challenge), RPID: q.Host, RPName: s.issuer(), UserID: b64(q.UserID), UserEmail: q.Email, UserName: q.Name,
		Algorithms: q.Algorithms, Exclude: passkeyNames(q.Credentials), TimeoutSeconds: q.Seconds,
	}}, nil
}

type passkeyMadeInput struct {
	Agent
	Body struct {
		Name        string   `json:"name" maxLength:"200"`
		Credential  string   `json:"credential" maxLength:"2000" doc:"Its id; base64url, as those below"`
		ClientData  string   `json:"client_data" maxLength:"8000"`
		Attestation string   `json:"attestation" maxLength:"60000"`
		Transports  []string `json:"transports,omitempty" maxItems:"20"`
	} `nameHint:"PasskeyMade"`
}

func (s *Server) finishNewPasskey(ctx context.Context, in *passkeyMadeInput) (*signedInOutput, error) {
	site, err := s.siteOf(in.request)
	if err != nil {
		return nil, err
	}
	a := identity.PasskeyAnswer{Transports: in.Body.Transports}
	err = unb64s([]b64Field{
		{"credential", in.Body.Credential, &a.ID},
		{"client_data", in.Body.ClientData, &a.ClientData},
		{"attestation", in.Body.Attestation, &a.Attestation},
	})
	if err != nil {
		return nil, err
	}
	return s.renewed(ctx, &in.Agent, func() (identity.SignedIn, error) {
		return s.deps.Identity.FinishNewPasskey(ctx, principalOf(ctx), site, in.Body.Name, a)
	})
}

type recoveryCodesOutput struct {
	Body struct {
		Codes []string `json:"codes" doc:"Shown once; each proves once"`
	} `nameHint:"RecoveryCodes"`
}

func (s *Server) newRecoveryCodes(ctx context.Context, _ *struct{}) (*recoveryCodesOutput, error) {
	codes, err := s.deps.Identity.NewRecoveryCodes(ctx, principalOf(ctx))
	out := &recoveryCodesOutput{}
	out.Body.Codes = codes
	return out, err
}

func (s *Server) removeFactor(ctx context.Context, in *ByID) (*struct{}, error) {
	return nil, s.deps.Identity.RemoveFactor(ctx, principalOf(ctx), in.ID)
}

// removedFactors takes the caller's own session along when it ended.
type removedFactors struct {
	SetCookie []string `header:"Set-Cookie"`
}

func (s *Server) removeFactors(ctx context.Context, in *ByID) (*removedFactors, error) {
	p := principalOf(ctx)
	if err := s.deps.Identity.RemoveFactors(ctx, p, in.ID); err != nil {
		return nil, err
	}
	out := &removedFactors{}
	if in.ID == p.UserID {
		out.SetCookie = endedCookies()
	}
	return out, nil
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// b64Field is a member of a body that holds bytes.
type b64Field struct {
	name, text string
	into       *[]byte
}

func unb64s(fields []b64Field) error {
	for _, f := range fields {
		b, err := base64.RawURLEncoding.Strict().DecodeString(f.text)
		if err != nil {
			return fault.Field("body."+f.name, "This is not base64url.")
		}
		*f.into = b
	}
	return nil
}
