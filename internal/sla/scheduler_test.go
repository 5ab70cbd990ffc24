package sla

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
	"tocsin/internal/notify"
	"tocsin/internal/ticket"
)

// The cases are those of the reference (ux.md §1.8), by their numbers.

func TestCase51ALevelWithNobodyCallsTheNextAndTheLastResortAtOnce(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		r.duty["team"] = ""
		id := r.open("critical")
		r.look()
		// Levels 1 and 2 are whoever is on duty, 3 is the lead.
		want(t, "called", r.called(), "ann dan")
		gaps := r.log(ticket.Stream(id), journal.EscalationGap)
		want(t, "gaps", len(gaps), 2)
		for i, g := range gaps {
			if !strings.Contains(g, fmt.Sprintf(`"level":%d`, i+1)) || !strings.Contains(g, "oncall:team") {
				t.Errorf("gap %d says %s", i, g)
			}
		}
		r.alive("10:05", "10:10")
		want(t, "the level that was called early is not called again", r.called(), "ann dan")
		r.alive("10:20")
		want(t, "the top comes at its own time", r.called(), "ann cat dan")
	})
}

func TestCase51ALadderThatReachesNobodyIsNotSilent(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		for _, who := range []string{ann, cat} {
			r.gone[who] = true
		}
		r.duty["team"], r.works[dan] = "", false
		id := r.open("critical")
		r.look()
		want(t, "the last resort is called all the same", r.called(), "dan")
		want(t, "metric", r.sla.Gauges().Unreachable(), 1)
		want(t, "administrators are told", sumOf(r.heard(notify.Alarm)), "dan")
		want(t, "gaps", len(r.log(ticket.Stream(id), journal.EscalationGap)), 4)
		r.alive("10:35")
		want(t, "gone up again", r.called(), "dan×2")
	})
}

func TestCase52AnAnswerJustBeforeALevelStopsIt(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		id := r.open("critical")
		r.look()
		want(t, "called", r.called(), "bob")
		r.at("10:04:59")
		r.acks(bob, id)
		r.alive("10:05", "10:10", "10:20")
		want(t, "called after the answer", r.called(), "bob")
		stopped := r.log(ticket.Stream(id), journal.EscalationStopped)
		if len(stopped) != 1 || !strings.Contains(stopped[0], `"cause":"ack"`) {
			t.Errorf("stopped: %s", stopped)
		}
	})
}

func TestALadderClimbsAndIsGoneUpAgain(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		id := r.open("critical")
		r.alive("10:00", "10:04:59")
		want(t, "level 1", r.called(), "bob")
		r.alive("10:05")
		want(t, "level 2", r.called(), "bob×2")
		r.alive("10:10", "10:15", "10:20")
		want(t, "levels 3 and 4", r.called(), "ann bob×2 cat")
		r.alive("10:35")
		want(t, "again from level 2", r.called(), "ann×2 bob×3 cat×2")
		levels := r.log(ticket.Stream(id), journal.EscalationPaged)
		want(t, "calls in the journal", len(levels), 5)
		for _, e := range r.entries(id, journal.EscalationPaged) {
			if number(&e, "late_by") != 0 {
				t.Errorf("a call was late: %s", e.Data)
			}
		}
	})
}

func TestABreachIsJournaledAndCallsOnce(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		id := r.open("medium") // 4 hours of office time to acknowledge, nobody is called at once
		r.look()
		want(t, "at once", r.called(), "")
		r.alive("11:00", "12:00", "13:00", "13:36")
		want(t, "warnings to the accountable", len(r.heard(notify.Warn)), 3)
		r.alive("14:00")
		breaches := r.entries(id, journal.SLABreached)
		if len(breaches) != 1 || number(&breaches[0], "due_at") != begun().Add(4*time.Hour).UnixMicro() || number(&breaches[0], "late_by") != 0 {
			t.Fatalf("breaches: %v", breaches)
		}
		want(t, "called", r.called(), "bob")
		r.look()
		r.alive("14:00:01")
		want(t, "once", len(r.log(ticket.Stream(id), journal.SLABreached)), 1)
		want(t, "the clock's own ladder", r.log(ticket.Stream(id), journal.EscalationStarted)[0] != "", true)
		r.alive("14:05")
		want(t, "level 2", r.called(), "bob×2")
		r.acks(eve, id)
		r.alive("14:10", "14:20")
		want(t, "after the answer", r.called(), "bob×2")
	})
}

