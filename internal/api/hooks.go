package api

import (
	"context"
	"encoding/json"
	"mime"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"tocsin/internal/connection"
	"tocsin/internal/connector"
	"tocsin/internal/db"
	"tocsin/internal/identity"
)

func (s *Server) registerHooks() {
	s.registerHook()
	handle(s, get("list-deliveries", "/connections/{id}/deliveries", may(identity.ConnectionRead, identity.ConnectionManage),
		"The last deliveries of a webhook, newest first, at most 50 of the last day"), s.deliveries)
}

// registerHook describes the route that outside systems call. It is public: who
// calls is proven by a signature, which the connection checks.
func (s *Server) registerHook() {
	o := post("post-hook", "/hooks/{id}", everybody(), "Deliver findings to a webhook; signed, and answered when they are durable")
	o.limit, o.raw, o.before = intakeLimit, true, s.paced
	body := &huma.MediaType{Schema: &huma.Schema{Description: "What the connection's mapping reads, or the formats of POST /findings"}}
	s.handleRaw(o, huma.Operation{
		Parameters:  []*huma.Param{{Name: "id", In: "path", Required: true, Description: "The connection", Schema: &huma.Schema{Type: huma.TypeString}}},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": body, "text/csv": {Schema: &huma.Schema{Type: huma.TypeString}}}},
		Responses: map[string]*huma.Response{"200": {
			Description: "Everything given is durable, or was before (duplicate)",
			Content: map[string]*huma.MediaType{"application/json": {
				Schema: s.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[HookResults](), true, ""),
			}},
		}},
	}, s.hook)
}

// HookResults answers a delivery.
type HookResults struct {
	Duplicate bool           `json:"duplicate" doc:"The same delivery came before; nothing was done"`
	Results   []IntakeResult `json:"results" doc:"What became of each part, in the order given"`
}

// paced lets each network address and each webhook call only so often, before
// anything is read, computed or looked up.
func (s *Server) paced(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := s.limits.hooks.take(network(r), s.now())
		if err == nil {
			err = s.limits.intake.take(hookBucket(r), s.now())
		}
		if err != nil {
			s.deps.Connections.Hooks.Limited.Add(1)
			s.refuse(w, r, err)
			return
		}
		next(w, r)
	}
}

func hookBucket(r *http.Request) string { return "hook:" + bounded(r.PathValue("id"), 64) }

// hook takes a delivery in.
func (s *Server) hook(w http.ResponseWriter, r *http.Request) {
	ctx, body := r.Context(), bodyOf(r)
	call := connection.Call{Call: connector.Call{Header: r.Header, Body: body, At: s.now()}, From: network(r)}
	caller, err := s.deps.Connections.Hooks.Prove(ctx, r.PathValue("id"), call)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	if caller.Delivery.Mapping != nil && len(body) > bodyLimit {
		s.refuse(w, r, tooLarge(bodyLimit))
		return
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if challenge := challengeOf(body); challenge != "" && kind != csvType {
		s.answer(w, r, map[string]string{"challenge": challenge})
		return
	}
	results, duplicate, err := s.deps.Deliver(ctx, caller, kind == csvType, body)
	s.limits.intake.charge(hookBucket(r), s.now(), len(results)-1)
	if err != nil {
		s.refuse(w, r, intakeFault(err))
		return
	}
	s.answer(w, r, HookResults{Duplicate: duplicate, Results: resultsOf(results).Results})
}

// challengeOf is what Slack wants to have back before it sends anything to an
// address; "" for every other body.
func challengeOf(body []byte) string {
	if len(body) > 4096 || !strings.Contains(string(body), "url_verification") {
		return ""
	}
	var m struct{ Type, Challenge string }
	if json.Unmarshal(body, &m) != nil || m.Type != "url_verification" || len(m.Challenge) > 256 {
		return ""
	}
	return m.Challenge
}

// answer writes a success as JSON.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(append(body, '\n'))
}

func (s *Server) deliveries(ctx context.Context, in *ByID) (*list[connection.Receipt], error) {
	var items []connection.Receipt
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		if _, err = s.deps.Connections.Get(tx, in.ID); err != nil {
			return err
		}
		items, err = s.deps.Connections.Hooks.Receipts(tx, in.ID)
		return err
	})
	return listOf(items), err
}
