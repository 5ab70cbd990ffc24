package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
	"tocsin/internal/journal"
	"tocsin/internal/ticket"
)

const (
	streamID   = "events"
	streamsPer = 100 // live streams of one person or service account
	pingEvery  = 15 * time.Second
	// recheckEvery and the 800 ms that identity remembers make one second.
	recheckEvery  = 200 * time.Millisecond
	streamTimeout = 30 * time.Second // for a browser to take what was written
)

func (s *Server) registerEvents() {
	o := get(streamID, "/events", may(identity.TicketRead, identity.FindingRead, identity.ConnectionRead, identity.UserManage),
		"The journal as server-sent events, from now on or after Last-Event-ID")
	text := &huma.Schema{Type: huma.TypeString}
	s.handleRaw(o, huma.Operation{
		Parameters: []*huma.Param{
			{Name: "Last-Event-ID", In: "header", Schema: text, Description: "Resume after this id; the event reset says that it is too old"},
			{Name: "last_event_id", In: "query", Schema: text, Description: "The same, for those who cannot set headers"},
		},
		Responses: map[string]*huma.Response{"200": {
			Description: "Events named like the kinds of journal entries; data is JSON with stream, ticket, number, kind, at and actor",
			Content:     map[string]*huma.MediaType{"text/event-stream": {Schema: text}},
		}},
	}, s.events)
}

// streams counts open streams by user, and remembers numbers of tickets.
type streams struct {
	mu      sync.Mutex
	open    map[string]int
	numbers map[string]string
}

func (st *streams) enter(user string) bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.open == nil {
		st.open = map[string]int{}
	}
	if st.open[user] >= streamsPer {
		return false
	}
	st.open[user]++
	return true
}

func (st *streams) leave(user string) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.open[user]--; st.open[user] <= 0 {
		delete(st.open, user)
	}
}

func (st *streams) count() (n int) {
	st.mu.Lock()
	defer st.mu.Unlock()
	for _, of := range st.open {
		n += of
	}
	return n
}

// event is what is said of one journal entry. It is thin: whoever wants more
// asks, and is judged then.
type event struct {
	Stream string `json:"stream"`
	Ticket string `json:"ticket,omitempty"`
	Number string `json:"number,omitempty"`
	Kind   string `json:"kind"`
	At     string `json:"at"`
	Actor  string `json:"actor"`
}

// events follows the journal for one caller until either goes.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	p := principalOf(r.Context())
	if !onlyParams(r, "last_event_id") {
		s.refuse(w, r, fault.Field("query", "this takes last_event_id only"))
		return
	}
	user := p.Tenant + " " + p.UserID
	if !s.streams.enter(user) {
		s.refuse(w, r, fault.New(fault.Busy, "You have %d live streams open already.", streamsPer).WithSlug("streams").WithRetryAfter(10*time.Second))
		return
	}
	defer s.streams.leave(user)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // a proxy must not hold events back
	out := &stream{s: s, p: p, to: w, flush: http.NewResponseController(w)}
	out.begin(r)
	out.follow(r.Context())
}

func onlyParams(r *http.Request, names ...string) bool {
	known := map[string]bool{}
	for _, n := range names {
		known[n] = true
	}
	for key := range r.URL.Query() {
		if !known[key] {
			return false
		}
	}
	return true
}

// stream is one open stream.
type stream struct {
	s     *Server
	p     identity.Principal
	to    http.ResponseWriter
	flush *http.ResponseController
	pos   int64
	err   error
}

// begin finds where to start and greets. An id that cannot be resumed from is
// answered by reset: the caller loads everything again.
func (st *stream) begin(r *http.Request) {
	st.pos = st.s.deps.Feed.Last()
	fmt.Fprint(st.to, "retry: 3000\n\n")
	last := r.Header.Get("Last-Event-ID")
	if last == "" {
		last = r.URL.Query().Get("last_event_id")
	}
	if last == "" {
		st.send("")
		return
	}
	pos, err := strconv.ParseInt(last, 10, 64)
	if err == nil {
		_, _, ok := st.s.deps.Feed.After(pos)
		if ok {
			st.pos = pos
			st.send("")
			return
		}
	}
	st.reset()
}

func (st *stream) reset() {
	st.pos = st.s.deps.Feed.Last()
	st.send(fmt.Sprintf("id: %d\nevent: reset\ndata: {}\n\n", st.pos))
}

