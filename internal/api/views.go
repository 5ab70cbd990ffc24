package api

import (
	"context"
	"net/http"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
	"tocsin/internal/ticket"
)

func (s *Server) registerViews() {
	read := may(identity.TicketRead)
	handle(s, get("list-views", "/views", read, "The views of tickets that the caller sees, each with its count as it was not long ago"), s.views)
	handle(s, post("post-view", "/views", read, "Save a view; those for a team or for everybody need ticket.force").answering(http.StatusCreated), s.saveView)
	handle(s, get("get-view", "/views/{id}", read, "One view, by its id or its name"), s.view)
	handle(s, patch("patch-view", "/views/{id}", read, "Change a view"), s.changeView)
	handle(s, del("delete-view", "/views/{id}", read, "Remove a view"), s.removeView)
}

// viewReader is how the ticket room sees who asks for views.
func viewReader(p identity.Principal) ticket.ViewReader {
	return ticket.ViewReader{ID: p.UserID, Teams: p.Teams, Leads: p.Can(identity.TicketForce)}
}

type viewsInput struct {
	ShortPaging
	Counts bool `query:"counts" default:"true" doc:"False leaves the counts out"`
}

func (s *Server) views(ctx context.Context, in *viewsInput) (*list[ticket.SavedView], error) {
	p := principalOf(ctx)
	var out *list[ticket.SavedView]
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		all, err := s.deps.Tickets.Views(tx, viewReader(p))
		if err != nil {
			return err
		}
		if out, err = pageOf(all, &in.ShortPaging, func(v ticket.SavedView) string { return v.ID }); err != nil || !in.Counts {
			return err
		}
		return s.deps.Tickets.CountViews(tx, out.Body.Items, env(p, tx))
	})
	return out, err
}

type viewOutput struct {
	ETag string `header:"ETag"`
	Body ticket.SavedView
}

func outView(v ticket.SavedView, err error) (*viewOutput, error) {
	return &viewOutput{etag(v.Rev), v}, err
}

// ByName names one thing in the path by its id or its name.
type ByName struct {
	ID string `path:"id" maxLength:"200"`
}

func (s *Server) view(ctx context.Context, in *ByName) (*viewOutput, error) {
	p := principalOf(ctx)
	var v ticket.SavedView
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		if v, err = s.deps.Tickets.SavedView(tx, viewReader(p), in.ID); err != nil {
			return err
		}
		v.Count, err = s.deps.Tickets.Tally(tx, v.Q, env(p, tx), true)
		if fault.Is(err, fault.Invalid) { // what it names may be gone; the view is there all the same
			err = nil
		}
		return err
	})
	return outView(v, err)
}

type newViewInput struct {
	Body struct {
		Name    string       `json:"name" maxLength:"200"`
		Q       string       `json:"q" maxLength:"2000" doc:"A filter in the query language"`
		Sort    string       `json:"sort,omitempty" maxLength:"100" doc:"As in the list of tickets; empty is -severity"`
		Columns []string     `json:"columns,omitempty" maxItems:"30"`
		Scope   ticket.Scope `json:"scope,omitempty" enum:"personal,team,shared" doc:"Empty is personal"`
		Team    string       `json:"team,omitempty" maxLength:"100" doc:"Of a view for a team"`
	} `nameHint:"NewView"`
}

func (s *Server) saveView(ctx context.Context, in *newViewInput) (*viewOutput, error) {
	b := in.Body
	draft := ticket.ViewDraft{Name: &b.Name, Q: &b.Q, Team: &b.Team}
	if b.Columns != nil {
		draft.Columns = &b.Columns
	}
	if b.Sort != "" {
		draft.Sort = &b.Sort
	}
	if b.Scope != "" {
		draft.Scope = &b.Scope
	}
	var v ticket.SavedView
	err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
		v, err = s.deps.Tickets.SaveView(tx, viewReader(principalOf(ctx)), draft)
		return err
	})
	return outView(v, err)
}

type viewPatch struct {
	ByID
	Revised
	Body struct {
		Name     *string       `json:"name,omitempty" maxLength:"200"`
		Q        *string       `json:"q,omitempty" maxLength:"2000"`
		Sort     *string       `json:"sort,omitempty" maxLength:"100"`
		Columns  *[]string     `json:"columns,omitempty" maxItems:"30"`
		Scope    *ticket.Scope `json:"scope,omitempty" enum:"personal,team,shared"`
		Team     *string       `json:"team,omitempty" maxLength:"100"`
		Position *int64        `json:"position,omitempty" minimum:"0" maximum:"9007199254740991" doc:"Views of one scope stand in this order; leave room between two"`
	} `nameHint:"ViewPatch"`
}

func (s *Server) changeView(ctx context.Context, in *viewPatch) (*viewOutput, error) {
	rev, err := in.rev()
	if err != nil {
		return nil, err
	}
	b := in.Body
	var v ticket.SavedView
	err = s.db.Write(ctx, func(tx *db.Tx) (err error) {
		v, err = s.deps.Tickets.ChangeView(tx, viewReader(principalOf(ctx)), in.ID, rev, ticket.ViewDraft{
			Name: b.Name, Q: b.Q, Sort: b.Sort, Columns: b.Columns, Scope: b.Scope, Team: b.Team, Position: b.Position,
		})
		return err
	})
	return outView(v, err)
}

type viewRemoval struct {
	ByID
	Revised
}

func (s *Server) removeView(ctx context.Context, in *viewRemoval) (*struct{}, error) {
	rev, err := in.rev()
	if err != nil {
		return nil, err
	}
	return nil, s.db.Write(ctx, func(tx *db.Tx) error {
		return s.deps.Tickets.RemoveView(tx, viewReader(principalOf(ctx)), in.ID, rev)
	})
}
