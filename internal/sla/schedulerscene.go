package sla

import (
	"tocsin/internal/db"
	"tocsin/internal/journal"
	"tocsin/internal/notify"
	"tocsin/internal/ticket"
)

// scene is one ticket in one transaction: what is said and done there leaves it
// at the end, so that each person hears of a ticket once.
type scene struct {
	s     *SLA
	tx    *db.Tx
	id    string
	t     *ticket.Ticket
	chain *journal.Chain
	said  []saying
	catch *catching // what is being made good; nil for nothing
	done  tally
	cast  cast
	// entries are what the clocks follow from, as they were when the look began;
	// nil when they were not read, or were used.
	entries []journal.Record
	runs    []run          // the ladders that it climbs
	known   bool           // runs was read
	lines   []journal.Line // to be written before anything else is read or written there
	// out gathers the notices of a batch, which are then kept by few statements;
	// nil tells them at once.
	out *[]notify.Notice
}

// saying is a notice and when what it is about was due.
type saying struct {
	notify.Notice
	due int64
}

// tally counts what a look has done.
type tally struct {
	fired, late int64
	worst       int64 // µs, the longest delay
}

func (t *tally) add(o tally) {
	t.fired += o.fired
	t.late += o.late
	t.worst = max(t.worst, o.worst)
}

// lateAfter is how late something may be done before it counts as late.
const lateAfter = 5_000_000

func (s *SLA) scene(tx *db.Tx, id string) *scene { return &scene{s: s, tx: tx, id: id} }

// ticket is the ticket as it is now.
func (sc *scene) ticket() (t *ticket.Ticket, err error) {
	if sc.t == nil {
		sc.t, err = sc.s.tickets.Get(sc.tx, sc.id)
	}
	return sc.t, err
}

// follow is the one chain of the ticket's stream in this transaction.
func (sc *scene) follow() (c *journal.Chain, err error) {
	if sc.chain == nil {
		sc.chain, err = sc.s.journal.Follow(sc.tx, ticket.Stream(sc.id))
	}
	return sc.chain, err
}

// write journals something, together with what else is journaled here.
func (sc *scene) write(kind string, data map[string]any) {
	sc.lines = append(sc.lines, journal.Line{Kind: kind, Data: data})
}

// flush writes what was journaled so far.
func (sc *scene) flush() error {
	if len(sc.lines) == 0 {
		return nil
	}
	chain, err := sc.follow()
	if err != nil {
		return err
	}
	lines := sc.lines
	sc.lines = nil
	return chain.AppendAll(lines...)
}

// climbed are the ladders that the ticket climbs, as they were when the look at
// it began, and those that it began itself.
func (sc *scene) climbed() (_ []run, err error) {
	if !sc.known {
		sc.runs, err = runsOf(sc.tx, sc.id)
		sc.known = err == nil
	}
	return sc.runs, err
}

// begin starts a ladder in the scene.
func (sc *scene) begin(r run) (started bool, err error) {
	if _, err := sc.climbed(); err != nil {
		return false, err
	}
	r, started, err = sc.s.enter(sc.tx, r)
	if started {
		sc.runs = append(sc.runs, r)
		sc.lines = append(sc.lines, r.started())
	}
	return started, err
}

// did counts something that was due.
func (sc *scene) did(due int64) {
	by := sc.tx.Now() - due
	sc.done.fired++
	sc.done.worst = max(sc.done.worst, by)
	if by > lateAfter {
		sc.done.late++
	}
}

func (sc *scene) say(n notify.Notice, due int64) { sc.said = append(sc.said, saying{n, due}) }

// close writes what was journaled and tells what was said.
func (sc *scene) close() error {
	if err := sc.flush(); err != nil {
		return err
	}
	notices, err := sc.pick()
	if err != nil {
		return err
	}
	if sc.out != nil {
		*sc.out = append(*sc.out, notices...)
		return nil
	}
	return sc.s.told(sc.tx, notices)
}

// told keeps notices, to be told after the commit.
func (s *SLA) told(tx *db.Tx, notices []notify.Notice) error {
	if len(notices) == 0 || s.tell == nil {
		return nil
	}
	return s.tell(tx, notices...)
}

// pick leaves for each person the weightiest of what was said: whoever is called
// need not be told of the breach, too.
func (sc *scene) pick() ([]notify.Notice, error) {
	best := map[string]int{}
	order := []string{}
	for i, n := range sc.said {
		to := n.Person + "|" + n.Channel
		if n.Kind == notify.Alarm {
			to += "|alarm"
		}
		at, known := best[to]
		if !known {
			order = append(order, to)
		}
		if !known || weight(n.Kind) > weight(sc.said[at].Kind) {
			best[to] = i
		}
	}
	out := make([]notify.Notice, 0, len(order))
	for _, to := range order {
		n := sc.said[best[to]]
		if err := sc.catch.hold(sc.tx, &n); err != nil {
			return nil, err
		}
		out = append(out, n.Notice)
	}
	return out, nil
}

func weight(k notify.Kind) int {
	switch k {
	case notify.Page:
		return 4
	case notify.Ask:
		return 3
	case notify.Breach:
		return 2
	case notify.Warn:
		return 1
	}
	return 0
}