// send writes and flushes; it may take only so long, because a caller who does
// not read must not hold a stream for ever.
func (st *stream) send(text string) {
	_ = st.flush.SetWriteDeadline(st.s.now().Add(streamTimeout)) // not every server has deadlines
	if _, err := st.to.Write([]byte(text)); err != nil {
		st.err = err
		return
	}
	if err := st.flush.Flush(); err != nil {
		st.err = err
	}
}

func (st *stream) follow(ctx context.Context) {
	recheck, ping := time.NewTicker(recheckEvery), time.NewTicker(pingEvery)
	defer recheck.Stop()
	defer ping.Stop()
	for st.err == nil {
		entries, more, ok := st.s.deps.Feed.After(st.pos)
		if !ok {
			st.reset()
			continue
		}
		if len(entries) > 0 {
			if !st.still(ctx) { // what happened may be that this caller was cut off
				return
			}
			st.pass(ctx, entries)
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-more:
		case <-recheck.C:
			if !st.still(ctx) {
				return
			}
		case <-ping.C:
			st.send(": ping\n\n")
		}
	}
}

// still asks again who the caller is and what they may see.
func (st *stream) still(ctx context.Context) bool {
	p, err := st.s.deps.Identity.Recheck(ctx, st.p)
	if err != nil {
		return false
	}
	st.p = p
	return true
}

// pass sends those of the entries that the caller may know of.
func (st *stream) pass(ctx context.Context, entries []journal.Record) {
	var text strings.Builder
	for i := range entries {
		e := &entries[i]
		st.pos = e.Pos
		if e.Tenant == st.p.Tenant && visible(e.Kind, st.p) {
			st.write(ctx, &text, e)
		}
	}
	if text.Len() > 0 {
		st.send(text.String())
	}
}

func (st *stream) write(ctx context.Context, text *strings.Builder, e *journal.Record) {
	v := event{Stream: e.Stream, Kind: e.Kind, At: stamp(e.At), Actor: e.Actor}
	if id, ok := strings.CutPrefix(e.Stream, "ticket:"); ok {
		v.Ticket, v.Number = id, st.s.number(ctx, e, id)
	}
	data, err := json.Marshal(v)
	if err != nil {
		return // strings always marshal
	}
	fmt.Fprintf(text, "id: %d\nevent: %s\ndata: %s\n\n", e.Pos, e.Kind, data)
}

// visible says whether a principal may know that a kind of thing happened. A
// kind that is not listed is seen by nobody.
func visible(kind string, p identity.Principal) bool {
	noun, _, _ := strings.Cut(kind, ".")
	switch noun {
	case "ticket", "owner", "phase", "note", "view", "handover", "task", "sla", "escalation", "notification", "snooze", "evidence":
		return p.Can(identity.TicketRead)
	case "duty", "schedule", "override":
		return p.Can(identity.TicketRead) || p.Can(identity.DutyEdit)
	case "finding":
		return p.Can(identity.TicketRead) || p.Can(identity.FindingRead)
	case "quarantine":
		return p.Can(identity.TicketRead) || p.Can(identity.QuarantineManage)
	case "policy", "list", "suppression", "window", "storm":
		return p.Can(identity.TicketRead) || p.Can(identity.PolicyEdit)
	case "connection", "reconcile", "webhook":
		return p.Can(identity.ConnectionRead)
	case "backup", "retention", "downtime", "heartbeat":
		return p.Can(identity.InstallationRead)
	case "user", "team", "token", "signin", "installation", "factor", "stepup", "contact":
		return p.Can(identity.UserManage)
	}
	return false
}

// number is the human number of a ticket: from the entry that opened it, from
// memory, or looked up. "" when it cannot be found.
func (s *Server) number(ctx context.Context, e *journal.Record, id string) string {
	key := e.Tenant + " " + id
	s.streams.mu.Lock()
	known, ok := s.streams.numbers[key]
	s.streams.mu.Unlock()
	if ok {
		return known
	}
	var found string
	err := s.db.Read(db.As(ctx, e.Tenant, "system:api"), func(tx *db.Tx) error {
		t, err := s.deps.Tickets.Get(tx, id)
		if err == nil {
			found = ticket.Number(t.Number)
		}
		return err
	})
	if err != nil {
		return ""
	}
	s.streams.remember(key, found)
	return found
}

// remembered bounds the numbers that are kept.
const remembered = 10_000

func (st *streams) remember(key, number string) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.numbers == nil || len(st.numbers) >= remembered {
		st.numbers = map[string]string{}
	}
	st.numbers[key] = number
}

// stamp writes a time as the API does: RFC 3339 UTC with microseconds.
func stamp(micros int64) string { return db.Time(micros).Format("2006-01-02T15:04:05.000000Z") }
