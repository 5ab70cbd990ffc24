package sla

import (
	"slices"
	"strings"
	"testing"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/job"
	"tocsin/internal/journal"
	"tocsin/internal/ticket"
)

// try runs a command and returns how it failed.
func (r *rig) try(person string, fn func(tx *db.Tx) error) *fault.Error {
	r.t.Helper()
	err := r.d.Write(r.as("user:"+person), fn)
	if err != nil && fault.As(err) == nil {
		r.t.Fatal(err)
	}
	return fault.As(err)
}

func (r *rig) edition() (e Edition) {
	r.t.Helper()
	r.read(func(tx *db.Tx) (err error) {
		e, err = r.sla.Edition(tx)
		return err
	})
	return e
}

// set changes the document in force.
func (r *rig) set(person string, rev int64, s Sections) *fault.Error {
	r.t.Helper()
	return r.try(person, func(tx *db.Tx) error {
		_, err := r.sla.Set(tx, Change{Sections: s, Rev: rev, Reason: "because"})
		return err
	})
}

// withTarget is the policies with another target to resolve.
func (r *rig) withTarget(severity, target string) Sections {
	d := Default("UTC").filled()
	d.Policies[0].Timers[2].Targets[severity] = target
	return Sections{Policies: d.Policies}
}

func wantSlug(t *testing.T, what string, f *fault.Error, slug string) {
	t.Helper()
	if f == nil || f.Slug != slug {
		t.Errorf("%s: %v, want %s", what, f, slug)
	}
}

func TestVersionsOfTheDocument(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		if e := r.edition(); e.Rev != 1 || e.Policies[0].ID != "default" {
			t.Fatalf("it begins with %+v", e)
		}
		r.write("system:test", r.sla.Ensure)
		if f := r.set(cat, 1, r.withTarget("high", "10h")); f != nil {
			t.Fatal(f)
		}
		e := r.edition()
		if e.Rev != 2 || e.By != "user:"+cat || e.Reason != "because" || len(e.Ladders) != 1 {
			t.Errorf("%+v", e)
		}
		wantSlug(t, "who has read version 1", r.set(dan, 1, r.withTarget("high", "11h")), "stale-revision")
		if f := r.set(cat, 2, r.withTarget("high", "10h")); f != nil || r.edition().Rev != 2 {
			t.Errorf("nothing new makes a version: %v", f)
		}
		if f := r.try(cat, func(tx *db.Tx) error { _, err := r.sla.Undo(tx, 2, 1, "back"); return err }); f != nil {
			t.Fatal(f)
		}
		if e := r.edition(); e.Rev != 3 || e.Policies[0].Timers[2].Targets["high"] != "72h" {
			t.Errorf("put back: %+v", e.Rev)
		}
		r.history()
	})
}

func (r *rig) history() {
	r.t.Helper()
	var list []EditionBrief
	var first Edition
	r.read(func(tx *db.Tx) (err error) {
		if list, err = r.sla.History(tx); err == nil {
			first, err = r.sla.EditionAt(tx, 2)
		}
		return err
	})
	if len(list) != 3 || list[0].BackTo != 1 || !slices.Equal(list[1].Sections, []string{"policies"}) || len(list[2].Sections) != 3 {
		r.t.Errorf("%+v", list)
	}
	if first.Policies[0].Timers[2].Targets["high"] != "10h" {
		r.t.Error("an old version has changed")
	}
	if log := r.log(Stream, journal.SLAChanged); len(log) != 3 || !strings.Contains(log[2], `"back_to":1`) {
		r.t.Errorf("the journal says %v", log)
	}
	missing := fault.As(r.d.Read(r.as("user:"+cat), func(tx *db.Tx) error { _, err := r.sla.EditionAt(tx, 9); return err }))
	if missing == nil || missing.Code != fault.Missing {
		r.t.Errorf("version 9: %v", missing)
	}
}

func TestALadderWhoseFallbackReachesNobodyIsNotSaved(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		own := func(fallback ...string) Sections {
			l := defaultLadder()
			l.Name, l.Fallback = "Mine", fallback
			return Sections{Ladders: []Ladder{l}}
		}
		for name, s := range map[string]Sections{
			"nobody": own(), "somebody who never confirmed a channel": own("user:" + bob), "a channel that was never tested": own("channel:c1"),
		} {
			f := r.set(cat, 1, s)
			wantSlug(t, name, f, "fallback-unreachable")
			if f != nil && f.Fields[0].Location != "body.ladders[0].fallback" {
				t.Errorf("%s: it names %v", name, f.Fields)
			}
		}
		if f := r.set(cat, 1, own("user:u-nobody")); f == nil || f.Slug != "" || f.Fields[0].Location != "body.ladders[0].fallback[0]" {
			t.Errorf("somebody who is not there: %v", f)
		}
		if f := r.set(cat, 1, own("user:"+bob, "user:"+dan)); f != nil {
			t.Errorf("one of two suffices: %v", f)
		}
		r.gone[dan] = true
		if f := r.set(cat, 2, r.withTarget("high", "10h")); f != nil {
			t.Errorf("who has left is no matter of who changes a target: %v", f)
		}
		wantSlug(t, "but of who changes the ladder", r.set(cat, 3, own("user:"+dan, "user:"+bob)), "")
		var bad []string
		r.read(func(tx *db.Tx) (err error) { bad, err = r.sla.Unreachable(tx); return err })
		if !slices.Equal(bad, []string{"Mine"}) {
			t.Errorf("health is told of %v", bad)
		}
	})
}

