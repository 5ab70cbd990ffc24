package api

import (
	"context"
	"net/http"
	"sync"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/identity"
	"tocsin/internal/ticket"
)

func (s *Server) registerDemo() {
	handle(s, get("get-demo", "/demo", may(identity.TicketRead, identity.UserManage), "Whether the installation holds a made-up fortnight"), s.demo)
	handle(s, post("post-demo", "/demo", may(identity.UserManage), "Fill an empty installation with a made-up fortnight").answering(http.StatusAccepted), s.startDemo)
}

// filling is the demo filler at work in this process.
type filling struct {
	mu          sync.Mutex
	running     bool
	failed      error
	done, total int
	seen        map[string]sighted // by tenant
}

// sighted is whether a tenant held made-up tickets when it was last looked.
type sighted struct {
	at    int64
	found bool
}

// demoSeenFor is how long "no" counts, in microseconds: every page of the UI
// asks, and a filter over all tickets is not free. "Yes" does not pass.
const demoSeenFor = 60_000_000

// holdsDemo reports whether the tenant holds made-up tickets.
func (s *Server) holdsDemo(ctx context.Context, tenant string) (bool, error) {
	f := &s.filling
	f.mu.Lock()
	was, ok := f.seen[tenant]
	f.mu.Unlock()
	now := s.db.Now()
	if ok && (was.found || now-was.at < demoSeenFor) {
		return was.found, nil
	}
	found, err := s.anyTicket(ctx, "demo:true")
	if err != nil {
		return false, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.seen == nil {
		f.seen = map[string]sighted{}
	}
	f.seen[tenant] = sighted{now, found}
	return found, nil
}

// Demo says how far the filling is.
type Demo struct {
	State string `json:"state" enum:"none,running,done,refused" doc:"refused: there are real tickets"`
	Done  int    `json:"done"`
	Total int    `json:"total"`
}

type demoOutput struct{ Body Demo }

func (s *Server) demo(ctx context.Context, _ *struct{}) (*demoOutput, error) {
	if err := s.filling.failure(); err != nil {
		return nil, err
	}
	d, err := s.demoState(ctx)
	return &demoOutput{d}, err
}

// failure is why the last filling ended early, until another begins.
func (f *filling) failure() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.failed
}

func (s *Server) demoState(ctx context.Context) (Demo, error) {
	f := &s.filling
	f.mu.Lock()
	d := Demo{Done: f.done, Total: f.total}
	running := f.running
	f.mu.Unlock()
	if running {
		d.State = "running"
		return d, nil
	}
	made, err := s.anyTicket(ctx, "demo:true")
	if err != nil {
		return d, err
	}
	if made {
		d.State = "done"
		return d, nil
	}
	own, err := s.anyOwn(ctx)
	d.State = "none"
	if own {
		d.State = "refused"
	}
	return d, err
}

// anyOwn reports whether there is anything that made-up tickets would stand
// among.
func (s *Server) anyOwn(ctx context.Context) (bool, error) {
	if found, err := s.anyTicket(ctx, ""); found || err != nil {
		return found, err
	}
	var p finding.Page
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		p, err = s.deps.Findings.List(tx, "", "", 1, env(principalOf(ctx), tx))
		return err
	})
	return len(p.Items) > 0, err
}

func (s *Server) anyTicket(ctx context.Context, filter string) (found bool, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		l, err := s.deps.Tickets.List(tx, ticket.Page{Query: filter, Limit: 1}, env(principalOf(ctx), tx))
		found = len(l.Items) > 0
		return err
	})
	return found, err
}

// startDemo begins the filling, which outlives the request.
func (s *Server) startDemo(ctx context.Context, _ *struct{}) (*demoOutput, error) {
	if s.deps.Demo == nil {
		return nil, fault.New(fault.Unavailable, "This server has no demo.")
	}
	d, err := s.demoState(ctx)
	if err != nil {
		return nil, err
	}
	switch d.State {
	case "refused":
		return nil, fault.New(fault.Conflict, "There are real tickets here: made-up ones would stand among them.").WithSlug("not-empty")
	case "none":
		if s.filling.begin() {
			go s.fill(context.WithoutCancel(ctx))
		}
		d.State = "running"
	}
	return &demoOutput{d}, nil
}

// begin reports whether the caller is the one to fill.
func (f *filling) begin() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.running {
		return false
	}
	f.running, f.failed, f.done, f.total = true, nil, 0, 0
	return true
}

func (s *Server) fill(ctx context.Context) {
	f := &s.filling
	var err error
	defer func() {
		if v := recover(); v != nil {
			err = fault.New(fault.Internal, "the demo filler panicked: %v", v)
		}
		if err != nil {
			s.log.ErrorContext(ctx, "the demo could not be filled", "error", err.Error())
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		f.running, f.failed, f.seen = false, err, nil
	}()
	err = s.deps.Demo(ctx, func(done, total int) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.done, f.total = done, total
	})
}
