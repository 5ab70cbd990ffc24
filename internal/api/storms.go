package api

import (
	"context"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/identity"
	"tocsin/internal/ticket"
)

func (s *Server) registerStorms() {
	decide := may(identity.PolicyEdit)
	handle(s, get("list-storms", "/storms", may(identity.TicketRead, identity.PolicyEdit), "Floods that are held back, newest first"), s.storms)
	handle(s, get("get-storm", "/storms/{id}", may(identity.TicketRead, identity.PolicyEdit), "One storm"), s.storm)
	handle(s, post("open-storm", "/storms/{id}/open", decide, "Open a ticket for each finding that the storm holds"), s.choose(ticket.StormOpen))
	handle(s, post("group-storm", "/storms/{id}/group", decide, "Put all findings that the storm holds into its own ticket"), s.choose(ticket.StormGroup))
	handle(s, post("suppress-storm", "/storms/{id}/suppress", decide, "Suppress what the storm holds, until a time"), s.choose(ticket.StormSuppress))
}

type stormsInput struct {
	State string `query:"state" enum:"open,all" default:"open" doc:"open: those that wait for a choice or for it to be carried out"`
}

func (s *Server) storms(ctx context.Context, in *stormsInput) (*list[ticket.Storm], error) {
	var out []ticket.Storm
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		out, err = s.deps.Tickets.Storms(tx, in.State == "open")
		return err
	})
	return listOf(out), err
}

type stormOutput struct{ Body ticket.Storm }

func (s *Server) storm(ctx context.Context, in *ByID) (*stormOutput, error) {
	out := &stormOutput{}
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		out.Body, err = s.deps.Tickets.Storm(tx, in.ID)
		return err
	})
	return out, err
}

type stormInput struct {
	ByID
	Body struct {
		Reason    string    `json:"reason" minLength:"1" maxLength:"4000"`
		ExpiresAt time.Time `json:"expires_at,omitempty" doc:"When a suppression ends; needed for that choice, at most a year ahead"`
	} `nameHint:"StormChoice"`
}

// choose is the handler of one choice about a storm.
func (s *Server) choose(choice string) func(context.Context, *stormInput) (*stormOutput, error) {
	return func(ctx context.Context, in *stormInput) (*stormOutput, error) {
		out := &stormOutput{}
		err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
			out.Body, err = s.deps.Tickets.DecideStorm(tx, in.ID, ticket.StormChoice{Choice: choice, Reason: in.Body.Reason, Expires: in.Body.ExpiresAt})
			return err
		})
		return out, err
	}
}
