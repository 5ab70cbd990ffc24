package api

import (
	"context"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
	"tocsin/internal/ticket"
)

func (s *Server) registerMerge() {
	// A manager leads without working tickets; the room judges each case.
	moves := may(identity.TicketWork, identity.TicketForce)
	handle(s, post("ticket-merge", "/tickets/{id}/merge", moves,
		"Merge others into this ticket, or this one into another; all of them or none. Nothing is moved, so that it can be undone at any time"), s.merge)
	handle(s, post("ticket-unmerge", "/tickets/{id}/unmerge", moves, "Let a merged ticket stand by itself again, as it was before"), s.unmerge)
	handle(s, post("ticket-split", "/tickets/{id}/split", moves,
		"Move findings to a new ticket, which is the answer; merging that one back undoes it"), s.split)
}

type mergeInput struct {
	ByID
	Body struct {
		Tickets []string `json:"tickets,omitempty" maxItems:"50" doc:"Numbers or ids of tickets to merge into this one; not with into"`
		Into    string   `json:"into,omitempty" maxLength:"100" doc:"The ticket to merge this one into; not with tickets"`
		Reason  string   `json:"reason,omitempty" maxLength:"8000" doc:"Needed from a lead who merges what belongs to another"`
	} `nameHint:"TicketMerge"`
}

// given says which ticket stays and which are merged into it.
func (in *mergeInput) given() (stays string, merging []string, err error) {
	switch b := in.Body; {
	case len(b.Tickets) > 0 && b.Into != "":
		return "", nil, fault.Field("body.into", "give either tickets or into")
	case b.Into != "":
		return b.Into, []string{in.ID}, nil
	case len(b.Tickets) > 0:
		return in.ID, b.Tickets, nil
	}
	return "", nil, fault.Field("body.tickets", "name the tickets to merge into this one, or give into")
}

// MergedView is the ticket that stays, with what happened to each of the others.
type MergedView struct {
	ticket.View
	Results []ticket.MergeOutcome `json:"results" doc:"What happened to each ticket that was merged"`
}

type mergeOutput struct {
	ETag string     `header:"ETag"`
	Body MergedView `nameHint:"MergedTicketView"`
}

func (s *Server) merge(ctx context.Context, in *mergeInput) (*mergeOutput, error) {
	stays, merging, err := in.given()
	if err != nil {
		return nil, err
	}
	var results []ticket.MergeOutcome
	out, err := s.act(ctx, func(tx *db.Tx) (t *ticket.Ticket, err error) {
		t, results, err = s.deps.Tickets.Merge(tx, stays, ticket.Merge{Tickets: merging, Reason: in.Body.Reason}, worker(principalOf(ctx)))
		return t, err
	})
	if err != nil {
		return nil, err
	}
	return &mergeOutput{out.ETag, MergedView{out.Body, results}}, nil
}

type unmergeInput struct {
	ByID
	Body struct {
		Reason string `json:"reason,omitempty" maxLength:"8000" doc:"Needed from a lead who does it to what belongs to another"`
	} `nameHint:"TicketUnmerge"`
}

func (s *Server) unmerge(ctx context.Context, in *unmergeInput) (*ticketOutput, error) {
	return s.act(ctx, func(tx *db.Tx) (*ticket.Ticket, error) {
		return s.deps.Tickets.Unmerge(tx, in.ID, in.Body.Reason, worker(principalOf(ctx)))
	})
}

type splitInput struct {
	ByID
	Body struct {
		Findings []string `json:"findings" minItems:"1" maxItems:"500" doc:"Ids of findings of this ticket itself; at least one has to stay"`
		Title    string   `json:"title,omitempty" maxLength:"1000" doc:"Empty is the title of the first finding"`
		Reason   string   `json:"reason,omitempty" maxLength:"8000"`
	} `nameHint:"TicketSplit"`
}

func (s *Server) split(ctx context.Context, in *splitInput) (*ticketOutput, error) {
	b := in.Body
	return s.act(ctx, func(tx *db.Tx) (*ticket.Ticket, error) {
		return s.deps.Tickets.Split(tx, in.ID, ticket.Split{Findings: b.Findings, Title: b.Title, Reason: b.Reason}, worker(principalOf(ctx)))
	})
}
