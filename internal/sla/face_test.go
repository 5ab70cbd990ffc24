package sla

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin/internal/db"
	"tocsin/internal/finding"
	"tocsin/internal/ticket"
)

// What a ticket's row shows is what a replay of its journal says, whatever
// people do and whenever the scheduler looks.
func TestTheRowShowsWhatTheReplaySays(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		for seed := range uint64(5) {
			rnd := rand.New(rand.NewPCG(seed, 1))
			id := r.open(severities()[rnd.IntN(5)])
			for step := range 25 {
				r.later(time.Duration(rnd.IntN(100)) * time.Minute)
				what := r.randomly(rnd, id)
				r.rowFits(id, fmt.Sprintf("seed %d, step %d, %s", seed, step, what))
			}
		}
	})
}

// later turns the clock on.
func (r *rig) later(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d + time.Microsecond)
}

// randomly does something that may be refused, which changes nothing then.
func (r *rig) randomly(rnd *rand.Rand, id string) string {
	r.t.Helper()
	lead := ticket.Worker{ID: ann, Leads: true}
	deeds := []struct {
		name string
		do   func(tx *db.Tx) error
	}{
		{"take", func(tx *db.Tx) error { _, err := r.tickets.Take(tx, id); return err }},
		{"acknowledge", func(tx *db.Tx) error { _, err := r.tickets.Acknowledge(tx, id); return err }},
		{"note", func(tx *db.Tx) error { _, err := r.tickets.AddNote(tx, id, ticket.Note{Text: "x"}); return err }},
		{"severity", func(tx *db.Tx) error { return change(tx, r.tickets, id, severities()[rnd.IntN(5)]) }},
		{"move", func(tx *db.Tx) error {
			_, err := r.tickets.Move(tx, id, ticket.Move{To: ticket.Phases()[rnd.IntN(6)], Reason: "because it has to go on"}, lead)
			return err
		}},
		{"close", func(tx *db.Tx) error {
			_, err := r.tickets.Close(tx, id, ticket.Close{Resolution: ticket.AcceptedRisk, Reason: "x"}, lead)
			return err
		}},
		{"reopen", func(tx *db.Tx) error { _, err := r.tickets.Reopen(tx, id, ticket.Analysis, "x"); return err }},
		{"merge", func(tx *db.Tx) error {
			other, err := r.tickets.Create(tx, ticket.Draft{Title: "Another", Severity: finding.Severity(severities()[rnd.IntN(5)])})
			if err != nil {
				return err
			}
			_, _, err = r.tickets.Merge(tx, id, ticket.Merge{Tickets: []string{other.ID}}, lead)
			return err
		}},
		{"pause", func(tx *db.Tx) error {
			ask := PauseAsk{"third_party", "x", tx.Now() + rnd.Int64N(300)*60e6}
			_, err := r.sla.PauseTicket(tx, id, ask, lead)
			return err
		}},
		{"resume", func(tx *db.Tx) error { _, err := r.sla.ResumeTicket(tx, id, "x", lead); return err }},
		{"look", nil},
	}
	deed := deeds[rnd.IntN(len(deeds))]
	if deed.do == nil {
		r.look()
		return deed.name
	}
	err := r.try(ann, func(tx *db.Tx) error {
		if err := deed.do(tx); err != nil {
			return err
		}
		return r.touch(tx, id)
	})
	if err != nil {
		return deed.name + " refused"
	}
	return deed.name
}

// rowFits compares the row with a replay at the time of the row: what passes
// later is what the scheduler is there for.
func (r *rig) rowFits(id, after string) {
	r.t.Helper()
	st := r.state(id)
	if st.NextAt > 0 && st.NextAt <= st.At { // something has passed since
		r.look()
		st = r.state(id)
	}
	r.read(func(tx *db.Tx) error {
		tk, err := r.tickets.Get(tx, id)
		if err == nil && (tk.Open() != st.Open || st.Open && (tk.AcknowledgedAt != nil) != st.Acknowledged || string(tk.Severity) != st.Severity || string(tk.Phase) != st.Phase) {
			r.t.Fatalf("after %s the row is another than the replay says: acknowledged %v, %s, %s", after, st.Acknowledged, st.Severity, st.Phase)
		}
		return err
	})
	want, got := st.Face(), r.face(id)
	if diff := cmp.Diff(want, got); diff != "" {
		r.t.Fatalf("after %s the row shows another face (-replay +row):\n%s", after, diff)
	}
}
