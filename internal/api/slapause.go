package api

import (
	"context"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/identity"
	"tocsin/internal/sla"
	"tocsin/internal/ticket"
)

func (s *Server) registerPauses() {
	// A manager leads without working tickets; the room judges each case.
	work := may(identity.TicketWork, identity.TicketForce)
	handle(s, post("ticket-pause", "/tickets/{id}/pause", work, "Stop the clocks that may wait, with a reason and an end. For a critical ticket a second person must agree: the wish is kept and the answer is 403"), s.pause)
	handle(s, post("ticket-pause-approve", "/tickets/{id}/pause/approve", may(identity.TicketForce), "Agree to the pause that somebody else asked for; it counts from now on"), s.approvePause)
	handle(s, post("ticket-resume", "/tickets/{id}/resume", work, "Let the clocks run again, or take back the wish to pause"), s.resume)
}

type pauseInput struct {
	ByID
	Body struct {
		Reason string    `json:"reason" maxLength:"40" doc:"Id of a reason of the policy"`
		Text   string    `json:"text" maxLength:"8000" doc:"What is waited for"`
		Until  time.Time `json:"until" doc:"When it ends by itself"`
	} `nameHint:"TicketPause"`
}

// pause answers with the ticket. A wish that needs a second person is kept, and
// only then refused.
func (s *Server) pause(ctx context.Context, in *pauseInput) (*ticketOutput, error) {
	var kept sla.PauseRow
	out, err := s.act(ctx, func(tx *db.Tx) (t *ticket.Ticket, err error) {
		ask := sla.PauseAsk{Reason: in.Body.Reason, Text: in.Body.Text, Until: in.Body.Until.UnixMicro()}
		if kept, err = s.deps.SLA.PauseTicket(tx, in.ID, ask, worker(principalOf(ctx))); err != nil {
			return nil, err
		}
		return s.deps.Tickets.Get(tx, in.ID)
	})
	if err == nil && kept.Waits() {
		return nil, sla.ErrSecondPerson(kept)
	}
	return out, err
}

func (s *Server) approvePause(ctx context.Context, in *ByID) (*ticketOutput, error) {
	return s.act(ctx, func(tx *db.Tx) (*ticket.Ticket, error) {
		if _, err := s.deps.SLA.ApprovePause(tx, in.ID, worker(principalOf(ctx))); err != nil {
			return nil, err
		}
		return s.deps.Tickets.Get(tx, in.ID)
	})
}

type resumeInput struct {
	ByID
	Body struct {
		Text string `json:"text" maxLength:"8000" doc:"Why the clocks run again"`
	} `nameHint:"TicketResume"`
}

func (s *Server) resume(ctx context.Context, in *resumeInput) (*ticketOutput, error) {
	return s.act(ctx, func(tx *db.Tx) (*ticket.Ticket, error) {
		if _, err := s.deps.SLA.ResumeTicket(tx, in.ID, in.Body.Text, worker(principalOf(ctx))); err != nil {
			return nil, err
		}
		return s.deps.Tickets.Get(tx, in.ID)
	})
}
