package main

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
)

// judgeWithin bounds the judging of one history; one that takes longer is
// undecided, which proves nothing.
const judgeWithin = time.Minute

// verdicts are what porcupine said of the histories.
type verdicts struct {
	tickets, wrong, undecided                                         int
	reads, opened, moved, accepted, refused, unknown, traced, longest int
	example                                                           string
}

// judge looks at a round: the clients have ended and every server runs. What
// they asked for and nobody answered may still be done while it looks.
func (s *siege) judge() error {
	time.Sleep(time.Second) // what stood still catches up
	pool, err := openStore(s.o)
	if err != nil {
		return err
	}
	defer func() { _ = pool.Close() }()
	if err := s.readRows(pool); err != nil {
		return fmt.Errorf("reading the database: %w", err)
	}
	made, err := offersMade(pool)
	if err != nil {
		return err
	}
	left, err := readTraces(pool)
	if err != nil {
		return err
	}
	for _, p := range s.parcels {
		p.name(made)
		s.verdicts.unknown += p.forget(left)
	}
	s.explainAll()
	return s.found.look(pool)
}

// readRows appends to each history what the database holds at its end.
func (s *siege) readRows(pool *sql.DB) error {
	byID := map[string]*parcel{}
	for _, p := range s.parcels {
		byID[p.id] = p
	}
	call := time.Since(s.began).Nanoseconds()
	return each(pool, `SELECT t.id, COALESCE(t.owner,''), t.accountable, t.closed_at, t.ownership_rev, COALESCE(h.id,'')
		FROM ticket t LEFT JOIN handover h ON h.tenant = t.tenant AND h.ticket = t.id AND h.state = 'offered'`, func(rows *sql.Rows) error {
		var id string
		var closed *int64
		r := reply{status: 200}
		err := rows.Scan(&id, &r.owner, &r.accountable, &closed, &r.rev, &r.offer)
		if p := byID[id]; p != nil && err == nil {
			r.closed = closed != nil
			p.history = append(p.history, event{deed: deed{kind: opRow, who: &player{id: "the database"}}, reply: r, call: call, back: math.MaxInt64 - 1})
		}
		return err
	})
}

// offersMade maps what a client wrote into an offer to its id, for those whose
// making was not answered.
func offersMade(pool *sql.DB) (map[string]string, error) {
	made := map[string]string{}
	return made, each(pool, `SELECT next_step, id FROM handover`, func(rows *sql.Rows) error {
		var step, id string
		err := rows.Scan(&step, &id)
		made[step] = id
		return err
	})
}

func (p *parcel) name(made map[string]string) {
	for i := range p.history {
		d := &p.history[i].deed
		if id, ok := made[d.offer]; ok && d.kind == opOffer {
			d.offer = id
		}
	}
}

// trace is what an operation leaves in the journal, by whoever did it.
type trace struct{ ticket, kind, actor, offer string }

func (p *parcel) trace(d deed) trace {
	t := trace{ticket: "ticket:" + p.id, actor: "user:" + d.who.id}
	switch t.kind = d.kind; d.kind {
	case opOffer, opAccept, opDecline, opWithdraw:
		t.offer = d.offer
	}
	return t
}

// readTraces counts what was done, by its entries.
func readTraces(pool *sql.DB) (map[trace]int, error) {
	kinds := map[string]string{
		"owner.taken": opTake, "owner.returned_to_intake": opReturn, "ticket.closed": opClose, "ticket.reopened": opReopen,
		"handover.offered": opOffer, "handover.accepted": opAccept, "handover.declined": opDecline, "handover.withdrawn": opWithdraw,
	}
	left := map[trace]int{}
	return left, each(pool, `SELECT stream, kind, actor, data FROM entry WHERE kind LIKE 'owner.%' OR kind LIKE 'handover.%' OR kind LIKE 'ticket.%'`, func(rows *sql.Rows) error {
		var t trace
		var raw []byte
		if err := rows.Scan(&t.ticket, &t.kind, &t.actor, &raw); err != nil {
			return err
		}
		if t.kind = kinds[t.kind]; t.kind == "" {
			return nil
		}
		var d struct{ Handover string }
		err := json.Unmarshal(raw, &d)
		t.offer = d.Handover
		left[t]++
		return err
	})
}

