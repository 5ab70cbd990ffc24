package sla

import (
	"fmt"
	"strings"
	"testing"

	"tocsin/internal/db"
	"tocsin/internal/journal"
	"tocsin/internal/notify"
)

func TestPeopleAreToldOfWhatHappenedToThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, actor, kind string
		data              map[string]any
		duty              string
		told              string
		says              string
	}{
		{"an offer to a person", "user:" + ann, journal.HandoverOffered, offer(bob, ""), bob, "bob", "accept or decline"},
		{"an offer to a team goes to who is on duty", "user:" + ann, journal.HandoverOffered, offer("", "team"), eve, "eve", ""},
		{"an offer to a team with nobody on duty goes to all", "user:" + ann, journal.HandoverOffered, offer("", "team"), "", "bob eve", ""},
		{"accepted", "user:" + bob, journal.HandoverAccepted, map[string]any{"by": bob, "from": ann, "handover": "ho1", "owner": bob}, bob, "ann", "Bob has accepted"},
		{"declined", "user:" + bob, journal.HandoverDeclined, map[string]any{"category": "not_on_shift", "declines": 1, "from": eve, "handover": "ho1"}, bob, "eve", "Bob has declined"},
		{"expired", "system:ticket", journal.HandoverExpired, map[string]any{"from": eve, "handover": "ho1", "to_team": "", "to_user": bob}, bob, "ann eve", "in time"},
		{"expired, offered by the lead", "system:ticket", journal.HandoverExpired, map[string]any{"from": ann, "handover": "ho1", "to_team": "team", "to_user": ""}, bob, "ann", ""},
		{"break-glass", "user:" + cat, journal.OwnerBreakGlass, map[string]any{"owner": cat, "previous": bob, "review_by": 0}, bob, "ann bob", "taken this ticket over"},
		{"orphaned", "system:ticket", journal.OwnerOrphaned, map[string]any{"accountable": ann, "owner": bob}, bob, "ann", "has left"},
		{"given back", "user:" + ann, journal.OwnerReturned, map[string]any{"accountable": ann, "previous": eve, "team": "team"}, bob, "eve", "given back"},
		{"accountable with the shift", "system:duty", journal.OwnerAccountable, map[string]any{"accountable": eve, "cause": "shift", "previous": bob}, eve, "eve", "nobody owns"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rigs(t, func(r *rig) {
				r.duty["team"] = c.duty
				id := r.open("low")
				r.entry(c.actor, id, c.kind, c.data)
				r.tellAll(id)
				want(t, "told once", sumOf(r.heard()), c.told)
				if got := r.heard(); len(got) > 0 && !strings.Contains(got[0].Text, c.says) {
					t.Errorf("says %q", got[0].Text)
				}
			})
		})
	}
}

func offer(person, team string) map[string]any {
	return map[string]any{"expires_at": begun().UnixMicro() + 60*minute, "from": ann, "handover": "ho1", "number": 1, "to_team": team, "to_user": person}
}

func TestAWithdrawnOfferIsTakenBackFromWhomItWasMadeTo(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		id := r.open("low")
		r.entry("user:"+ann, id, journal.HandoverOffered, offer(bob, ""))
		r.entry("user:"+ann, id, journal.HandoverWithdrawn, map[string]any{"from": ann, "handover": "ho1"})
		r.tellAll(id)
		want(t, "told", sumOf(r.heard()), "bob×2")
		want(t, "that it is over", sumOf(r.heard(notify.Decided)), "bob")
	})
}

func TestThreeDeclinesCallWhoLeadsTheOwner(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		id := r.open("low")
		r.look()
		for n := range 3 {
			r.entry("user:"+bob, id, journal.HandoverDeclined, map[string]any{"category": "no_capacity", "declines": n + 1, "from": eve, "handover": fmt.Sprint("ho", n)})
			r.tellAll(id)
			r.alive(fmt.Sprintf("10:00:0%d", n+1))
			want(t, fmt.Sprint("after ", n+1), r.called(), map[int]string{2: "ann"}[n])
		}
		r.entry("user:"+eve, id, journal.HandoverOffered, offer(bob, ""))
		r.alive("10:05")
		want(t, "another offer answers it", r.called(), "ann")
	})
}

func TestAShiftThatEndsRemindsWhoHasOpenTickets(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		id := r.open("low")
		r.does(bob, id, func(tx *db.Tx) error { _, err := r.tickets.Take(tx, id); return err })
		for _, who := range []string{bob, eve} {
			r.write("system:duty", func(tx *db.Tx) error {
				_, err := r.journal.Append(tx, journal.Entry{Stream: "schedule:s1", Kind: journal.DutyEnding, Data: map[string]any{
					"at": tx.Now() + 30*minute, "next": eve, "person": who, "schedule": "s1", "shift": "sh-" + who, "team": "team",
				}})
				return err
			})
		}
		r.tellStream("schedule:s1")
		want(t, "told", sumOf(r.heard()), "bob")
	})
}

