package api

import (
	"context"
	"net/http"

	"tocsin/internal/db"
	"tocsin/internal/finding"
	"tocsin/internal/identity"
	"tocsin/internal/ticket"
)

func (s *Server) registerTickets() {
	read := may(identity.TicketRead)
	handle(s, get("list-tickets", "/tickets", read, "Tickets by filter and order, with their count"), s.tickets)
	handle(s, post("post-ticket", "/tickets", may(identity.TicketWork), "Open a ticket by hand").answering(http.StatusCreated), s.createTicket)
	handle(s, get("ticket-counts", "/tickets/counts", read, "The numbers of the built-in views, as they were not long ago"), s.counts)
	handle(s, get("get-ticket", "/tickets/{id}", read, "One ticket whole, by INC-n or id"), s.ticket)
	handle(s, patch("patch-ticket", "/tickets/{id}", may(identity.TicketWork), "Change title, description, severity or tags"), s.changeTicket)
	handle(s, get("related-tickets", "/tickets/{id}/related", read, "Tickets that share an indicator, a resource or a principal"), s.related)
	handle(s, get("ticket-findings", "/tickets/{id}/findings", read, "The ticket's findings with their originals, oldest first"), s.ticketFindings)
	handle(s, get("ticket-log", "/tickets/{id}/log", read, "The record of the ticket, oldest first"), s.ticketLog)
}

// ticketOutput is a ticket whole, with its revision.
type ticketOutput struct {
	ETag string `header:"ETag"`
	Body ticket.View
}

func outTicket(v ticket.View, err error) (*ticketOutput, error) {
	return &ticketOutput{etag(v.Rev), v}, err
}

// reader is how the ticket room sees a principal.
func reader(p identity.Principal) ticket.Reader {
	return ticket.Reader{Worker: worker(p), Works: p.Can(identity.TicketWork), Breaks: p.Can(identity.BreakGlass)}
}

func worker(p identity.Principal) ticket.Worker {
	return ticket.Worker{ID: p.UserID, Leads: p.Can(identity.TicketForce)}
}

// act runs a command on a ticket and answers with the ticket as it is after
// it, in the same transaction.
func (s *Server) act(ctx context.Context, do func(tx *db.Tx) (*ticket.Ticket, error)) (*ticketOutput, error) {
	var v ticket.View
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		t, err := do(tx)
		if err != nil {
			return err
		}
		v, err = s.deps.Tickets.View(tx, t.ID, reader(principalOf(ctx)))
		return err
	})
	return outTicket(v, err)
}

type ticketsInput struct {
	Paging
	Q    string `query:"q" maxLength:"2000" doc:"A filter in the query language"`
	Sort string `query:"sort" maxLength:"100" doc:"opened_at, updated_at, closed_at, due_at, number or severity; - before it turns it round. Empty is -opened_at. Who looks for words gets the newest tickets; another order is of the newest thousand"`
}

// Count is how many there are; not exact where there are very many.
type Count struct {
	Value int64 `json:"value"`
	Exact bool  `json:"exact"`
}

type ticketsOutput struct {
	Body struct {
		Page[ticket.Brief]
		Count Count `json:"count"`
	} `nameHint:"TicketPage"`
}

func (s *Server) tickets(ctx context.Context, in *ticketsInput) (*ticketsOutput, error) {
	var l ticket.Listing
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		ask := ticket.Page{Query: in.Q, Sort: in.Sort, Limit: in.Limit, Cursor: in.Cursor}
		l, err = s.deps.Tickets.List(tx, ask, env(principalOf(ctx), tx))
		return err
	})
	out := &ticketsOutput{}
	out.Body.Items, out.Body.NextCursor = l.Items, l.NextCursor
	out.Body.Count = Count{l.Count, l.Exact}
	return out, err
}

type newTicketInput struct {
	Body struct {
		Title       string           `json:"title" maxLength:"1000"`
		Description string           `json:"description,omitempty" maxLength:"40000"`
		Severity    finding.Severity `json:"severity,omitempty" doc:"Empty is medium"`
		Team        string           `json:"team,omitempty" maxLength:"100" doc:"Id of a team; empty is the team that new tickets come to"`
		Tags        []string         `json:"tags,omitempty" maxItems:"50"`
	} `nameHint:"NewTicket"`
}

func (s *Server) createTicket(ctx context.Context, in *newTicketInput) (*ticketOutput, error) {
	b := in.Body
	return s.act(ctx, func(tx *db.Tx) (*ticket.Ticket, error) {
		return s.deps.Tickets.Create(tx, ticket.Draft{Title: b.Title, Description: b.Description, Severity: b.Severity, Team: b.Team, Tags: b.Tags})
	})
}

func (s *Server) ticket(ctx context.Context, in *ByID) (*ticketOutput, error) {
	var v ticket.View
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		v, err = s.deps.Tickets.View(tx, in.ID, reader(principalOf(ctx)))
		return err
	})
	return outTicket(v, err)
}

type ticketPatch struct {
	ByID
	Revised
	Body struct {
		Title       *string           `json:"title,omitempty" maxLength:"1000"`
		Description *string           `json:"description,omitempty" maxLength:"40000"`
		Severity    *finding.Severity `json:"severity,omitempty"`
		Tags        *[]string         `json:"tags,omitempty" maxItems:"50"`
	} `nameHint:"TicketPatch"`
}

func (s *Server) changeTicket(ctx context.Context, in *ticketPatch) (*ticketOutput, error) {
	rev, err := in.rev()
	if err != nil {
		return nil, err
	}
	b := in.Body
	out, err := s.act(ctx, func(tx *db.Tx) (*ticket.Ticket, error) {
		return s.deps.Tickets.Change(tx, in.ID, rev, ticket.Patch{Title: b.Title, Description: b.Description, Severity: b.Severity, Tags: b.Tags})
	})
	return out, withCurrent(err, func() (*ticket.View, error) {
		now, err := s.ticket(ctx, &in.ByID)
		return &now.Body, err
	})
}

type countsOutput struct{ Body ticket.Counts }

func (s *Server) counts(ctx context.Context, _ *struct{}) (*countsOutput, error) {
	p := principalOf(ctx)
	out := &countsOutput{}
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		out.Body, err = s.deps.Tickets.Counts(tx, env(p, tx))
		return err
	})
	return out, err
}

func (s *Server) related(ctx context.Context, in *ByID) (*list[ticket.Related], error) {
	var items []ticket.Related
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		items, err = s.deps.Tickets.Related(tx, in.ID)
		return err
	})
	return listOf(items), err
}

type ticketPaging struct {
	ByID
	Paging
}
