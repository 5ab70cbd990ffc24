package sla

import (
	"slices"
	"strings"
	"testing"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
	"tocsin/internal/ticket"
)

func (r *rig) takes(person, id string) {
	r.t.Helper()
	r.does(person, id, func(tx *db.Tx) error { _, err := r.tickets.Take(tx, id); return err })
}

// pauses asks for a pause until a time of the day.
func (r *rig) pauses(w ticket.Worker, id, reason, until string) (row PauseRow, f *fault.Error) {
	r.t.Helper()
	f = r.try(w.ID, func(tx *db.Tx) (err error) {
		row, err = r.sla.PauseTicket(tx, id, PauseAsk{reason, "The provider looks into it.", at("2026-11-23T" + until + "Z")}, w)
		return err
	})
	return row, f
}

// face is what the row of a ticket shows.
func (r *rig) face(id string) (f ticket.Face) {
	r.t.Helper()
	r.read(func(tx *db.Tx) error {
		var breached string
		err := tx.QueryRow(`SELECT due_at, due_metric, next_at, paused_until, breached FROM ticket WHERE tenant = $1 AND id = $2`, tx.Tenant(), id).
			Scan(&f.DueAt, &f.Metric, &f.NextAt, &f.PausedUntil, &breached)
		f.Breached = strings.FieldsFunc(breached, func(c rune) bool { return c == ',' })
		return err
	})
	return f
}

func TestPausingATicket(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		id := r.open("high")
		owner := ticket.Worker{ID: bob}
		if _, f := r.pauses(owner, id, "third_party", "14:00"); f == nil || f.Code != fault.Denied {
			t.Errorf("who does not own it pauses it: %v", f)
		}
		r.takes(bob, id)
		for what, c := range map[string]struct{ reason, until string }{
			"for no reason that we know": {"holiday", "14:00"}, "until now": {"third_party", "10:00"},
		} {
			if _, f := r.pauses(owner, id, c.reason, c.until); f == nil || f.Code != fault.Invalid || len(f.Fields) != 1 {
				t.Errorf("%s: %v", what, f)
			}
		}
		if _, f := r.pauses(owner, id, "legal_hold", "14:00"); f == nil || f.Slug != "not-owner" {
			t.Errorf("what only a lead may: %v", f)
		}
		if f := r.try(bob, func(tx *db.Tx) error {
			_, err := r.sla.PauseTicket(tx, id, PauseAsk{"third_party", " ", at("2026-11-23T14:00Z")}, owner)
			return err
		}); f == nil || f.Fields[0].Location != "body.text" {
			t.Errorf("without a word: %v", f)
		}
		if f := r.try(bob, func(tx *db.Tx) error {
			_, err := r.sla.PauseTicket(tx, id, PauseAsk{"third_party", "x", at("2026-11-26T10:00Z") + 1}, owner)
			return err
		}); f == nil || f.Fields[0].Location != "body.until" {
			t.Errorf("for longer than the reason allows: %v", f)
		}
		r.at("11:00")
		if _, f := r.pauses(owner, id, "third_party", "14:00"); f != nil {
			t.Fatal(f)
		}
		if f := r.face(id); f.PausedUntil == nil || *f.PausedUntil != at("2026-11-23T14:00Z") || f.Metric != MetricAge {
			t.Errorf("%+v", f)
		}
		_, f := r.pauses(owner, id, "customer", "14:00")
		wantSlug(t, "twice", f, "paused")
		r.at("12:00")
		r.resumes(owner, id)
		c := clockNamed(r.state(id), MetricResolve)
		wantTime(t, "resolve", c.DueAt, "2026-11-26T11:00Z")
		if f := r.face(id); f.PausedUntil != nil {
			t.Errorf("%+v", f)
		}
		f = r.try(bob, func(tx *db.Tx) error { _, err := r.sla.ResumeTicket(tx, id, "again", owner); return err })
		wantSlug(t, "what is not paused", f, "not-paused")
		r.sound()
	})
}

func (r *rig) resumes(w ticket.Worker, id string) {
	r.t.Helper()
	if f := r.try(w.ID, func(tx *db.Tx) error { _, err := r.sla.ResumeTicket(tx, id, "They have answered.", w); return err }); f != nil {
		r.t.Fatal(f)
	}
}

