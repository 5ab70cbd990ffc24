package api

import (
	"context"
	"net/http"

	"tocsin/internal/db"
	"tocsin/internal/finding"
	"tocsin/internal/identity"
	"tocsin/internal/ticket"
)

func (s *Server) registerHandovers() {
	read, work := may(identity.TicketRead), may(identity.TicketWork)
	moves := may(identity.TicketWork, identity.TicketForce)
	handle(s, post("post-offer", "/tickets/{id}/offers", moves, "Offer a ticket to a person or a team, with a briefing; its owner stays responsible until it is accepted").answering(http.StatusCreated), s.offer)
	handle(s, get("list-handovers", "/handovers", read, "Offers made to me, of mine, or all, newest first"), s.handovers)
	handle(s, get("get-handover", "/handovers/{id}", read, "One offer with its briefing and what has changed since"), s.handover)
	handle(s, post("handover-open", "/handovers/{id}/open", work, "Note that I have opened a section of the briefing"), s.openSection)
	handle(s, post("handover-accept", "/handovers/{id}/accept", work, "Become the owner, with the whole briefing read; of many who accept at once one wins"), s.acceptOffer)
	handle(s, post("handover-decline", "/handovers/{id}/decline", work, "Refuse an offer with a category and a reason; the owner stays responsible"), s.decline)
	handle(s, post("handover-withdraw", "/handovers/{id}/withdraw", moves, "Take an offer back"), s.withdraw)
	handle(s, post("ticket-return", "/tickets/{id}/return", work, "Give a ticket back to the intake of one's own team, as its lead"), s.returnToIntake)
	handle(s, post("ticket-break-glass", "/tickets/{id}/break-glass", may(identity.BreakGlass), "Take a ticket over at once, with a reason and a fresh proof of who I am").fresh(), s.breakGlass)
}

type offerInput struct {
	ByID
	Body struct {
		ToUser   string `json:"to_user,omitempty" maxLength:"60" doc:"Id of a person; or to_team"`
		ToTeam   string `json:"to_team,omitempty" maxLength:"60" doc:"Id of a team: whoever of it accepts first has it"`
		NextStep string `json:"next_step" maxLength:"20000" doc:"What has to be done next"`
		Risks    string `json:"risks,omitempty" maxLength:"20000" doc:"What can go wrong; required from high upwards"`
	} `nameHint:"NewOffer"`
}

type handoverOutput struct{ Body ticket.HandoverView }

// onOffer runs a command on an offer and answers with the offer as it is after
// it, in the same transaction.
func (s *Server) onOffer(ctx context.Context, do func(tx *db.Tx, w ticket.Worker) (*ticket.Handover, error)) (*handoverOutput, error) {
	var v ticket.HandoverView
	r := reader(principalOf(ctx))
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		h, err := do(tx, r.Worker)
		if err != nil {
			return err
		}
		if h, err = s.deps.Tickets.Handover(tx, h.ID); err != nil {
			return err
		}
		v, err = s.deps.Tickets.ViewHandover(tx, h, r)
		return err
	})
	return &handoverOutput{v}, err
}

func (s *Server) offer(ctx context.Context, in *offerInput) (*handoverOutput, error) {
	return s.onOffer(ctx, func(tx *db.Tx, w ticket.Worker) (*ticket.Handover, error) {
		o := ticket.Offer{ToUser: in.Body.ToUser, ToTeam: in.Body.ToTeam, NextStep: in.Body.NextStep, Risks: in.Body.Risks}
		return s.deps.Tickets.Offer(tx, in.ID, o, w)
	})
}

type handoversInput struct {
	Paging
	Box    string `query:"box" enum:"inbox,outbox,all" default:"inbox" doc:"inbox: made to me or a team of mine; outbox: of what I was responsible for"`
	State  string `query:"state" enum:"offered,decided,all" default:"all"`
	Ticket string `query:"ticket" maxLength:"100" doc:"INC-n or id: offers of one ticket"`
}

