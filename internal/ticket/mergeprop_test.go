package ticket_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tocsin/internal/db"
	"tocsin/internal/finding"
	"tocsin/internal/ticket"
)

// story is what a run has done, and what must be true after each step of it.
type story struct {
	*world
	rt      *rapid.T
	run     int
	tickets map[string]*told // by number
	order   []string
	homes   map[string]string // finding -> number of its ticket
}

// told is a ticket as the story tells it.
type told struct {
	number, id, group string
	first             string // id of the finding that opened it
	own               int    // severity by itself
	phase             ticket.Phase
	resolution        ticket.Resolution
	owner             string
	into              string // number of the ticket it was merged into
	counts            bool   // whether its severity counts for that one
	wasPhase          ticket.Phase
	wasResolution     ticket.Resolution
}

func words() []string { return []string{"LOW", "MEDIUM", "HIGH", "CRITICAL"} }

// TestMergingLosesNothing plays random stories and holds after each step that
// every finding belongs to one ticket, that what a ticket shows is what the
// story says, and that taking a merge back restores what was.
func TestMergingLosesNothing(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.grouping()
		run, every := 0, 2
		if strings.HasSuffix(w.t.Name(), "PostgreSQL") {
			every = 5
		}
		rapid.Check(w.t, func(rt *rapid.T) {
			run++
			if run%every != 0 {
				return
			}
			s := &story{world: w, rt: rt, run: run, tickets: map[string]*told{}, homes: map[string]string{}}
			s.create()
			rt.Repeat(map[string]func(*rapid.T){
				"create":  func(*rapid.T) { s.create() },
				"join":    func(*rapid.T) { s.join() },
				"revise":  func(*rapid.T) { s.revise() },
				"take":    func(*rapid.T) { s.takeOne() },
				"move":    func(*rapid.T) { s.move() },
				"judge":   func(*rapid.T) { s.judge() },
				"merge":   func(*rapid.T) { s.mergeSome() },
				"unmerge": func(*rapid.T) { s.unmergeOne() },
				"split":   func(*rapid.T) { s.splitOne() },
				"close":   func(*rapid.T) { s.closeOne() },
				"reopen":  func(*rapid.T) { s.reopenOne() },
				"":        func(*rapid.T) { s.check() },
			})
		})
		w.verified()
	})
}

// pick draws one of the tickets that fit, or skips the step.
func (s *story) pick(what string, fits func(*told) bool) *told {
	var some []string
	for _, n := range s.order {
		if fits(s.tickets[n]) {
			some = append(some, n)
		}
	}
	if len(some) == 0 {
		s.rt.Skip("none " + what)
	}
	s.later(time.Second)
	return s.tickets[rapid.SampledFrom(some).Draw(s.rt, what)]
}

func open(t *told) bool { return t.phase != ticket.Closed }

func (s *story) say(do func(tx *db.Tx) error) {
	s.rt.Helper()
	if err := s.try(ann, do); err != nil {
		s.rt.Fatal(err)
	}
}

func (s *story) create() {
	s.later(time.Second)
	group := fmt.Sprintf("%d-%d", s.run, len(s.order))
	rank := rapid.IntRange(1, 4).Draw(s.rt, "severity")
	res := s.world.take(grouped(group, group+"-f", words()[rank-1]))
	if res.Outcome != finding.Opened {
		s.rt.Fatalf("a new finding was %s", res.Outcome)
	}
	s.tickets[res.Number] = &told{number: res.Number, id: res.Ticket, group: group, first: res.FindingID, own: rank, phase: ticket.Detect}
	s.order = append(s.order, res.Number)
	s.homes[res.FindingID] = res.Number
}

// join sends a finding of the same thing as a ticket's: it comes to the ticket
// that shows that one, while it is open.
func (s *story) join() {
	t := s.pick("joined", func(t *told) bool { return t.group != "" && open(s.rootOf(t)) })
	root := s.rootOf(t)
	rank := rapid.IntRange(1, 4).Draw(s.rt, "severity")
	res := s.world.take(grouped(t.group, fmt.Sprintf("%d-%d-j", s.run, len(s.homes)), words()[rank-1]))
	if res.Outcome != finding.Joined || res.Number != root.number {
		s.rt.Fatalf("%s %s, want %s", res.Outcome, res.Number, root.number)
	}
	s.homes[res.FindingID] = root.number
	root.own = max(root.own, rank)
}

// revise says something worse about a finding, wherever it is.
func (s *story) revise() {
	t := s.pick("revised", func(t *told) bool { return t.group != "" && open(s.rootOf(t)) && s.homes[t.first] == t.number })
	was := int(finding.Severity(s.found(t.first).Severity).Rank())
	if was == 4 {
		s.rt.Skip("nothing is worse")
	}
	rank := rapid.IntRange(was+1, 4).Draw(s.rt, "severity")
	before := s.severities()
	res := s.world.take(edited(grouped(t.group, t.group+"-f", words()[rank-1]), "UpdatedAt", s.now.Format(time.RFC3339)))
	if res.Outcome != finding.Updated || res.Ticket != t.id {
		s.rt.Fatalf("%s in %s, want it in %s", res.Outcome, res.Number, t.number)
	}
	t.own = max(t.own, rank)
	s.countsAgain(t, before)
}