func TestCase59ACriticalTicketIsPausedByTwo(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		id := r.open("critical")
		r.takes(bob, id)
		owner, lead, other := ticket.Worker{ID: bob}, ticket.Worker{ID: ann, Leads: true}, ticket.Worker{ID: eve}
		r.at("10:05")
		row, f := r.pauses(owner, id, "third_party", "14:00")
		if f != nil || !row.Waits() {
			t.Fatalf("%+v, %v", row, f)
		}
		wantSlug(t, "the answer", fault.As(ErrSecondPerson(row)), "pause-needs-second-person")
		if st := r.state(id); st.isPaused() || len(r.entries(id, journal.SLAPauseAsked)) != 1 {
			t.Error("one person alone pauses it, or nobody knows that they wanted to")
		}
		approve := func(w ticket.Worker) *fault.Error {
			return r.try(w.ID, func(tx *db.Tx) error { _, err := r.sla.ApprovePause(tx, id, w); return err })
		}
		wantSlug(t, "who is no lead", approve(other), "pause-needs-second-person")
		wantSlug(t, "the same person, even as a lead", approve(ticket.Worker{ID: bob, Leads: true}), "pause-needs-second-person")
		r.at("10:30")
		if f := approve(lead); f != nil {
			t.Fatal(f)
		}
		st := r.state(id)
		if !st.isPaused() || st.Pause.From < at("2026-11-23T10:30Z") {
			t.Errorf("%+v", st.Pause)
		}
		if c := clockNamed(st, MetricResolve); c.Used/1e6 != 30*60 {
			t.Errorf("it counts from the approval: used %d s", c.Used/1e6)
		}
		wantSlug(t, "twice", approve(lead), "no-pause-asked")
		if log := r.log(ticket.Stream(id), journal.SLAPaused); len(log) != 1 || !logged(log, `"approved_by":"u-ann"`, `"requested_by":"u-bob"`) {
			t.Errorf("%v", log)
		}
		r.sound()
	})
}

func TestAWishToPauseEndsWithTheTicketOrIsTakenBack(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		id := r.open("critical")
		r.takes(bob, id)
		owner, lead := ticket.Worker{ID: bob}, ticket.Worker{ID: ann, Leads: true}
		approve := func() *fault.Error {
			return r.try(ann, func(tx *db.Tx) error { _, err := r.sla.ApprovePause(tx, id, lead); return err })
		}
		r.pauses(owner, id, "third_party", "14:00")
		r.resumes(owner, id)
		wantSlug(t, "taken back", approve(), "no-pause-asked")
		r.pauses(owner, id, "third_party", "14:00")
		r.pauses(owner, id, "customer", "15:00")
		r.at("14:30")
		r.pauses(owner, id, "customer", "14:40")
		r.at("14:45")
		wantSlug(t, "too late", approve(), "pause-over")
		r.does(bob, id, func(tx *db.Tx) error {
			_, err := r.tickets.Close(tx, id, ticket.Close{Resolution: ticket.FalsePositive, Reason: "A drill of the neighbours."}, owner)
			return err
		})
		wantSlug(t, "closed", approve(), "closed-ticket")
		r.read(func(tx *db.Tx) error {
			list, err := r.sla.Pauses(tx, id)
			for _, p := range list {
				if p.State != pauseEnded || p.EndedAt == nil {
					t.Errorf("%+v", p)
				}
			}
			if len(list) != 4 {
				t.Errorf("%d pauses", len(list))
			}
			return err
		})
	})
}

func TestAnotherFindingEndsAPauseAndTheOwnerHearsOfIt(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		id := r.open("high")
		r.takes(bob, id)
		if _, f := r.pauses(ticket.Worker{ID: bob}, id, "third_party", "14:00"); f != nil {
			t.Fatal(f)
		}
		r.at("11:00")
		r.entry("system:intake", id, journal.FindingTaken, map[string]any{"outcome": "joined", "finding": "f2"})
		if st := r.state(id); st.Pause != nil || len(r.entries(id, journal.SLAResumed)) != 1 {
			t.Errorf("%+v", st.Pause)
		}
		r.read(func(tx *db.Tx) error {
			list, err := r.sla.Pauses(tx, id)
			if len(list) != 1 || list[0].Cause != "finding" || list[0].State != pauseEnded {
				t.Errorf("%+v", list)
			}
			return err
		})
		if heard := r.heard(); !slices.ContainsFunc(heard, func(n note) bool { return n.Who == bob && strings.HasPrefix(n.Text, "The pause has ended") }) {
			t.Errorf("%+v", heard)
		}
		// Thousands of findings of before end no later pause.
		r.at("11:10")
		if _, f := r.pauses(ticket.Worker{ID: bob}, id, "third_party", "14:00"); f != nil {
			t.Fatal(f)
		}
		if st := r.state(id); !st.isPaused() {
			t.Errorf("%+v", st.Pause)
		}
		r.sound()
	})
}