func (s *Server) handovers(ctx context.Context, in *handoversInput) (*list[ticket.HandoverView], error) {
	p := principalOf(ctx)
	f := ticket.HandoverFilter{Box: ticket.Box(in.Box), State: in.State, Person: p.UserID, Teams: p.Teams, Limit: in.Limit + 1}
	if in.Cursor != "" {
		var err error
		if f.AfterAt, f.AfterID, err = finding.ParseCursor(in.Cursor); err != nil {
			return nil, err
		}
	}
	var out *list[ticket.HandoverView]
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		if in.Ticket != "" {
			t, err := s.deps.Tickets.Get(tx, in.Ticket)
			if err != nil {
				return err
			}
			f.Ticket = t.ID
		}
		found, err := s.deps.Tickets.Handovers(tx, f)
		if err != nil {
			return err
		}
		views, err := s.deps.Tickets.ViewHandovers(tx, found[:min(len(found), in.Limit)], reader(p))
		out = listOf(views)
		if len(found) > in.Limit {
			last := found[in.Limit-1]
			out.Body.NextCursor = finding.MakeCursor(last.MadeAt, last.ID)
		}
		return err
	})
	return out, err
}

func (s *Server) handover(ctx context.Context, in *ByID) (*handoverOutput, error) {
	var v ticket.HandoverView
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		h, err := s.deps.Tickets.Handover(tx, in.ID)
		if err != nil {
			return err
		}
		v, err = s.deps.Tickets.ViewHandover(tx, h, reader(principalOf(ctx)))
		return err
	})
	return &handoverOutput{v}, err
}

type sectionInput struct {
	ByID
	Body struct {
		Section string `json:"section" maxLength:"40"`
	} `nameHint:"OpenedSection"`
}

func (s *Server) openSection(ctx context.Context, in *sectionInput) (*handoverOutput, error) {
	return s.onOffer(ctx, func(tx *db.Tx, w ticket.Worker) (*ticket.Handover, error) {
		return s.deps.Tickets.OpenSection(tx, in.ID, in.Body.Section, w.ID)
	})
}

type acceptanceInput struct {
	ByID
	Body struct {
		Checklist []string `json:"checklist" maxItems:"40" nullable:"false" doc:"Ids of the sections that were opened"`
		DeltaSeq  int64    `json:"delta_seq,omitempty" minimum:"0" doc:"Up to where what changed since the offer was read"`
	} `nameHint:"Acceptance"`
}

func (s *Server) acceptOffer(ctx context.Context, in *acceptanceInput) (*handoverOutput, error) {
	return s.onOffer(ctx, func(tx *db.Tx, _ ticket.Worker) (*ticket.Handover, error) {
		return s.deps.Tickets.Accept(tx, in.ID, ticket.Acceptance{Checklist: in.Body.Checklist, DeltaSeq: in.Body.DeltaSeq})
	})
}

type declineInput struct {
	ByID
	Body struct {
		Category string `json:"category" enum:"wrong_team,no_capacity,missing_info,not_on_shift"`
		Reason   string `json:"reason" maxLength:"8000" doc:"At least 10 characters"`
	} `nameHint:"Decline"`
}

func (s *Server) decline(ctx context.Context, in *declineInput) (*handoverOutput, error) {
	return s.onOffer(ctx, func(tx *db.Tx, w ticket.Worker) (*ticket.Handover, error) {
		return s.deps.Tickets.Decline(tx, in.ID, in.Body.Category, in.Body.Reason, w)
	})
}

type mayReasonInput struct {
	ByID
	Body struct {
		Reason string `json:"reason,omitempty" maxLength:"8000"`
	} `nameHint:"WithReason"`
}

func (s *Server) withdraw(ctx context.Context, in *mayReasonInput) (*handoverOutput, error) {
	return s.onOffer(ctx, func(tx *db.Tx, w ticket.Worker) (*ticket.Handover, error) {
		return s.deps.Tickets.Withdraw(tx, in.ID, in.Body.Reason, w)
	})
}

func (s *Server) returnToIntake(ctx context.Context, in *reasonInput) (*ticketOutput, error) {
	return s.act(ctx, func(tx *db.Tx) (*ticket.Ticket, error) {
		return s.deps.Tickets.ReturnToIntake(tx, in.ID, in.Body.Reason)
	})
}

func (s *Server) breakGlass(ctx context.Context, in *reasonInput) (*ticketOutput, error) {
	return s.act(ctx, func(tx *db.Tx) (*ticket.Ticket, error) { return s.deps.Tickets.BreakGlass(tx, in.ID, in.Body.Reason) })
}
