package sla

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/journal"
	"tocsin/internal/notify"
	"tocsin/internal/ticket"
)

// away lets the system be down until a time, and looks when it is back.
func (r *rig) away(until string) {
	r.t.Helper()
	r.at(until)
	r.look()
}

func TestCase53AfterDowntimeEachPersonIsCalledOnceAndAllIsJournaledTruly(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		r.alive("10:58")
		id := r.open("critical")
		r.look()
		want(t, "before it went down", r.called(), "bob")
		r.away("14:00")
		want(t, "one call each", r.called(), "ann bob×2 cat")
		breach := r.entries(id, journal.SLABreached)
		if len(breach) == 0 {
			t.Fatal("no breach in the journal")
		}
		late := (2*time.Hour + 47*time.Minute).Microseconds()
		want(t, "the breach", []int64{number(&breach[0], "due_at"), number(&breach[0], "fired_at"), number(&breach[0], "late_by")},
			[]int64{r.micros("11:13"), r.micros("14:00"), late})
		warned := r.log(ticket.Stream(id), journal.SLAWarned)
		for _, percent := range []int{50, 75, 90} {
			if !logged(warned, `"coalesced":true`, `"metric":"ack"`, fmt.Sprintf(`"percent":%d`, percent)) {
				t.Errorf("the warning at %d %% is not journaled as coalesced: %s", percent, warned)
			}
		}
		paged := r.entries(id, journal.EscalationPaged)
		want(t, "one call in the journal", len(paged), 2)
		last := &paged[len(paged)-1]
		want(t, "of the level where it should be", []any{number(last, "level"), number(last, "repeat"), last.Get("reason")}, []any{4, 10, "late"})
		want(t, "late since the first that was left out", number(last, "due_at"), r.micros("11:03"))
		r.alive("14:01", "14:02")
		want(t, "nothing more", r.called(), "ann bob×2 cat")
		r.alive("14:03")
		want(t, "gone up again when it is due", r.called(), "ann×2 bob×3 cat×2")
		want(t, "the downtime", r.log(DowntimeStream, journal.DowntimeNoticed)[0] != "", true)
		want(t, "leads hear of it", sumOf(r.heard(notify.Downtime)), "ann")
	})
}

func (r *rig) micros(clock string) int64 {
	v, err := time.Parse("15:04", clock)
	if err != nil {
		r.t.Fatal(err)
	}
	return time.Date(2026, 11, 23, v.Hour(), v.Minute(), 0, 0, time.UTC).UnixMicro()
}

// logged reports whether one entry holds all of the pieces.
func logged(entries []string, pieces ...string) bool {
	for _, e := range entries {
		all := true
		for _, p := range pieces {
			all = all && strings.Contains(e, p)
		}
		if all {
			return true
		}
	}
	return false
}

func TestCase54ManyLateTicketsOfOnePersonAreOneDigest(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		ids := []string{}
		for i := range 45 {
			severity := "medium"
			if i < 5 {
				severity = "critical"
			}
			id := r.open(severity)
			ids = append(ids, id)
			r.acks(bob, id)
			r.does(bob, id, func(tx *db.Tx) error { _, err := r.tickets.Take(tx, id); return err })
		}
		r.look()
		before := len(r.heard())
		r.away("14:00")
		single, held := map[string]int{}, map[string]int{}
		for _, n := range r.heard()[before:] {
			if n.Who != bob || n.Kind == string(notify.Downtime) {
				continue
			}
			if n.Batch == "" {
				single[n.Ticket]++
			} else {
				held[n.Batch]++
			}
		}
		want(t, "a few critical ones have a message of their own", len(single), singles)
		for id, n := range single {
			if n != 1 || !contains(ids[:5], id) {
				t.Errorf("%d messages of their own for %s", n, id)
			}
		}
		want(t, "all others are in one batch", len(held), 1)
		want(t, "which was released", r.released(), 1)
	})
}

func contains(list []string, s string) bool { return strings.Contains(strings.Join(list, " "), s) }

