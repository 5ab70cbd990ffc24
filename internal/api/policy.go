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
	handle(s, get("get-policy", "/policy", may(identity.PolicyEdit, identity.FindingRead), "The rules that say which findings open tickets"), s.policy)
	handle(s, put("put-policy", "/policy", may(identity.PolicyEdit), "Replace the rules"), s.setPolicy)
	handle(s, post("preview-policy", "/policy/preview", may(identity.PolicyEdit), "What rules would have done with the findings of the last days"), s.preview)
}

type policyOutput struct {
	ETag string `header:"ETag"`
	Body ticket.Policy
}

func outPolicy(p ticket.Policy, err error) (*policyOutput, error) {
	return &policyOutput{etag(p.Rev), p}, err
}

func (s *Server) policy(ctx context.Context, _ *struct{}) (*policyOutput, error) {
	var p ticket.Policy
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		p, err = s.deps.Tickets.Policy(tx)
		return err
	})
	return outPolicy(p, err)
}

type policyInput struct {
	Revised
	Body struct {
		Rules []ticket.Rule `json:"rules" maxItems:"200"`
	} `nameHint:"PolicyChange"`
}

func (s *Server) setPolicy(ctx context.Context, in *policyInput) (*policyOutput, error) {
	rev, err := in.rev()
	if err != nil {
		return nil, err
	}
	var p ticket.Policy
	err = s.db.Write(ctx, func(tx *db.Tx) (err error) {
		p, err = s.deps.Tickets.SetPolicy(tx, ticket.Policy{Rules: in.Body.Rules, Rev: rev})
		return err
	})
	return outPolicy(p, err)
}

type previewInput struct {
	Body struct {
		Rules []ticket.Rule `json:"rules" maxItems:"200"`
		Days  int           `json:"days" minimum:"1" maximum:"90"`
	} `nameHint:"PolicyPreviewAsk"`
}

type previewOutput struct{ Body ticket.Preview }

func (s *Server) preview(ctx context.Context, in *previewInput) (*previewOutput, error) {
	out := &previewOutput{}
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		out.Body, err = s.deps.Tickets.Preview(tx, ticket.Policy{Rules: in.Body.Rules}, in.Body.Days)
		return err
	})
	return out, err
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

func (s *Server) complete(_ context.Context, in *completeInput) (*list[query.Suggestion], error) {
	table := ticket.Fields()
	switch in.On {
	case "findings":
		table = finding.ListFields()
	case "rules":
		table = finding.Fields()
	}
	return listOf(query.Complete(in.Q, in.Pos, table)), nil
}