func edited(raw []byte, field, value string) []byte {
	var f map[string]any
	if err := json.Unmarshal(raw, &f); err != nil {
		panic(err)
	}
	f[field] = value
	out, err := json.Marshal(f)
	if err != nil {
		panic(err)
	}
	return out
}

// countsAgain lets what has changed count above it, as far as it changes
// anything there.
func (s *story) countsAgain(t *told, before map[string]int) {
	for t.into != "" && s.severity(t) != before[t.number] {
		t.counts = true
		t = s.tickets[t.into]
	}
}

func (s *story) takeOne() {
	t := s.pick("taken", func(t *told) bool { return open(t) && t.owner == "" })
	s.say(func(tx *db.Tx) error { _, err := s.world.tickets.Take(tx, t.id); return err })
	t.owner = ann
}

func (s *story) move() {
	t := s.pick("moved", func(t *told) bool { return open(t) && t.owner == ann })
	to := rapid.SampledFrom(ticket.Phases()[:6]).Draw(s.rt, "phase")
	if to == t.phase {
		s.rt.Skip("it is there")
	}
	s.say(func(tx *db.Tx) error {
		_, err := s.world.tickets.Move(tx, t.id, ticket.Move{To: to, Reason: "because the story goes on like this"}, lead(ann))
		return err
	})
	t.phase = to
}

func (s *story) judge() {
	t := s.pick("judged", func(*told) bool { return true })
	rank := rapid.IntRange(1, 4).Draw(s.rt, "severity")
	if rank == s.severity(t) {
		s.rt.Skip("it has that")
	}
	before := s.severities()
	word := finding.Severity(strings.ToLower(words()[rank-1]))
	s.say(func(tx *db.Tx) error {
		now, err := s.world.tickets.Get(tx, t.id)
		if err == nil {
			_, err = s.world.tickets.Change(tx, t.id, now.Rev, ticket.Patch{Severity: &word})
		}
		return err
	})
	t.own = rank
	for _, child := range s.childrenOf(t) {
		child.counts = false
	}
	s.countsAgain(t, before)
}

func (s *story) mergeSome() {
	into := s.pick("kept", open)
	var refs []string
	for range rapid.IntRange(1, 3).Draw(s.rt, "how many") {
		t := s.pick("merged", func(t *told) bool { return t.into == "" && t != into })
		if !slices.Contains(refs, t.number) {
			refs = append(refs, t.number)
		}
	}
	if _, err := s.merge(lead(ann), into.number, "the same thing", refs...); err != nil {
		s.rt.Fatal(err)
	}
	for _, ref := range refs {
		t := s.tickets[ref]
		t.into, t.counts, t.wasPhase, t.wasResolution = into.number, true, t.phase, t.resolution
		t.phase, t.resolution = ticket.Closed, ticket.Merged
	}
}

func (s *story) unmergeOne() {
	t := s.pick("unmerged", func(t *told) bool { return t.into != "" })
	if err := s.unmerge(lead(ann), t.number, "two things after all"); err != nil {
		s.rt.Fatal(err)
	}
	t.into, t.phase, t.resolution = "", t.wasPhase, t.wasResolution
}

func (s *story) splitOne() {
	t := s.pick("split", func(t *told) bool { return open(t) && len(s.ownOf(t)) > 1 })
	own := s.ownOf(t)
	n := rapid.IntRange(1, len(own)-1).Draw(s.rt, "findings")
	moved := rapid.Permutation(own).Draw(s.rt, "which")[:n]
	made, err := s.split(lead(ann), t.number, ticket.Split{Findings: moved, Reason: "another thing"})
	if err != nil {
		s.rt.Fatal(err)
	}
	c := &told{number: ticket.Number(made.Number), id: made.ID, phase: ticket.Detect, owner: t.owner}
	for _, id := range moved {
		s.homes[id] = c.number
		c.own = max(c.own, int(finding.Severity(s.found(id).Severity).Rank()))
	}
	s.tickets[c.number] = c
	s.order = append(s.order, c.number)
}

func (s *story) closeOne() {
	t := s.pick("closed", func(t *told) bool { return open(t) && t.owner == ann })
	s.say(func(tx *db.Tx) error {
		_, err := s.world.tickets.Close(tx, t.id, ticket.Close{Resolution: ticket.AcceptedRisk, Reason: "enough"}, lead(ann))
		return err
	})
	t.phase, t.resolution = ticket.Closed, ticket.AcceptedRisk
}

func (s *story) reopenOne() {
	t := s.pick("reopened", func(t *told) bool { return !open(t) && t.into == "" })
	s.say(func(tx *db.Tx) error { _, err := s.world.tickets.Reopen(tx, t.id, "", "more came"); return err })
	t.phase, t.resolution = ticket.Analysis, ""
}
