package main

import (
	"fmt"
	"sync"

	"tocsin/test/harness"
)

// ledger is what the server has answered for, written down by those who asked.
// Only what was answered stands in it: of the rest nothing is promised.
type ledger struct {
	mu       sync.Mutex
	findings map[string]harness.Result // by provider's id, as first answered
	changed  []string                  // good findings set aside, or later said to be others
	notes    map[string]string         // text to ticket id
	acked    map[string]bool           // ticket ids
	taken    map[string]bool
	refused  int // answers other than 2xx, by which nothing is promised
	resent   int
}

func newLedger() *ledger {
	return &ledger{findings: map[string]harness.Result{}, notes: map[string]string{}, acked: map[string]bool{}, taken: map[string]bool{}}
}

// finding writes down an answer. The same finding must keep its id and ticket.
func (l *ledger) finding(uid string, r harness.Result) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.Outcome == "quarantined" {
		l.changed = append(l.changed, uid+" was quarantined: "+r.Error)
		return
	}
	was, known := l.findings[uid]
	if !known {
		l.findings[uid] = r
		return
	}
	if was.Finding != r.Finding || was.TicketID != r.TicketID {
		l.changed = append(l.changed, fmt.Sprintf("%s was %s in %s, then %s in %s", uid, was.Finding, was.Ticket, r.Finding, r.Ticket))
	}
}

func (l *ledger) command(kind, ticket, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch kind {
	case "ack":
		l.acked[ticket] = true
	case "take":
		l.taken[ticket] = true
	case "notes":
		l.notes[text] = ticket
	}
}

func (l *ledger) count(what *int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	*what++
}

// some are a few of the answered findings.
func (l *ledger) some(n int) map[string]harness.Result {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := map[string]harness.Result{}
	for uid, r := range l.findings {
		if len(out) == n {
			break
		}
		out[uid] = r
	}
	return out
}

// facts are what the database holds after everything has ended, read without
// the product.
type facts struct {
	findings map[string]stored // by provider's id
	copies   map[string]int    // findings by provider's id
	tickets  map[string]work
	texts    map[string]string
	entries  int
}

type stored struct{ id, ticket string }

type work struct {
	acknowledged, owned bool
	findings            int
}

// judgement is what the judge found.
type judgement struct {
	acknowledged int
	lost         []string // findings, or their tickets, that were answered for and are not there
	doubled      []string // findings or tickets that are there twice
	forgotten    []string // commands that were answered for and left no trace
	changed      []string
	notes        int
}

// judge compares what was answered with what is there.
func judge(l *ledger, f facts) judgement {
	j := judgement{acknowledged: len(l.findings), notes: len(l.notes), changed: l.changed}
	for uid, r := range l.findings {
		s, ok := f.findings[uid]
		_, hasTicket := f.tickets[r.TicketID]
		if !ok || s.id != r.Finding || (r.TicketID != "" && (s.ticket != r.TicketID || !hasTicket)) {
			j.lost = append(j.lost, uid)
		}
	}
	for uid, n := range f.copies {
		if n > 1 {
			j.doubled = append(j.doubled, uid)
		}
	}
	for id, t := range f.tickets {
		if t.findings != 1 { // every finding of ours opens its own
			j.doubled = append(j.doubled, fmt.Sprintf("ticket %s of %d findings", id, t.findings))
		}
	}
	for id := range l.acked {
		if !f.tickets[id].acknowledged {
			j.forgotten = append(j.forgotten, "ack of "+id)
		}
	}
	for id := range l.taken {
		if !f.tickets[id].owned {
			j.forgotten = append(j.forgotten, "take of "+id)
		}
	}
	for text, id := range l.notes {
		if f.texts[text] != id {
			j.forgotten = append(j.forgotten, "note "+text+" of "+id)
		}
	}
	return j
}

func (j judgement) sound() bool {
	return len(j.lost)+len(j.doubled)+len(j.forgotten)+len(j.changed) == 0 && j.acknowledged > 0
}

func (j judgement) String() string {
	s := fmt.Sprintf("%d acknowledged, %d lost, %d doubled, %d notes, %d commands lost", j.acknowledged, len(j.lost), len(j.doubled), j.notes, len(j.forgotten))
	if len(j.changed) > 0 {
		s += fmt.Sprintf(", %d answered wrongly", len(j.changed))
	}
	for _, list := range [][]string{j.lost, j.doubled, j.forgotten, j.changed} {
		if len(list) > 0 {
			s += fmt.Sprintf("; e.g. %s", list[0])
		}
	}
	return s
}

// selfCheck proves that the judge can find: it adds a finding that nobody ever
// sent, a second copy of one, a note and an acknowledgement, and expects each
// to be reported.
func selfCheck(l *ledger, f facts) row {
	const invented = "invented-finding-that-was-never-sent"
	l.findings[invented] = harness.Result{Finding: "0", TicketID: "0"}
	l.notes["invented note"] = "0"
	l.acked["0"] = true
	var copied string
	for uid := range f.copies {
		copied = uid
		break
	}
	f.copies[copied]++
	j := judge(l, f)
	delete(l.findings, invented)
	delete(l.notes, "invented note")
	delete(l.acked, "0")
	f.copies[copied]--
	found := len(j.lost) == 1 && j.lost[0] == invented && len(j.doubled) == 1 && len(j.forgotten) == 2
	return row{
		"the judge itself: one invented acknowledgement, copy, note and command each are reported",
		fmt.Sprintf("%d lost, %d doubled, %d commands lost", len(j.lost), len(j.doubled), len(j.forgotten)), "1, 1, 2", verdict(found),
	}
}
