package api

import (
	"context"

	"tocsin/internal/db"
	"tocsin/internal/finding"
	"tocsin/internal/identity"
	"tocsin/internal/query"
	"tocsin/internal/ticket"
)

func (s *Server) registerPolicy() {
	edit, read := may(identity.PolicyEdit), may(identity.PolicyEdit, identity.FindingRead)
	handle(s, get("get-policy", "/policy", read, "The rules for findings, in the order in which they act"), s.policy)
	handle(s, put("put-policy", "/policy", edit, "Replace sections of the rules; those left out stay as they are"), s.setPolicy)
	handle(s, post("preview-policy", "/policy/preview", edit, "What rules would have done with the findings of the last days"), s.preview)
	handle(s, get("list-policy-history", "/policy/history", read, "Who changed the rules, when and why"), s.policyHistory)
	handle(s, get("get-policy-version", "/policy/history/{rev}", read, "The rules as they were at a revision"), s.policyAt)
	handle(s, post("undo-policy", "/policy/undo", edit, "Put an earlier revision back, as a new one"), s.undoPolicy)
}

type policyOutput struct {
	ETag string `header:"ETag"`
	Body ticket.Policy
}

func (s *Server) outPolicy(ctx context.Context, p ticket.Policy, err error) (*policyOutput, error) {
	if err != nil {
		return nil, err
	}
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		person := db.Actor(p.UpdatedBy).Person()
		names, err := identity.NameOf(tx, person)
		p.UpdatedByName = names[person]
		return err
	})
	return &policyOutput{etag(p.Rev), p}, err
}

func (s *Server) policy(ctx context.Context, _ *struct{}) (*policyOutput, error) {
	var p ticket.Policy
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		p, err = s.deps.Tickets.Policy(tx)
		return err
	})
	return s.outPolicy(ctx, p, err)
}

type policyInput struct {
	Revised
	Body struct {
		ticket.Sections
		Reason  string `json:"reason,omitempty" maxLength:"4000" doc:"Why; it stands in the history"`
		Confirm bool   `json:"confirm,omitempty" doc:"A suppression or window that silences more than half of what comes in is meant"`
	} `nameHint:"PolicyChange"`
}

func (s *Server) setPolicy(ctx context.Context, in *policyInput) (*policyOutput, error) {
	rev, err := in.rev()
	if err != nil {
		return nil, err
	}
	if !in.Body.Confirm {
		if err := s.db.Read(ctx, func(tx *db.Tx) error { return s.deps.Tickets.Broad(tx, in.Body.Sections) }); err != nil {
			return nil, err
		}
	}
	var p ticket.Policy
	err = s.db.Write(ctx, func(tx *db.Tx) (err error) {
		p, err = s.deps.Tickets.SetPolicy(tx, ticket.PolicyChange{Sections: in.Body.Sections, Rev: rev, Reason: in.Body.Reason})
		return err
	})
	return s.outPolicy(ctx, p, err)
}

type previewInput struct {
	Body struct {
		ticket.Sections
		Days int `json:"days" minimum:"1" maximum:"90"`
	} `nameHint:"PolicyPreviewAsk"`
}

type previewOutput struct{ Body ticket.Preview }

func (s *Server) preview(ctx context.Context, in *previewInput) (*previewOutput, error) {
	out := &previewOutput{}
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		out.Body, err = s.deps.Tickets.Preview(tx, in.Body.Sections, in.Body.Days)
		return err
	})
	return out, err
}

func (s *Server) policyHistory(ctx context.Context, _ *struct{}) (*list[ticket.PolicyVersion], error) {
	var out []ticket.PolicyVersion
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		out, err = s.deps.Tickets.PolicyHistory(tx)
		return err
	})
	return listOf(out), err
}

type policyRevInput struct {
	Rev int64 `path:"rev" minimum:"0"`
}

func (s *Server) policyAt(ctx context.Context, in *policyRevInput) (*policyOutput, error) {
	var p ticket.Policy
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		p, err = s.deps.Tickets.PolicyAt(tx, in.Rev)
		return err
	})
	return s.outPolicy(ctx, p, err)
}

type undoInput struct {
	Revised
	Body struct {
		ToRev  int64  `json:"to_rev" minimum:"0"`
		Reason string `json:"reason,omitempty" maxLength:"4000"`
	} `nameHint:"PolicyUndo"`
}

func (s *Server) undoPolicy(ctx context.Context, in *undoInput) (*policyOutput, error) {
	rev, err := in.rev()
	if err != nil {
		return nil, err
	}
	var p ticket.Policy
	err = s.db.Write(ctx, func(tx *db.Tx) (err error) {
		p, err = s.deps.Tickets.UndoPolicy(tx, rev, in.Body.ToRev, in.Body.Reason)
		return err
	})
	return s.outPolicy(ctx, p, err)
}

// registerQuery registers what helps people write filters.
func (s *Server) registerQuery() {
	handle(s, get("complete-query", "/query/complete", may(identity.TicketRead, identity.FindingRead, identity.PolicyEdit),
		"What can stand at a place of a filter that is being typed"), s.complete)
}

type completeInput struct {
	On  string `query:"on" enum:"tickets,findings,rules" required:"true"`
	Q   string `query:"q" maxLength:"2000"`
	Pos int    `query:"pos" minimum:"0" maximum:"2000" doc:"Byte of q at which the cursor stands"`
}

func (s *Server) complete(ctx context.Context, in *completeInput) (*list[query.Suggestion], error) {
	table := ticket.Fields()
	switch in.On {
	case "findings":
		table = finding.ListFields()
	case "rules":
		table = finding.RuleFields()
	}
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		table, err = s.deps.Tickets.WithLists(tx, table, &query.Env{}, in.Q)
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(query.Complete(in.Q, in.Pos, table)), nil
}