func TestCase55AnAnswerThatWasSignedBeforeItWasDueIsNoBreachWhenItComesLate(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		in, late := r.open("critical"), r.open("critical") // 15 minutes
		answers := func(id, clock string) {
			r.does(bob, id, func(tx *db.Tx) error { _, err := r.tickets.AcknowledgeSince(tx, id, r.micros(clock)); return err })
		}
		r.at("12:00") // nobody has looked since
		answers(in, "10:10")
		answers(late, "10:20")
		r.look()
		want(t, "breaches of the one in time", len(r.log(ticket.Stream(in), journal.SLABreached)), 0)
		want(t, "breaches of the other", len(r.log(ticket.Stream(late), journal.SLABreached)), 1)
		at := r.entries(in, journal.TicketAcknowledged)[0]
		want(t, "both times are kept", []int64{at.At, number(&at, "occurred_at")}, []int64{r.micros("12:00"), r.micros("10:10")})
	})
}

func TestCase56WhoSaysNothingIsAskedAndThenOthersAreCalled(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		id := r.open("critical")
		r.does(bob, id, func(tx *db.Tx) error { _, err := r.tickets.Take(tx, id); return err })
		r.alive("10:20")
		r.does(bob, id, func(tx *db.Tx) error {
			_, err := r.tickets.AddNote(tx, id, ticket.Note{Text: "Looked at it.", Significant: true})
			return err
		})
		r.alive("10:30", "10:49:59")
		want(t, "a note moves the question", len(r.heard(notify.Ask)), 0)
		r.alive("10:50")
		want(t, "asked", sumOf(r.heard(notify.Ask)), "bob")
		before := r.called()
		r.alive("10:54:59")
		want(t, "five minutes to answer", r.called(), before)
		r.alive("10:55:01")
		want(t, "unacknowledged", len(r.log(ticket.Stream(id), journal.TicketUnacknowledged)), 1)
		want(t, "level 1", r.called(), "bob")
		r.alive("11:05:02")
		if got := r.called(); !strings.Contains(got, "ann") {
			t.Errorf("the ladder does not climb: %s", got)
		}
		r.acks(eve, id)
		after := r.called()
		r.alive("11:20", "11:36")
		want(t, "an answer ends it", r.called(), after)
	})
}

func TestCase57AnOfferThatNobodyAcceptsCallsWhereItWasOffered(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		id := r.open("critical")
		r.does(eve, id, func(tx *db.Tx) error { _, err := r.tickets.Take(tx, id); return err })
		r.look()
		r.entry("user:"+eve, id, journal.HandoverOffered, map[string]any{
			"auto": "", "base": 1, "briefing": "", "expires_at": begun().Add(10 * time.Minute).UnixMicro(), "from": eve, "handover": "ho1", "number": 1, "to_team": "team", "to_user": "",
		})
		r.alive("10:09:59")
		want(t, "not yet", r.called(), "")
		r.alive("10:10")
		r.entry("system:ticket", id, journal.HandoverExpired, map[string]any{
			"expired_at": begun().Add(10 * time.Minute).UnixMicro(), "from": eve, "handover": "ho1", "to_team": "team", "to_user": "",
		})
		want(t, "who is on duty there", r.called(), "bob")
		r.tellAll(id)
		want(t, "the one who offered and the lead are told", sumOf(r.heard(notify.Decided)), "ann eve")
		r.alive("10:15")
		want(t, "then who leads them", r.called(), "ann bob")
		r.alive("10:20")
		want(t, "then who leads the one who offered", r.called(), "ann×2 bob")
		var owner string
		r.read(func(tx *db.Tx) error {
			got, err := r.tickets.Get(tx, id)
			owner = got.Owner
			return err
		})
		want(t, "the owner stays", owner, eve)
	})
}

// entry writes an entry as a command would, and lets the clocks see it.
func (r *rig) entry(actor, id, kind string, data map[string]any) {
	r.t.Helper()
	r.write(actor, func(tx *db.Tx) error {
		chain, err := r.journal.Follow(tx, ticket.Stream(id))
		if err != nil {
			return err
		}
		if _, err := chain.Append(kind, data, nil); err != nil {
			return err
		}
		return r.sla.touched(tx, chain, id)
	})
}