// forget leaves out what was not answered and has left no trace of its own: it
// has not happened, and histories with many such take for ever to judge. Where
// the journal is wrong about that, the history is left without an explanation;
// one that has none gains none. It returns how many were not answered.
func (p *parcel) forget(left map[trace]int) (unanswered int) {
	answered := map[trace]int{}
	for _, e := range p.history {
		if again := e.kind == opTake || e.kind == opAccept; !e.unknown && e.status < 300 && !again { // those two may be done again and leave nothing
			answered[p.trace(e.deed)]++
		}
	}
	p.history = slices.DeleteFunc(p.history, func(e event) bool {
		if !e.unknown {
			return false
		}
		unanswered++
		t := p.trace(e.deed)
		return left[t] <= answered[t]
	})
	return unanswered
}

// operations are a history as porcupine reads it. What was not answered has no
// end.
func (p *parcel) operations() []porcupine.Operation {
	ops := make([]porcupine.Operation, len(p.history))
	for i, e := range p.history {
		ops[i] = porcupine.Operation{ClientId: e.client, Input: e.deed, Call: e.call, Output: e.reply, Return: e.back}
		if e.unknown {
			ops[i].Return = math.MaxInt64
		}
	}
	return ops
}

// explainAll asks porcupine about every ticket of the round.
func (s *siege) explainAll() {
	var wg sync.WaitGroup
	var mu sync.Mutex
	work := make(chan *parcel)
	for range runtime.NumCPU() {
		wg.Go(func() {
			for p := range work {
				result, info := porcupine.CheckOperationsVerbose(modelOf(p.of), p.operations(), judgeWithin)
				mu.Lock()
				s.verdicts.count(p, result)
				if bad := s.verdicts.wrong + s.verdicts.undecided; result != porcupine.Ok && bad <= 5 {
					s.verdicts.example = p.story(s.work, info)
				}
				mu.Unlock()
			}
		})
	}
	for _, p := range s.parcels {
		if p.suits() && (s.specimen == nil || len(p.history) > len(s.specimen.history)) {
			s.specimen = p
		}
		work <- p
	}
	close(work)
	wg.Wait()
}

func (v *verdicts) count(p *parcel, result porcupine.CheckResult) {
	v.tickets++
	v.longest = max(v.longest, len(p.history))
	switch result {
	case porcupine.Illegal:
		v.wrong++
	case porcupine.Unknown:
		v.undecided++
	}
	for _, e := range p.history {
		switch {
		case e.kind == opRow:
		case e.unknown:
			v.traced++
		case e.status >= 300:
			v.refused++
		case e.kind == opOpen:
			v.opened++
		case e.kind == opRead, e.kind == opLook:
			v.reads++
		default:
			v.moved++
			if e.kind == opAccept {
				v.accepted++
			}
		}
	}
}

// story keeps what nobody can explain for whoever looks into it.
func (p *parcel) story(dir string, info porcupine.LinearizationInfo) string {
	path := filepath.Join(dir, "ticket-"+p.id+".html")
	slices.SortStableFunc(p.history, func(a, b event) int { return cmp.Compare(a.back, b.back) })
	for _, e := range p.history {
		fmt.Fprintf(os.Stderr, "%12d %12d %2d %s -> %s\n", e.call, e.back, e.client, e.deed, e.reply)
	}
	if err := porcupine.VisualizePath(modelOf(p.of), info, path); err != nil {
		return "ticket " + p.id + ": " + err.Error()
	}
	return "ticket " + p.id + ", drawn in " + path
}

