package api

import (
	"context"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
	"tocsin/internal/ticket"
)

func (s *Server) registerLists() {
	edit, read := may(identity.PolicyEdit), may(identity.PolicyEdit, identity.FindingRead)
	handle(s, get("list-lists", "/lists", read, "The lists that rules name, without their items"), s.lists)
	handle(s, get("get-list", "/lists/{name}", read, "One list; a slash in its name is percent-encoded"), s.list)
	handle(s, put("put-list", "/lists/{name}", edit, "Write a list; If-None-Match: * for a new one"), s.setList)
	handle(s, del("delete-list", "/lists/{name}", edit, "Remove a list that no rule uses"), s.removeList)
}

// ListName names a list in the path.
type ListName struct {
	Name string `path:"name" maxLength:"60"`
}

type listOutput struct {
	ETag string `header:"ETag"`
	Body ticket.List
}

func (s *Server) lists(ctx context.Context, in *ShortPaging) (*list[ticket.List], error) {
	var out []ticket.List
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		out, err = s.deps.Tickets.Lists(tx, true)
		return err
	})
	if err != nil {
		return nil, err
	}
	return pageOf(out, in, func(l ticket.List) string { return l.Name })
}

func (s *Server) list(ctx context.Context, in *ListName) (*listOutput, error) {
	out := &listOutput{}
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		out.Body, err = s.deps.Tickets.OneList(tx, in.Name)
		return err
	})
	out.ETag = etag(out.Body.Rev)
	return out, err
}

type listInput struct {
	ListName
	Revised
	IfNoneMatch string `header:"If-None-Match" required:"false" doc:"* makes a new list"`
	Body        struct {
		Kind  string            `json:"kind" enum:"text,cidr,account"`
		Items []ticket.ListItem `json:"items" maxItems:"20000" nullable:"false"`
	} `nameHint:"ListChange"`
}

func (s *Server) setList(ctx context.Context, in *listInput) (*listOutput, error) {
	var rev int64
	var err error
	switch {
	case in.IfNoneMatch == "":
		rev, err = in.rev()
	case in.IfNoneMatch != "*":
		err = fault.Field("header.If-None-Match", "must be *")
	}
	if err != nil {
		return nil, err
	}
	out := &listOutput{}
	err = s.db.Write(ctx, func(tx *db.Tx) (err error) {
		out.Body, err = s.deps.Tickets.SetList(tx, ticket.List{Name: in.Name, Kind: in.Body.Kind, Items: in.Body.Items}, rev)
		return err
	})
	out.ETag = etag(out.Body.Rev)
	return out, err
}

type listRemoval struct {
	ListName
	Revised
}

func (s *Server) removeList(ctx context.Context, in *listRemoval) (*struct{}, error) {
	rev, err := in.rev()
	if err != nil {
		return nil, err
	}
	return nil, s.db.Write(ctx, func(tx *db.Tx) error { return s.deps.Tickets.RemoveList(tx, in.Name, rev) })
}