// tellAll gives the reader every entry of a ticket that it wants, twice.
func (r *rig) tellAll(id string) {
	r.t.Helper()
	for range 2 {
		if err := r.sla.Tell(r.as("system:"+TellReader), r.entries(id, TellKinds()...)); err != nil {
			r.t.Fatal(err)
		}
	}
}

func TestASeverityThatFallsStopsTheLadderAndOneThatRisesBeginsIt(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		id := r.open("critical")
		r.look()
		r.at("10:03")
		r.severity(id, "low")
		r.alive("10:05", "10:10")
		want(t, "below the threshold", r.called(), "bob")
		r.at("10:11")
		r.severity(id, "high")
		r.look()
		want(t, "risen", r.called(), "bob×2")
		r.alive("10:16")
		want(t, "from the rise", r.called(), "bob×3")
	})
}

func (r *rig) severity(id, to string) {
	r.t.Helper()
	r.write("user:"+ann, func(tx *db.Tx) error {
		t, err := r.tickets.Get(tx, id)
		if err != nil {
			return err
		}
		old := string(t.Severity)
		if _, err := tx.Exec(`UPDATE ticket SET severity = $1 WHERE tenant = $2 AND id = $3`, to, tx.Tenant(), id); err != nil {
			return err
		}
		chain, err := r.journal.Follow(tx, ticket.Stream(id))
		if err != nil {
			return err
		}
		_, err = chain.Append(journal.TicketChanged, map[string]any{"fields": []any{map[string]any{"field": "severity", "new": to, "old": old}}}, nil)
		if err != nil {
			return err
		}
		return r.sla.touched(tx, chain, id)
	})
}

func TestWhoCannotHelpLetsTheLadderGoOnAtOnce(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		id := r.open("critical")
		r.look()
		for range 2 {
			r.write("user:"+bob, func(tx *db.Tx) error { return r.sla.EscalateNow(tx, id) })
		}
		want(t, "two levels further", r.called(), "ann bob×2")
		r.alive("10:10")
		want(t, "the others keep their times", r.called(), "ann bob×2")
		r.alive("10:20")
		want(t, "the top", r.called(), "ann bob×2 cat")
	})
}

func TestWhoCannotHelpBeginsALadderWhereNoneIsClimbed(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		id := r.open("low")
		r.look()
		r.write("user:"+eve, func(tx *db.Tx) error { return r.sla.EscalateNow(tx, id) })
		want(t, "level 1", r.called(), "bob")
		r.alive("10:05", "10:10")
		want(t, "it climbs", r.called(), "ann bob×2")
	})
}

func TestOneSickTicketHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		ids := []string{}
		for range 5 {
			id := r.open("critical")
			ids = append(ids, id)
			r.does(bob, id, func(tx *db.Tx) error { _, err := r.tickets.Take(tx, id); return err })
		}
		r.alive("10:30:01")
		r.sick[ids[2]] = true
		r.alive("10:35:02")
		for i, id := range ids {
			want(t, fmt.Sprint("unacknowledged ", i), len(r.log(ticket.Stream(id), journal.TicketUnacknowledged)), map[bool]int{true: 0, false: 1}[i == 2])
		}
		want(t, "counted", r.sla.Gauges().Failed(), 1)
		r.sick[ids[2]] = false
		r.alive("10:36")
		want(t, "put off for a minute", len(r.log(ticket.Stream(ids[2]), journal.TicketUnacknowledged)), 0)
		r.alive("10:36:03")
		want(t, "and then looked at again", len(r.log(ticket.Stream(ids[2]), journal.TicketUnacknowledged)), 1)
	})
}

func TestAClockThatStepsBackLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		id := r.open("critical")
		r.alive("10:00", "10:06")
		r.alive("10:01", "10:03", "10:05")
		want(t, "stepped back", r.called(), "bob×2")
		r.alive("10:10", "10:20")
		want(t, "the rest", r.called(), "ann bob×2 cat")
		r.at("10:12")
		r.acks(bob, id)
		r.alive("10:35")
		want(t, "answered", r.called(), "ann bob×2 cat")
	})
}

func TestTheDatabaseInTroublePutsNoTicketOff(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		err  error
		is   bool
	}{
		{"the disk is full", fault.New(fault.Unavailable, "full"), true},
		{"too much to do", fault.New(fault.Busy, "busy"), true},
		{"a ticket that cannot be read", errors.New("broken"), false},
		{"a conflict of one ticket", fault.New(fault.Conflict, "changed"), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			want(t, "trouble", isTrouble(c.err), c.is)
		})
	}
}
