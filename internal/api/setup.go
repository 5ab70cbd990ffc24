package api

import (
	"context"

	"tocsin/internal/identity"
)

func (s *Server) registerSetup() {
	handle(s, get("get-setup", "/setup", everybody(), "Whether the first administrator is still missing"), s.needsSetup)
	handle(s, post("post-setup", "/setup", everybody(), "Make the first administrator, with the token that the server printed").limited(), s.setUp)
}

type needsSetup struct {
	Body struct {
		Needed bool `json:"needed"`
	} `nameHint:"Setup"`
}

func (s *Server) needsSetup(ctx context.Context, _ *struct{}) (*needsSetup, error) {
	out := &needsSetup{}
	var err error
	out.Body.Needed, err = s.deps.Identity.NeedsSetup(ctx)
	return out, err
}

type setUpInput struct {
	Agent
	Body struct {
		Token    string `json:"token" maxLength:"200"`
		Email    string `json:"email" maxLength:"320"`
		Name     string `json:"name,omitempty" maxLength:"200"`
		Password string `json:"password" maxLength:"1024"`
		TimeZone string `json:"time_zone,omitempty" maxLength:"100" doc:"IANA name, such as Europe/Amsterdam; empty is UTC"`
	} `nameHint:"NewSetup"`
}

func (s *Server) setUp(ctx context.Context, in *setUpInput) (*signedInOutput, error) {
	name, err := in.cookie(s)
	if err != nil {
		return nil, err
	}
	b := in.Body
	session, err := s.deps.Identity.SetUp(ctx, b.Token, identity.Setup{Email: b.Email, Name: b.Name, Password: b.Password, TimeZone: b.TimeZone}, in.UserAgent)
	if err != nil {
		return nil, err
	}
	return s.begun(ctx, name, session)
}
