package api

import (
	"context"

	"tocsin/internal/db"
	"tocsin/internal/identity"
	"tocsin/internal/ticket"
)

func (s *Server) registerTicketCommands() {
	work := may(identity.TicketWork)
	handle(s, post("ticket-ack", "/tickets/{id}/ack", work, "Say that I have seen it; nobody becomes responsible"), s.acknowledge)
	handle(s, post("ticket-take", "/tickets/{id}/take", work, "Become the owner of a ticket that nobody owns"), s.take)
	handle(s, post("ticket-note", "/tickets/{id}/notes", work, "Write something down"), s.note)
	// A manager leads without working tickets; the room judges each case.
	moves := may(identity.TicketWork, identity.TicketForce)
	handle(s, post("ticket-phase", "/tickets/{id}/phase", moves, "Bring it to another phase"), s.movePhase)
	handle(s, post("ticket-close", "/tickets/{id}/close", moves, "End it with a resolution"), s.closeTicket)
	handle(s, post("ticket-reopen", "/tickets/{id}/reopen", moves, "Open it again within a week of its end"), s.reopen)
	handle(s, post("ticket-link", "/tickets/{id}/links", work, "Tie it to another ticket"), s.link)
}

func (s *Server) acknowledge(ctx context.Context, in *ByID) (*ticketOutput, error) {
	return s.act(ctx, func(tx *db.Tx) (*ticket.Ticket, error) { return s.deps.Tickets.Acknowledge(tx, in.ID) })
}

func (s *Server) take(ctx context.Context, in *ByID) (*ticketOutput, error) {
	return s.act(ctx, func(tx *db.Tx) (*ticket.Ticket, error) { return s.deps.Tickets.Take(tx, in.ID) })
}

type noteInput struct {
	ByID
	Body struct {
		Text        string `json:"text" maxLength:"100000"`
		Significant bool   `json:"significant,omitempty" doc:"Belongs to the short story of the incident"`
	} `nameHint:"Note"`
}

func (s *Server) note(ctx context.Context, in *noteInput) (*ticketOutput, error) {
	return s.act(ctx, func(tx *db.Tx) (*ticket.Ticket, error) {
		return s.deps.Tickets.AddNote(tx, in.ID, ticket.Note{Text: in.Body.Text, Significant: in.Body.Significant})
	})
}

type phaseInput struct {
	ByID
	Body struct {
		To     ticket.Phase `json:"to"`
		Reason string       `json:"reason,omitempty" maxLength:"8000"`
		Waive  bool         `json:"waive,omitempty" doc:"Skip the exit checks, with the reason"`
	} `nameHint:"PhaseMove"`
}

func (s *Server) movePhase(ctx context.Context, in *phaseInput) (*ticketOutput, error) {
	return s.act(ctx, func(tx *db.Tx) (*ticket.Ticket, error) {
		m := ticket.Move{To: in.Body.To, Reason: in.Body.Reason, Waive: in.Body.Waive}
		return s.deps.Tickets.Move(tx, in.ID, m, worker(principalOf(ctx)))
	})
}

type closeInput struct {
	ByID
	Body struct {
		Resolution ticket.Resolution `json:"resolution" enum:"resolved,false_positive,benign_true_positive,duplicate,accepted_risk,test_exercise,merged" doc:"merged is given by the command merge only"`
		Reason     string            `json:"reason" maxLength:"8000"`
	} `nameHint:"TicketClose"`
}

func (s *Server) closeTicket(ctx context.Context, in *closeInput) (*ticketOutput, error) {
	return s.act(ctx, func(tx *db.Tx) (*ticket.Ticket, error) {
		c := ticket.Close{Resolution: in.Body.Resolution, Reason: in.Body.Reason}
		return s.deps.Tickets.Close(tx, in.ID, c, worker(principalOf(ctx)))
	})
}

type reopenInput struct {
	ByID
	Body struct {
		To     ticket.Phase `json:"to,omitempty" doc:"analysis or containment; empty is analysis"`
		Reason string       `json:"reason" maxLength:"8000"`
	} `nameHint:"TicketReopen"`
}

func (s *Server) reopen(ctx context.Context, in *reopenInput) (*ticketOutput, error) {
	return s.act(ctx, func(tx *db.Tx) (*ticket.Ticket, error) {
		return s.deps.Tickets.Reopen(tx, in.ID, in.Body.To, in.Body.Reason)
	})
}

type linkInput struct {
	ByID
	Body struct {
		Ticket string `json:"ticket" maxLength:"100" doc:"INC-n or id of the other"`
	} `nameHint:"NewTicketLink"`
}

func (s *Server) link(ctx context.Context, in *linkInput) (*ticketOutput, error) {
	return s.act(ctx, func(tx *db.Tx) (*ticket.Ticket, error) {
		return s.deps.Tickets.Link(tx, in.ID, in.Body.Ticket)
	})
}