// released is how many batches were let go.
func (r *rig) released() (n int) {
	r.t.Helper()
	r.read(func(tx *db.Tx) error {
		return tx.QueryRow(`SELECT COUNT(*) FROM notice_batch WHERE tenant = $1 AND released_at IS NOT NULL`, tx.Tenant()).Scan(&n)
	})
	return n
}

func TestAShortStopIsNoDowntime(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		r.alive("10:59:50")
		r.open("critical")
		r.away("11:00")
		for _, n := range r.heard() {
			want(t, "held back", n.Batch, "")
		}
		want(t, "noticed", len(r.log(DowntimeStream, journal.DowntimeNoticed)), 0)
		r.away("11:08") // eight minutes: made good, but nobody is bothered with it
		want(t, "noticed", len(r.log(DowntimeStream, journal.DowntimeNoticed)), 0)
		want(t, "released", r.released(), 1)
	})
}

// TestACatchUpThatIsCutOffGoesOn ends the process after each batch, and starts
// another: in the end everything was done once, and there is one digest.
func TestACatchUpThatIsCutOffGoesOn(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		const tickets = 3*lookBatch/2 + 7
		ids := r.fill(tickets, "high")
		r.at("13:00")
		for range 20 {
			s := r.another() // nothing is remembered
			if err := s.mindAll(context.Background()); err != nil {
				t.Fatal(err)
			}
			n, _, err := s.turn(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if n == 0 {
				break
			}
		}
		for _, id := range ids {
			want(t, "breaches", len(r.log(ticket.Stream(id), journal.SLABreached)), 1)
			want(t, "calls", len(r.log(ticket.Stream(id), journal.EscalationPaged)), 1)
		}
		batches := map[string]bool{}
		for _, n := range r.heard() {
			if n.Kind != string(notify.Downtime) {
				batches[n.Batch] = true
			}
		}
		want(t, "one digest", []int{len(batches), r.released()}, []int{1, 1})
		r.whole()
		want(t, "noticed once", len(r.log(DowntimeStream, journal.DowntimeNoticed)), 1)
		want(t, "leads hear of it once", sumOf(r.heard(notify.Downtime)), "ann")
	})
}

// whole checks the chains of the journal.
func (r *rig) whole() {
	r.t.Helper()
	r.read(func(tx *db.Tx) error {
		n, broken, err := journal.Verify(tx)
		if broken != nil || n == 0 {
			r.t.Errorf("the journal of %d entries is broken: %+v", n, broken)
		}
		return err
	})
}

// fill opens many tickets in few transactions.
func (r *rig) fill(n int, severity string) (ids []string) {
	r.t.Helper()
	for range n {
		ids = append(ids, r.open(severity))
	}
	return ids
}

// TestTwoNodesCallNobodyTwice lets two runners work at the same backlog.
func TestTwoNodesCallNobodyTwice(t *testing.T) {
	t.Parallel()
	r := newRig(t, dbtest.Postgres)
	ids := r.fill(2*lookBatch, "critical")
	r.at("12:00")
	var wg sync.WaitGroup
	for range 3 {
		s := r.another()
		wg.Go(func() {
			for range 5 {
				if err := s.Look(context.Background()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	r.look() // what each left to the other
	for _, id := range ids {
		want(t, "breaches", len(r.log(ticket.Stream(id), journal.SLABreached, journal.EscalationPaged)), 2)
		want(t, "ladders", len(r.log(ticket.Stream(id), journal.EscalationStarted)), 1)
	}
	calls := map[string]int{}
	for _, n := range r.heard(notify.Page) {
		calls[n.Ticket+n.Who]++
	}
	for call, n := range calls {
		if n != 1 {
			t.Errorf("%d calls of %s", n, call)
		}
	}
	r.whole()
	want(t, "everybody for every ticket", len(calls), 3*len(ids))
	want(t, "noticed once", len(r.log(DowntimeStream, journal.DowntimeNoticed)), 1)
}
