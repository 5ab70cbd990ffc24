package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"tocsin/test/harness"
)

const (
	// answerWithin is less than the longest pause, so that some give up on
	// what is done later.
	answerWithin = 2 * time.Second
	// spread is how many tickets they work on at a time: few, so that they meet.
	spread = 8
	// span is after how many operations, beside the opening of sections, they
	// leave a ticket alone: a longer history takes longer to judge.
	span = 110
	// crowded is how many of them are at one ticket at most: where all wait for a
	// server that stands still, their orders are too many to be looked through.
	crowded = 10
)

// parcel is a ticket that is passed on, and what was asked and answered about it.
type parcel struct {
	id string
	of *side

	busy    atomic.Int32 // clients that are at it
	mu      sync.Mutex
	history []event
	counted int
	hint    hint
}

// hint is how a ticket was when somebody last looked: what to try next.
type hint struct {
	owner  string
	closed bool
	offer
	sections []string
	ready    *atomic.Int32 // those who have read the briefing and want to accept
}

// event is one operation as a client saw it. Offers stand under the ids that
// the product gave them.
type event struct {
	deed
	reply
	client     int
	call, back int64
}

// relay is a crowd that passes tickets on, through every fault.
type relay struct {
	players []*player
	sides   []*side
	urls    func(client int) string
	began   time.Time
	goal    int64 // operations of this round

	ops      atomic.Int64 // so far
	offers   atomic.Int64
	broken   atomic.Int64 // answers of 500
	mu       sync.Mutex
	slots    [spread]*parcel
	parcels  []*parcel
	stop     atomic.Bool
	struck   atomic.Bool // a server was killed in this round
	finished sync.WaitGroup
}

// runner is one client.
type runner struct {
	*relay
	n   int
	me  *player
	rng *rand.Rand
	c   *harness.Caller
}

// run lets everybody work until there are enough operations.
func (r *relay) run(seed uint64) {
	for i, p := range r.players {
		one := &runner{relay: r, n: i, me: p, rng: rand.New(rand.NewPCG(seed, uint64(i)))}
		r.finished.Go(one.work)
	}
}

func (r *runner) work() {
	for (r.ops.Load() < r.goal || !r.struck.Load()) && !r.stop.Load() {
		p := r.choose()
		if p == nil {
			time.Sleep(10 * time.Millisecond) // nobody listens
			continue
		}
		if p.busy.Add(1) <= crowded {
			r.act(p)
		} else {
			time.Sleep(time.Millisecond)
		}
		p.busy.Add(-1)
	}
	if r.c != nil {
		r.c.Close()
	}
}

// choose prefers a ticket that this client can do something with.
func (r *runner) choose() *parcel {
	slot := r.rng.IntN(spread)
	r.mu.Lock()
	slots := r.slots
	r.mu.Unlock()
	if r.rng.IntN(2) == 0 {
		for k := range spread {
			if p := slots[(slot+k)%spread]; p != nil && p.wants(r.me) {
				return p
			}
		}
	}
	if p := slots[slot]; p != nil && !p.worn() {
		return p
	}
	return r.open(slot)
}

func (p *parcel) wants(me *player) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.counted < span && (p.hint.owner == me.id || p.hint.to == me.id || p.hint.to == me.team.id)
}

func (p *parcel) worn() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.counted >= span
}

// open puts a new ticket into a slot. Of one whose opening was not answered
// nothing is known, so nobody works on it.
func (r *runner) open(slot int) *parcel {
	of := r.sides[r.rng.IntN(len(r.sides))]
	a, err := r.ask("POST", "/tickets", map[string]any{"title": "Passed on", "severity": "medium", "team": of.id})
	if err != nil || a.status != 201 && a.status != 200 {
		return nil
	}
	p := &parcel{id: a.ID, of: of}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.slots[slot] = p
	r.parcels = append(r.parcels, p)
	return p
}

// said is what answers hold: tickets, offers and problems.
type said struct {
	status      int
	ID          string          `json:"id"`
	Type        string          `json:"type"`
	Owner       *string         `json:"owner"`
	Accountable string          `json:"accountable"`
	Phase       string          `json:"phase"`
	Handover    json.RawMessage `json:"handover"`
	From        string          `json:"from"`
	ToUser      *string         `json:"to_user"`
	ToTeam      *string         `json:"to_team"`
	State       string          `json:"state"`
	DecidedBy   string          `json:"decided_by"`
	DeltaSeq    int64           `json:"delta_seq"`
	Checklist   []struct {
		ID string `json:"id"`
	} `json:"checklist"`
}

var (
	errNotSent  = errors.New("nobody listens")
	errNoAnswer = errors.New("nobody has answered")
)