// suits reports whether the judge can be tried with a history: everything was
// answered, and of several who accepted one lost.
func (p *parcel) suits() bool {
	last := p.history[len(p.history)-1]
	return p.loser() >= 0 && last.kind == opRow && last.owner != "" && !slices.ContainsFunc(p.history, func(e event) bool { return e.unknown })
}

// loser is somebody who accepted too late.
func (p *parcel) loser() int {
	return slices.IndexFunc(p.history, func(e event) bool { return e.kind == opAccept && e.state == "accepted" && e.status == 409 })
}

// selfCheck proves that the judge can find: a second winner of one offer, an
// owner whom nobody made, a change that was answered and forgotten, an old state
// seen once more; and in the database a moved owner, a person who has left, a
// second offer.
func (s *siege) selfCheck() row {
	const promise = "the judge of ownership itself: two winners, a stale read, a forgotten acceptance; a moved owner, an inactive person, a second offer"
	if s.specimen == nil {
		s.specimen = s.madeUp()
	}
	figures, all := []string{}, s.specimen.suits() && s.specimen.judged(nil)
	for _, plant := range []struct {
		what string
		do   func(h []event) []event
	}{
		{"two winners", s.specimen.twoWinners},
		{"stale read", s.specimen.staleRead},
		{"forgotten", s.specimen.forgotten},
	} {
		found := !s.specimen.judged(plant.do)
		all = all && found
		figures = append(figures, fmt.Sprintf("%s %v", plant.what, found))
	}
	inRows := s.found.planted()
	figures = append(figures, fmt.Sprintf("%d of 3 in the database", inRows))
	return row{promise, "found: " + strings.Join(figures, ", "), "all", verdict(all && inRows == 3)}
}

// madeUp is a history as the model tells it, for a run that was too short for one
// to try the judge with: two of a team accept what their lead has offered.
func (s *siege) madeUp() *parcel {
	p := &parcel{of: s.sides[0]}
	c, lead, one, other := first(p.of), s.players[0], s.players[teams], s.players[2*teams]
	for i, d := range []deed{
		{kind: opTake, who: lead},
		{kind: opOffer, who: lead, offer: "1", to: p.of.id},
		{kind: opAccept, who: one, offer: "1"},
		{kind: opAccept, who: other, offer: "1"},
		{kind: opRow, who: lead},
	} {
		e := event{deed: d, call: int64(2 * i), back: int64(2*i + 1)}
		c, e.reply = c.do(d, p.of)
		p.history = append(p.history, e)
	}
	return p
}

// judged reports whether a history can be explained after something was planted.
func (p *parcel) judged(plant func(h []event) []event) bool {
	q := &parcel{of: p.of, history: slices.Clone(p.history)}
	if plant != nil {
		q.history = plant(q.history)
	}
	return porcupine.CheckOperationsTimeout(modelOf(p.of), q.operations(), judgeWithin) == porcupine.Ok
}

func (p *parcel) twoWinners(h []event) []event {
	e := &h[p.loser()]
	e.reply = reply{status: 200, offer: e.deed.offer, state: "accepted", by: e.who.id, from: e.from, to: e.reply.to}
	for _, made := range h {
		if made.kind == opOffer && made.reply.offer == e.deed.offer && made.status == 201 {
			e.from, e.reply.to = made.from, made.reply.to
		}
	}
	return h
}

// staleRead adds a reader who at the end sees the ticket as it was at first.
func (p *parcel) staleRead(h []event) []event {
	end := h[len(h)-1].call
	c := first(p.of)
	return append(h, event{deed: deed{kind: opRead, who: &player{}}, reply: c.seen(), call: end + 1, back: math.MaxInt64 - 1})
}

// forgotten leaves out an acceptance that was answered.
func (p *parcel) forgotten(h []event) []event {
	taken := func(e event) bool { return e.kind == opAccept && e.status == 200 }
	which := h[slices.IndexFunc(h, taken)].deed.offer
	return slices.DeleteFunc(h, func(e event) bool { return taken(e) && e.deed.offer == which })
}
