package ticket_test

import (
	"slices"
	"strings"

	"pgregory.net/rapid"

	"tocsin/internal/db"
	"tocsin/internal/journal"
	"tocsin/internal/ticket"
)

func (s *story) rootOf(t *told) *told {
	for t.into != "" {
		t = s.tickets[t.into]
	}
	return t
}

func (s *story) childrenOf(t *told) (out []*told) {
	for _, n := range s.order {
		if s.tickets[n].into == t.number {
			out = append(out, s.tickets[n])
		}
	}
	return out
}

// treeOf is a ticket and all that is merged into it.
func (s *story) treeOf(t *told) []*told {
	out := []*told{t}
	for _, child := range s.childrenOf(t) {
		out = append(out, s.treeOf(child)...)
	}
	return out
}

// severity is its own, or that of what counts for it.
func (s *story) severity(t *told) int {
	rank := t.own
	for _, child := range s.childrenOf(t) {
		if child.counts {
			rank = max(rank, s.severity(child))
		}
	}
	return rank
}

func (s *story) severities() map[string]int {
	out := map[string]int{}
	for n, t := range s.tickets {
		out[n] = s.severity(t)
	}
	return out
}

// ownOf lists the findings that belong to a ticket itself.
func (s *story) ownOf(t *told) (out []string) {
	for id, home := range s.homes {
		if home == t.number {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

func (s *story) unionOf(t *told) (out []string) {
	for _, one := range s.treeOf(t) {
		out = append(out, s.ownOf(one)...)
	}
	slices.Sort(out)
	return out
}

// check compares every row with the story, and one ticket as people see it.
func (s *story) check() {
	s.rt.Helper()
	for _, n := range s.order {
		s.checkRow(s.tickets[n])
	}
	s.checkHomes()
	t := s.tickets[rapid.SampledFrom(s.order).Draw(s.rt, "looked at")]
	s.checkView(t)
	s.checkLog(t)
}

func (s *story) same(t *told, what string, got, want any) {
	s.rt.Helper()
	if got != want {
		s.rt.Fatalf("%s of %s: %v, the story says %v", what, t.number, got, want)
	}
}

func (s *story) checkRow(t *told) {
	s.rt.Helper()
	var row ticket.Ticket
	s.must(s.d.Read(s.as("x"), func(tx *db.Tx) error {
		one, err := s.world.tickets.Get(tx, t.id)
		if err == nil {
			row = *one
		}
		return err
	}))
	s.same(t, "phase", row.Phase, t.phase)
	s.same(t, "resolution", row.Resolution, t.resolution)
	s.same(t, "owner", row.Owner, t.owner)
	s.same(t, "accountable", row.Accountable, ann)
	s.same(t, "severity", int(row.Severity.Rank()), s.severity(t))
	s.same(t, "finding_count", int(row.FindingCount), len(s.unionOf(t)))
}

// checkHomes holds that each finding of the story is where the story says.
func (s *story) checkHomes() {
	s.rt.Helper()
	s.must(s.d.Read(s.as("x"), func(tx *db.Tx) error {
		for _, n := range s.order {
			t := s.tickets[n]
			ids, err := db.Strings(tx, `SELECT id FROM finding WHERE tenant = $1 AND ticket = $2 AND ticket_number = $3 ORDER BY id`, tx.Tenant(), t.id, n)
			if err != nil {
				return err
			}
			s.same(t, "findings of its own", strings.Join(ids, " "), strings.Join(s.ownOf(t), " "))
		}
		return nil
	}))
}

func (s *story) checkView(t *told) {
	s.rt.Helper()
	v := s.view(t.id)
	tiles(s.t, v)
	s.same(t, "phase of the last visit", v.PhaseVisits[len(v.PhaseVisits)-1].Phase, t.phase)
	list := s.findingsOf(t.id)
	slices.Sort(list)
	s.same(t, "list of findings", strings.Join(list, " "), strings.Join(s.unionOf(t), " "))
	tree := s.treeOf(t)
	s.same(t, "tickets merged into it", len(v.Merged), len(tree)-1)
	if root := s.rootOf(t); root == t {
		s.same(t, "being shown by another", v.MergedInto == nil, true)
	} else {
		s.same(t, "ticket that shows it", v.MergedInto.Number, root.number)
	}
	most := 0
	for _, one := range tree {
		most = max(most, len(s.ownOf(one)))
	}
	if most <= 20/len(tree) { // then each of them is read whole
		own := 0
		for _, a := range v.Assets {
			if strings.Contains(a.Key, ":::own-") {
				own++
			}
		}
		s.same(t, "assets", own, len(list))
	}
}

// checkLog reads the entries of the whole tree, seven a page: all of them, in
// the order of time.
func (s *story) checkLog(t *told) {
	s.rt.Helper()
	want, got := 0, 0
	s.must(s.d.Read(s.as("x"), func(tx *db.Tx) error {
		want, got = 0, 0
		for _, one := range s.treeOf(t) {
			own, err := s.journal.Stream(tx, ticket.Stream(one.id), 0, 1000)
			if err != nil {
				return err
			}
			want += len(own)
		}
		of, err := s.world.tickets.Streams(tx, t.id, true)
		if err != nil {
			return err
		}
		var after journal.Point
		for {
			page, err := s.journal.Streams(tx, of.Names, after, 7)
			if err != nil || len(page) == 0 {
				return err
			}
			for i := range page {
				s.same(t, "order of its log", page[i].At >= after.At, true)
				after = journal.Point{At: page[i].At, Stream: page[i].Stream}
				got++
			}
		}
	}))
	s.same(t, "entries of its log", got, want)
}
