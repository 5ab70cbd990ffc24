package api

import (
	"context"

	"tocsin/internal/db"
	"tocsin/internal/identity"
	"tocsin/internal/sla"
)

func (s *Server) registerSLA() {
	edit, read := may(identity.SLAEdit), may(identity.SLAEdit, identity.TicketRead)
	handle(s, get("get-sla", "/sla", read, "Targets, calendars and ladders as they are in force"), s.targets)
	handle(s, put("put-sla", "/sla", edit, "Replace sections of the targets; those left out stay as they are. Running clocks go on by the version that they follow"), s.setTargets)
	handle(s, get("list-sla-history", "/sla/history", read, "Who changed the targets, when and why"), s.targetsHistory)
	handle(s, get("get-sla-version", "/sla/history/{rev}", read, "The targets as they were"), s.targetsAt)
	handle(s, post("undo-sla", "/sla/undo", edit, "Put an earlier version back, as a new one"), s.undoTargets)
	handle(s, post("simulate-sla", "/sla/simulate", read, "What would fall due for a ticket, and who would be called when; nothing is kept"), s.simulate)
	handle(s, post("rebase-sla", "/sla/rebase", edit, "Let running clocks follow the newest version; with dry_run only say what that would change"), s.rebase)
	handle(s, get("explain-ticket-sla", "/tickets/{id}/sla", may(identity.TicketRead), "How the clocks of a ticket came to stand as they do"), s.explain)
	s.registerPauses()
}

type targetsOutput struct {
	ETag string      `header:"ETag"`
	Body sla.Edition `nameHint:"SLADocument"`
}

// readTargets answers with a document that is read.
func (s *Server) readTargets(ctx context.Context, read func(tx *db.Tx) (sla.Edition, error)) (*targetsOutput, error) {
	var e sla.Edition
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		e, err = read(tx)
		return err
	})
	return outTargets(e, err)
}

// writeTargets answers with a document that is written.
func (s *Server) writeTargets(ctx context.Context, write func(tx *db.Tx) (sla.Edition, error)) (*targetsOutput, error) {
	var e sla.Edition
	err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
		e, err = write(tx)
		return err
	})
	return outTargets(e, err)
}

func outTargets(e sla.Edition, err error) (*targetsOutput, error) {
	if err != nil {
		return nil, err
	}
	return &targetsOutput{etag(e.Rev), e}, nil
}

func (s *Server) targets(ctx context.Context, _ *struct{}) (*targetsOutput, error) {
	return s.readTargets(ctx, s.deps.SLA.Edition)
}

type targetsInput struct {
	Revised
	Body struct {
		sla.Sections
		Reason string `json:"reason,omitempty" maxLength:"4000" doc:"Why; it stands in the history"`
	} `nameHint:"SLAChange"`
}

func (s *Server) setTargets(ctx context.Context, in *targetsInput) (*targetsOutput, error) {
	rev, err := in.rev()
	if err != nil {
		return nil, err
	}
	return s.writeTargets(ctx, func(tx *db.Tx) (sla.Edition, error) {
		return s.deps.SLA.Set(tx, sla.Change{Sections: in.Body.Sections, Rev: rev, Reason: in.Body.Reason})
	})
}

func (s *Server) targetsHistory(ctx context.Context, _ *struct{}) (*list[sla.EditionBrief], error) {
	var out []sla.EditionBrief
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		out, err = s.deps.SLA.History(tx)
		return err
	})
	return listOf(out), err
}

type targetsRevInput struct {
	Rev int64 `path:"rev" minimum:"1"`
}

func (s *Server) targetsAt(ctx context.Context, in *targetsRevInput) (*targetsOutput, error) {
	return s.readTargets(ctx, func(tx *db.Tx) (sla.Edition, error) { return s.deps.SLA.EditionAt(tx, in.Rev) })
}

type undoTargetsInput struct {
	Revised
	Body struct {
		ToRev  int64  `json:"to_rev" minimum:"1"`
		Reason string `json:"reason,omitempty" maxLength:"4000"`
	} `nameHint:"SLAUndo"`
}

func (s *Server) undoTargets(ctx context.Context, in *undoTargetsInput) (*targetsOutput, error) {
	rev, err := in.rev()
	if err != nil {
		return nil, err
	}
	return s.writeTargets(ctx, func(tx *db.Tx) (sla.Edition, error) {
		return s.deps.SLA.Undo(tx, rev, in.Body.ToRev, in.Body.Reason)
	})
}

type simulateInput struct {
	Body sla.Simulate `nameHint:"SLASimulate"`
}

type simulateOutput struct {
	Body sla.Simulation `nameHint:"SLASimulation"`
}

func (s *Server) simulate(ctx context.Context, in *simulateInput) (*simulateOutput, error) {
	out := &simulateOutput{}
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		out.Body, err = s.deps.SLA.SimulateTicket(tx, in.Body)
		return err
	})
	return out, err
}

type rebaseInput struct {
	Body struct {
		DryRun bool   `json:"dry_run,omitempty" doc:"Only say what would change"`
		Reason string `json:"reason,omitempty" maxLength:"4000" doc:"Why; needed unless it is a dry run"`
	} `nameHint:"SLARebaseAsk"`
}

type rebaseOutput struct {
	Body sla.Rebase `nameHint:"SLARebase"`
}

func (s *Server) rebase(ctx context.Context, in *rebaseInput) (*rebaseOutput, error) {
	r, err := s.deps.SLA.RebaseDry(ctx)
	if err != nil || in.Body.DryRun {
		return &rebaseOutput{r}, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error { return s.deps.SLA.RebaseLater(tx, in.Body.Reason) })
	return &rebaseOutput{r}, err
}

type explainOutput struct {
	Body sla.Explained `nameHint:"SLAExplained"`
}

func (s *Server) explain(ctx context.Context, in *ByID) (*explainOutput, error) {
	out := &explainOutput{}
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		out.Body, err = s.deps.SLA.Explain(tx, in.ID)
		return err
	})
	return out, err
}
