package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"tocsin/internal/identity"
)

// prefix stands before every path of the API.
const prefix = "/api/v1"

// access says who may call a route. Its zero value says nothing, and a route
// that says nothing stops New: closed is the default.
type access struct {
	declared bool
	public   bool
	any      []identity.Permission // one of these is needed; none: signing in is enough
}

// everybody is for what must work before anybody has signed in. The list of
// such routes is held by a test.
func everybody() access { return access{declared: true, public: true} }

// signedIn is for what concerns only the caller.
func signedIn() access { return access{declared: true} }

// may is for callers who hold one of the permissions.
func may(first identity.Permission, more ...identity.Permission) access {
	return access{declared: true, any: append([]identity.Permission{first}, more...)}
}

// allows returns nil when the principal may call the route.
func (a access) allows(p identity.Principal) error {
	if len(a.any) == 0 {
		return nil
	}
	for _, permission := range a.any {
		if p.Can(permission) {
			return nil
		}
	}
	return p.Need(a.any[0])
}

// operation is one route: who may call it, and how it is guarded and described.
type operation struct {
	id, method, path string
	summary          string
	access           access
	status           int   // of a success; 0 lets huma say (200, or 204 without a body)
	limit            int64 // bytes of the body; 0 is bodyLimit
	secret           bool  // the answer holds a secret, which is never kept for a replay
	guessable        bool  // somebody could guess here: limited by network address
	raw              bool  // the body is any text, checked by the handler
	form             bool  // the body is a form, checked by the handler; together with raw
	stream           bool  // the handler reads the body itself, bit by bit; together with raw
	proof            proof // what the session must have proven

	// before is a step of its own before the body is read; nil has none.
	before func(next http.HandlerFunc) http.HandlerFunc
}

func get(id, path string, a access, summary string) operation {
	return operation{id: id, method: http.MethodGet, path: path, access: a, summary: summary}
}

func post(id, path string, a access, summary string) operation {
	return operation{id: id, method: http.MethodPost, path: path, access: a, summary: summary}
}

func put(id, path string, a access, summary string) operation {
	return operation{id: id, method: http.MethodPut, path: path, access: a, summary: summary}
}

func patch(id, path string, a access, summary string) operation {
	return operation{id: id, method: http.MethodPatch, path: path, access: a, summary: summary}
}

func del(id, path string, a access, summary string) operation {
	return operation{id: id, method: http.MethodDelete, path: path, access: a, summary: summary}
}

func (o operation) answering(status int) operation { o.status = status; return o }
func (o operation) withSecret() operation          { o.secret = true; return o }
func (o operation) limited() operation             { o.guessable = true; return o }

// proof says what a session must have proven beside who it belongs to.
type proof int

const (
	whole           proof = iota // a second factor, of a person who has one
	unproven                     // nothing yet: this route is on the way to a whole session
	fresh                        // a second factor within the last five minutes
	freshIfEnrolled              // the same, of a person who has one
)

// fresh asks for a second factor proven within five minutes. Who has not is
// answered 403 step-up-required; an API token cannot, and is answered 403
// step-up-impossible. It is asked before the request counts as made, so that
// the same request with the same Idempotency-Key may follow the proof.
func (o operation) fresh() operation { o.proof = fresh; return o }

// freshIfEnrolled asks the same of a person who has a second factor.
func (o operation) freshIfEnrolled() operation { o.proof = freshIfEnrolled; return o }

// beforeProof lets a session in that has yet to prove its second factor. The
// list of such routes is held by a test.
func (o operation) beforeProof() operation { o.proof = unproven; return o }

// key is how a route is written in tests and messages.
func (o operation) key() string { return o.method + " " + o.path }

const metadataKey = "operation"