func TestAGapIsToldToManagersOnceForEachWarning(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		for _, days := range []int{14, 3, 1} {
			r.write("system:duty", func(tx *db.Tx) error {
				_, err := r.journal.Append(tx, journal.Entry{Stream: "schedule:s1", Kind: journal.DutyGap, Data: map[string]any{
					"days": days, "from": tx.Now() + 14*24*60*minute, "schedule": "s1", "to": tx.Now() + 15*24*60*minute,
				}})
				return err
			})
		}
		r.tellStream("schedule:s1")
		want(t, "told", sumOf(r.heard(notify.Gap)), "cat×3")
	})
}

func (r *rig) tellStream(stream string) {
	r.t.Helper()
	var entries []journal.Record
	r.read(func(tx *db.Tx) (err error) {
		entries, err = journal.Story(tx, stream, TellKinds()...)
		return err
	})
	for range 2 {
		if err := r.sla.Tell(r.as("system:"+TellReader), entries); err != nil {
			r.t.Fatal(err)
		}
	}
}

func TestALevelThatReassignsOffersTheTicketToWhomItCalls(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		var offered []string
		r.sla.offerTo = func(tx *db.Tx, id, person string) error {
			offered = append(offered, person)
			_, err := tx.Exec(`UPDATE ticket SET offered_to = $1 WHERE tenant = $2 AND id = $3`, person, tx.Tenant(), id)
			return err
		}
		doc := Default("UTC")
		doc.Ladders[0].Levels[1].Reassign = true
		doc.Ladders[0].Fallback = []string{"user:" + dan}
		r.write("user:"+ann, func(tx *db.Tx) error {
			_, err := r.sla.Set(tx, Change{Sections: Sections{Ladders: doc.Ladders}, Rev: 1, Reason: "offer at the second level"})
			return err
		})
		r.at("10:01")
		id := r.open("critical")
		r.alive("10:01")
		r.tellAll(id)
		want(t, "level 1", len(offered), 0)
		r.alive("10:06")
		r.tellAll(id)
		want(t, "level 2", offered, []string{bob})
	})
}

func TestAnAnswerEndsTheAlarmsOfChannels(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		r.works["pager"] = true
		doc := Default("UTC")
		doc.Ladders[0].Levels[0].Notify = []string{"oncall:team", "channel:pager"}
		doc.Ladders[0].Fallback = []string{"user:" + dan}
		r.write("user:"+ann, func(tx *db.Tx) error {
			_, err := r.sla.Set(tx, Change{Sections: Sections{Ladders: doc.Ladders}, Rev: 1, Reason: "an alarm service"})
			return err
		})
		r.at("10:01")
		id := r.open("critical")
		r.alive("10:01")
		want(t, "called", r.called(), "bob pager")
		r.at("10:02")
		r.acks(bob, id)
		want(t, "ended", sumOf(r.heard(notify.Decided)), "pager")
	})
}

func TestWhenNoWayToThoseCalledWorksNobodyWasThere(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		id := r.open("critical")
		r.look()
		want(t, "level 1", r.called(), "bob")
		r.fails(id, bob, "10:00:02")
		want(t, "level 2 at once", r.called(), "bob×2")
		r.fails(id, bob, "10:00:04")
		want(t, "level 3", r.called(), "ann bob×2")
		r.fails(id, bob, "10:00:05")
		want(t, "whoever is not of the last call says nothing", r.called(), "ann bob×2")
		r.fails(id, ann, "10:00:06")
		want(t, "level 4", r.called(), "ann bob×2 cat")
		r.fails(id, cat, "10:00:08")
		want(t, "the last resort", r.called(), "ann bob×2 cat dan")
		r.fails(id, dan, "10:00:10")
		want(t, "and no more until it is gone up again", r.called(), "ann bob×2 cat dan")
		want(t, "metric", r.sla.Gauges().Unreachable(), 1)
		r.alive("10:35")
		want(t, "again", r.called(), "ann×2 bob×3 cat×2 dan")
		want(t, "gaps", len(r.log("ticket:"+id, journal.EscalationGap)), 4)
	})
}

func TestOneOfManyWhoHearsItIsEnough(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		id := r.open("critical")
		r.alive("10:00", "10:05", "10:10", "10:20", "10:35")
		before := r.called()
		r.fails(id, bob, "10:35:02")
		r.fails(id, cat, "10:35:03")
		want(t, "ann may have heard it", r.called(), before)
		r.fails(id, ann, "10:35:04")
		if after := r.called(); after == before {
			t.Error("nobody has heard it, and nobody else is called")
		}
	})
}

// fails journals that every way to a person has failed, and gives that to the
// reader twice.
func (r *rig) fails(id, person, clock string) {
	r.t.Helper()
	r.at(clock)
	r.write("system:notify", func(tx *db.Tx) error {
		_, err := r.journal.Append(tx, journal.Entry{Stream: "ticket:" + id, Kind: journal.NotificationFailed, Data: map[string]any{
			"all": true, "attempts": 3, "channel": "mail", "kind": "page", "message": "m", "person": person, "tickets": []string{id},
		}})
		return err
	})
	all := r.entries(id, journal.NotificationFailed)
	for range 2 {
		if err := r.sla.Unheard(r.as("system:"+UnheardReader), all[len(all)-1:]); err != nil {
			r.t.Fatal(err)
		}
	}
}
