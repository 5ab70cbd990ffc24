package api

import (
	"context"
	"net/http"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/identity"
)

func (s *Server) registerTokens() {
	handle(s, get("list-tokens", "/tokens", may(identity.TokenOwn, identity.UserManage), "My API tokens; with user.manage everybody's"), s.tokens)
	handle(s, post("post-token", "/tokens", may(identity.TokenOwn, identity.UserManage), "Make an API token, which is shown once").
		answering(http.StatusCreated).withSecret(), s.createToken)
	handle(s, del("delete-token", "/tokens/{id}", may(identity.TokenOwn, identity.UserManage), "Revoke an API token"), s.revokeToken)
}

// Token is an API token.
type Token struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	UserID     string     `json:"user_id"`
	Scopes     []string   `json:"scopes" doc:"all, intake or read; a scope only takes away from what its owner may do"`
	Hint       string     `json:"hint" doc:"The last four characters"`
	CreatedAt  time.Time  `json:"created_at"`
	CreatedBy  string     `json:"created_by"`
	ExpiresAt  time.Time  `json:"expires_at"`
	LastUsedAt *time.Time `json:"last_used_at"`
	RevokedAt  *time.Time `json:"revoked_at"`
	Token      string     `json:"token,omitempty" doc:"The secret, in the answer that made it and never again"`
}

func tokenOf(t identity.Token, secret string) Token {
	return Token{
		t.ID, t.Name, t.UserID, t.Scopes, t.Hint, db.Time(t.CreatedAt), t.CreatedBy, db.Time(t.ExpiresAt),
		timeOrNil(t.LastUsedAt), timeOrNil(t.RevokedAt), secret,
	}
}

func (s *Server) tokens(ctx context.Context, in *ShortPaging) (*list[Token], error) {
	found, err := s.deps.Identity.Tokens(ctx, principalOf(ctx))
	if err != nil {
		return nil, err
	}
	out := []Token{}
	for _, t := range found {
		out = append(out, tokenOf(t, ""))
	}
	return pageOf(out, in, func(t Token) string { return t.ID })
}

type newTokenInput struct {
	Body struct {
		Name          string   `json:"name" maxLength:"200"`
		UserID        string   `json:"user_id,omitempty" maxLength:"100" doc:"Empty for oneself; or a service account"`
		Scopes        []string `json:"scopes" maxItems:"3"`
		ExpiresInDays int      `json:"expires_in_days" minimum:"1" maximum:"365"`
	} `nameHint:"NewToken"`
}

type tokenOutput struct{ Body Token }

func (s *Server) createToken(ctx context.Context, in *newTokenInput) (*tokenOutput, error) {
	b := in.Body
	t, secret, err := s.deps.Identity.CreateToken(ctx, principalOf(ctx), identity.NewToken{
		Name: b.Name, UserID: b.UserID, Scopes: b.Scopes, ExpiresInDays: b.ExpiresInDays,
	})
	if err != nil {
		return nil, err
	}
	return &tokenOutput{tokenOf(t, secret)}, nil
}

func (s *Server) revokeToken(ctx context.Context, in *ByID) (*struct{}, error) {
	return nil, s.deps.Identity.RevokeToken(ctx, principalOf(ctx), in.ID)
}