func TestNewTicketsFollowTheNewestVersionAndOldOnesTheirs(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		before := r.open("high")
		r.at("10:01")
		if f := r.set(cat, 1, r.withTarget("high", "10h")); f != nil {
			t.Fatal(f)
		}
		r.at("10:02")
		after := r.open("high")
		for id, want := range map[string]int64{before: 1, after: 2} {
			if st := r.state(id); st.Version != want {
				t.Errorf("version %d, want %d", st.Version, want)
			}
		}
		var dry Rebase
		dry, err := r.sla.RebaseDry(r.as("user:" + cat))
		if err != nil || dry.Tickets != 1 || dry.Changed != 1 || dry.LookedAt != 2 || len(dry.Examples) != 1 || dry.Examples[0].Metric != MetricResolve {
			t.Errorf("%+v, %v", dry, err)
		}
		if st := r.state(before); st.Version != 1 {
			t.Error("a dry run changes something")
		}
		r.rebase()
		r.rebase()
		st := r.state(before)
		wantTime(t, "due", clockNamed(st, MetricResolve).DueAt, "2026-11-23T20:00Z")
		if entries := r.entries(before, journal.SLARebased); len(entries) != 1 || entries[0].Actor != "user:"+cat {
			t.Errorf("%d entries", len(entries))
		}
		if entries := r.entries(after, journal.SLARebased); len(entries) != 0 {
			t.Error("a ticket that follows the newest is rebased")
		}
		r.sound()
	})
}

func (r *rig) state(id string) (st State) {
	r.t.Helper()
	r.read(func(tx *db.Tx) (err error) { st, err = r.sla.state(tx, id); return err })
	return st
}

// rebase asks for the job and does it.
func (r *rig) rebase() {
	r.t.Helper()
	r.write("user:"+cat, func(tx *db.Tx) error { return r.sla.RebaseLater(tx, "the new hours hold for all") })
	var j job.Job
	r.write("system:job", func(tx *db.Tx) error {
		var payload []byte
		err := tx.QueryRow(`SELECT id, tenant, kind, key, payload FROM job WHERE kind = $1 AND state = 'queued'`, JobRebase).Scan(&j.ID, &j.Tenant, &j.Kind, &j.Key, &payload)
		if err != nil {
			return err
		}
		j.Payload = payload
		return tx.Must(`UPDATE job SET state = 'running' WHERE id = $1`, j.ID)
	})
	if err := r.sla.HandleRebase(r.as("system:job"), j); err != nil {
		r.t.Fatal(err)
	}
	r.write("system:job", func(tx *db.Tx) error { return tx.Must(`UPDATE job SET state = 'done' WHERE id = $1`, j.ID) })
}

func TestNoFaultOfADocumentKeepsATicketOut(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		r.write("system:test", func(tx *db.Tx) error {
			return tx.Must(`INSERT INTO sla_version(tenant, version, doc, at, by_actor, reason, sections, back_to) VALUES ('main',2,$1,$2,'x','','',0)`, []byte(`{"policies": 7`), tx.Now())
		})
		r.write("system:intake", func(tx *db.Tx) error {
			f, err := r.sla.openedFace(tx, &ticket.Ticket{ID: "t", Severity: "high"})
			if err != nil || f.NextAt == nil || *f.NextAt != tx.Now() {
				t.Errorf("%+v, %v", f, err)
			}
			return nil
		})
		id := r.open("high")
		r.acks(bob, id) // work goes on, too
		r.read(func(tx *db.Tx) error {
			tk, err := r.tickets.Get(tx, id)
			if err != nil {
				return err
			}
			timers, err := r.sla.timers(tx, tk)
			if err != nil || len(timers) != 0 {
				t.Errorf("%v, %v", timers, err)
			}
			until, err := r.sla.offerEnds(tx, tk)
			if err != nil || until != tx.Now()+defaultOffer.Microseconds() {
				t.Errorf("%d, %v", until, err)
			}
			return nil
		})
	})
}

func TestAnInstallationWithoutTargetsGetsThemWithItsFirstTicket(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		r.write("system:test", func(tx *db.Tx) error { _, err := tx.Exec(`DELETE FROM sla_version`); return err })
		if e := r.edition(); e.Rev != 1 || len(e.Policies) != 1 {
			t.Errorf("%+v", e)
		}
		r.write("system:intake", func(tx *db.Tx) error {
			f, err := r.sla.openedFace(tx, &ticket.Ticket{ID: "t", Severity: "low"})
			if err != nil || f.DueAt == nil {
				t.Errorf("%+v, %v", f, err)
			}
			return nil
		})
		if e := r.edition(); e.Rev != 1 {
			t.Errorf("version %d", e.Rev)
		}
	})
}