// ask sends one request to the server that this client uses now; after a failure
// it turns to another.
func (r *runner) ask(method, path string, in any) (said, error) {
	if r.c == nil {
		c, err := harness.NewCaller(r.urls(r.rng.IntN(1<<20)), r.me.token)
		if err != nil {
			return said{}, errNotSent
		}
		c.Within = answerWithin
		r.c = c
	}
	var body []byte
	if in != nil {
		body, _ = json.Marshal(in)
	}
	a, err := r.c.Do(method, "/api/v1"+path, body)
	if err != nil {
		r.c.Close()
		r.c = nil
		var dialled *net.OpError
		if errors.As(err, &dialled) && dialled.Op == "dial" {
			return said{}, errNotSent
		}
		return said{}, errNoAnswer
	}
	if a.Status >= 500 || a.Status == 429 { // refused, or an end that is not known: neither promises anything
		if a.Status == 500 {
			r.broken.Add(1)
		}
		return said{}, errNoAnswer
	}
	s := said{}
	if err := json.Unmarshal(a.Raw, &s); err != nil {
		return said{}, errNoAnswer
	}
	s.status = a.Status
	return s, nil
}

// record does an operation and writes down what was asked and answered. It
// returns nil where that is not known.
func (r *runner) record(p *parcel, d deed, method, path string, in any) *said {
	d.who = r.me
	call := time.Since(r.began).Nanoseconds()
	a, err := r.ask(method, path, in)
	if errors.Is(err, errNotSent) {
		time.Sleep(10 * time.Millisecond)
		return nil
	}
	e := event{deed: d, client: r.n, call: call, back: time.Since(r.began).Nanoseconds()}
	if err != nil {
		e.unknown = true
		if d.kind == opRead || d.kind == opLook || d.kind == opOpen {
			return nil // whether it was done or not makes no difference
		}
	} else {
		e.reply = a.reply(d.kind)
	}
	if d.kind == opOffer && a.ID != "" {
		e.deed.offer = a.ID
	}
	p.write(e, &a)
	r.ops.Add(1)
	if err != nil {
		return nil
	}
	return &a
}

func (p *parcel) write(e event, a *said) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.history = append(p.history, e)
	if e.kind != opOpen {
		p.counted++
	}
	if e.unknown {
		return
	}
	switch {
	case a.Phase != "":
		p.hint.owner, p.hint.closed = e.owner, e.closed
		if e.reply.offer != p.hint.id {
			p.hint.offer, p.hint.ready = offer{id: e.reply.offer}, &atomic.Int32{}
			p.hint.to = a.offeredTo()
		}
	case e.status == 201:
		p.hint.offer, p.hint.ready = offer{id: e.reply.offer, from: e.from, to: e.to()}, &atomic.Int32{}
		p.hint.sections = a.sections()
	case e.status == 200 && e.state != "offered" && e.reply.offer == p.hint.id:
		if p.hint.offer = (offer{}); e.state == "accepted" {
			p.hint.owner = e.by
		}
	}
}

func (e event) to() string { return e.reply.to }

func (s *said) sections() (ids []string) {
	for _, c := range s.Checklist {
		ids = append(ids, c.ID)
	}
	return ids
}

// offeredTo is to whom the open offer of a ticket was made.
func (s *said) offeredTo() string {
	var o said
	if json.Unmarshal(s.Handover, &o) != nil {
		return ""
	}
	return text(o.ToUser) + text(o.ToTeam)
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// reply is what an answer says of who has the ticket.
func (s *said) reply(kind string) reply {
	r := reply{status: s.status}
	if s.status >= 300 {
		r.slug = strings.TrimPrefix(s.Type, "urn:tocsin:error:")
		switch r.slug {
		case "already-owned":
			r.owner = text(s.Owner)
		case "offer-open":
			_ = json.Unmarshal(s.Handover, &r.offer)
		case "handover-already-decided":
			r.state, r.by = s.State, s.DecidedBy
		}
		return r
	}
	switch kind {
	case opOffer, opOpen, opAccept, opDecline, opWithdraw, opLook:
		r.offer, r.state, r.by, r.from, r.to = s.ID, s.State, s.DecidedBy, s.From, text(s.ToUser)+text(s.ToTeam)
		if kind == opOpen { // noted while it was open; the answer may show already how it ended
			r.state, r.by = "offered", ""
		}
		return r
	}
	var open said
	_ = json.Unmarshal(s.Handover, &open)
	r.owner, r.accountable, r.closed, r.offer = text(s.Owner), s.Accountable, s.Phase == "closed", open.ID
	return r
}

func (d deed) String() string {
	return strings.TrimSpace(fmt.Sprintf("%s by %s %s %s", d.kind, d.who.id, d.offer, d.to))
}

func (r reply) String() string {
	if r.unknown {
		return "nobody answered"
	}
	return fmt.Sprintf("%d %s owner=%q accountable=%q closed=%v offer=%q %s by=%q rev=%d", r.status, r.slug, r.owner, r.accountable, r.closed, r.offer, r.state, r.by, r.rev)
}