// handle registers an operation whose body and answer huma reads, checks and
// describes. The handler's errors become problems.
func handle[I, O any](s *Server, o operation, do func(ctx context.Context, in *I) (*O, error)) {
	huma.Register(s.huma, o.described(), func(ctx context.Context, in *I) (*O, error) {
		out, err := do(ctx, in)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		return out, nil
	})
}

// handleRaw registers an operation that reads and writes HTTP itself; d says
// what the description holds beside what every operation has.
func (s *Server) handleRaw(o operation, d huma.Operation, do http.HandlerFunc) {
	described := o.described()
	described.RequestBody, described.Parameters = d.RequestBody, append(described.Parameters, d.Parameters...)
	for status, r := range d.Responses {
		described.Responses[status] = r
	}
	s.huma.OpenAPI().AddOperation(&described)
	s.route(o, prefix, do)
}

// described is what the OpenAPI file says of every operation.
func (o operation) described() huma.Operation {
	d := huma.Operation{
		OperationID: o.id, Method: o.method, Path: o.path, Summary: o.summary, DefaultStatus: o.status,
		Tags:         []string{strings.Split(o.path, "/")[1]},
		MaxBodyBytes: -1, BodyReadTimeout: -1, // body.go bounds both
		Metadata: map[string]any{metadataKey: o},
		Responses: map[string]*huma.Response{
			"default": {Description: "Not a success", Content: map[string]*huma.MediaType{problemType: {Schema: problemRef()}}},
		},
		Security: []map[string][]string{{"token": {}}, {"session": {}}},
	}
	if o.access.public {
		d.Security = []map[string][]string{}
	}
	if o.method == http.MethodPost {
		d.Parameters = append(d.Parameters, idempotencyParam())
	}
	d.Extensions = map[string]any{"x-permissions": o.access.names()}
	if o.proof == fresh || o.proof == freshIfEnrolled {
		d.Extensions["x-step-up"] = true
	}
	return d
}

func (a access) names() []string {
	names := []string{}
	for _, p := range a.any {
		names = append(names, string(p))
	}
	return names
}

// adapter lets huma put its routes behind our guard.
type adapter struct{ s *Server }

// Handle implements huma.Adapter.
func (a adapter) Handle(op *huma.Operation, handler func(huma.Context)) {
	o, ok := op.Metadata[metadataKey].(operation)
	if !ok {
		o = operation{id: op.OperationID, method: op.Method, path: op.Path} // declares no access
	}
	takesBody := op.RequestBody != nil
	a.s.route(o, prefix, func(w http.ResponseWriter, r *http.Request) {
		if !takesBody && !a.s.refuseBody(w, r) {
			return
		}
		r.Header.Del("Accept") // there is one format
		handler(humago.NewContext(op, r, w))
	})
}

// ServeHTTP implements huma.Adapter.
func (a adapter) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.s.mux.ServeHTTP(w, r) }

// route puts a handler behind the guard. It is the only place that registers
// what asks or changes anything.
func (s *Server) route(o operation, under string, do http.HandlerFunc) {
	if !o.access.declared {
		s.faults = append(s.faults, fmt.Errorf("route %s does not say who may call it", o.key()))
		return
	}
	if o.limit == 0 {
		o.limit = bodyLimit
	}
	o.path = under + o.path
	s.routes = append(s.routes, o)
	s.mux.Handle(o.method+" "+o.path, s.guard(o, do))
}

// guard lets a request through to do when its caller may call the route, its
// body is whole, and it was not answered before.
func (s *Server) guard(o operation, do http.HandlerFunc) http.Handler {
	steps := s.plainQuery(do)
	if o.method == http.MethodPost && !o.access.public {
		steps = s.once(o, steps)
	}
	if o.method != http.MethodGet && !o.stream {
		steps = s.wholeBody(o, steps)
	}
	if !o.access.public {
		steps = s.authorised(o, steps)
	}
	if o.before != nil {
		steps = o.before(steps)
	}
	if o.guessable {
		steps = s.unhurried(steps)
	}
	return s.measured(o, steps)
}
