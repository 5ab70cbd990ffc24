package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"tocsin/internal/db"
	"tocsin/internal/duty"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
)

func (s *Server) registerOnCall() {
	read := may(identity.TicketRead, identity.DutyEdit)
	handle(s, get("list-oncall", "/oncall", read, "Who is on duty now by each schedule, who comes next, and who answers when nobody is"), s.onCall)
	handle(s, get("list-feeds", "/oncall/feeds", read, "My addresses for calendar programs"), s.feeds)
	handle(s, post("post-feed", "/oncall/feeds", read, "Make an address for a calendar program; its token is shown once").
		answering(http.StatusCreated).withSecret(), s.createFeed)
	handle(s, del("delete-feed", "/oncall/feeds/{id}", read, "End one of my addresses"), s.revokeFeed)
	s.registerCalendar()
}

// registerCalendar describes the route that calendar programs read. It is public:
// the token in the address says who asks.
func (s *Server) registerCalendar() {
	o := get("get-calendar", "/oncall/{calendar}", everybody(), "Shifts as iCalendar: the id of a schedule and .ics, or me.ics; with the token of POST /oncall/feeds")
	o.before = s.slowedDown
	text := &huma.Schema{Type: huma.TypeString}
	s.handleRaw(o, huma.Operation{
		Parameters: []*huma.Param{
			{Name: "calendar", In: "path", Required: true, Schema: text},
			{Name: "token", In: "query", Required: true, Schema: text},
		},
		Responses: map[string]*huma.Response{"200": {
			Description: "The shifts of the last month and of the next 60 days",
			Content:     map[string]*huma.MediaType{"text/calendar": {Schema: text}},
		}},
	}, s.calendar)
}

// slowedDown lets each network address ask only so often, before anything is
// looked up. It is not how often one may mistype: many calendar programs stand
// behind one address.
func (s *Server) slowedDown(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := s.limits.hooks.take(network(r), s.now()); err != nil {
			s.refuse(w, r, err)
			return
		}
		next(w, r)
	}
}

func (s *Server) calendar(w http.ResponseWriter, r *http.Request) {
	if !onlyParams(r, "token") {
		s.refuse(w, r, fault.Field("query", "this takes token only"))
		return
	}
	of, err := duty.CalendarName(r.PathValue("calendar"))
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	text, err := s.deps.Duty.ICalendar(r.Context(), of, r.URL.Query().Get("token"))
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/calendar; charset=utf-8")
	h.Set("Cache-Control", "private, no-store")
	_, _ = w.Write([]byte(text))
}

func (s *Server) onCall(ctx context.Context, in *ShortPaging) (*list[duty.OnCall], error) {
	var items []duty.OnCall
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		items, err = s.deps.Duty.OnCall(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return pageOf(items, in, func(v duty.OnCall) string { return v.Schedule })
}

func (s *Server) feeds(ctx context.Context, in *ShortPaging) (*list[duty.Feed], error) {
	var items []duty.Feed
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		items, err = s.deps.Duty.Feeds(tx, principalOf(ctx).UserID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return pageOf(items, in, func(f duty.Feed) string { return f.ID })
}

type newFeedInput struct {
	Body struct {
		Schedule string `json:"schedule,omitempty" maxLength:"100" doc:"Id of a schedule; empty is my own shifts on all schedules"`
	} `nameHint:"NewFeed"`
}

type feedOutput struct{ Body duty.Feed }

func (s *Server) createFeed(ctx context.Context, in *newFeedInput) (*feedOutput, error) {
	out := &feedOutput{}
	err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
		out.Body, err = s.deps.Duty.NewFeed(tx, principalOf(ctx).UserID, in.Body.Schedule)
		return err
	})
	return out, err
}

func (s *Server) revokeFeed(ctx context.Context, in *ByID) (*struct{}, error) {
	return nil, s.db.Write(ctx, func(tx *db.Tx) error { return s.deps.Duty.RevokeFeed(tx, principalOf(ctx).UserID, in.ID) })
}
