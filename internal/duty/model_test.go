package duty_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/duty"
	"tocsin/internal/journal"
)

// model says who is on duty in the plainest way: by counting days on the wall
// clock and looking at overrides one by one.
type model struct {
	zone      *time.Location
	people    []string
	overrides []stand
	away      map[string]bool
}

type stand struct {
	id, person string
	from, to   time.Time
}

// on looks from the top: the latest override of somebody who is there, else whose
// day it is, from nine to nine.
func (m *model) on(t time.Time) string {
	for i := len(m.overrides) - 1; i >= 0; i-- {
		if o := m.overrides[i]; !m.away[o.person] && !t.Before(o.from) && t.Before(o.to) {
			return o.person
		}
	}
	local := t.In(m.zone)
	days := int(time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC).Sub(time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)).Hours() / 24)
	if local.Hour() < 9 {
		days--
	}
	if person := m.people[days%len(m.people)]; !m.away[person] {
		return person
	}
	return ""
}

// trial is a world with its model, and what was seen of the past.
type trial struct {
	*world
	model
	r    *rand.Rand
	id   string
	seen []seen
}

type seen struct {
	at     time.Time
	person string
}

func TestWhoIsOnDutyIsWhatThePlanSaysWhateverIsChanged(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		zone, err := duty.Zone("Europe/Amsterdam")
		if err != nil {
			w.t.Fatal(err)
		}
		w.at("2026-10-20T08:00Z")
		x := &trial{world: w, model: model{zone: zone, people: []string{ann, bob, cas}, away: map[string]bool{}}, r: rand.New(rand.NewPCG(5, 48))}
		x.id = w.create(x.plan())
		for range 250 {
			x.step()
			x.look()
		}
		x.lookBack()
	})
}

func (x *trial) plan() duty.Plan {
	p := single("Europe/Amsterdam", duty.Rotation{ID: "day", Kind: "daily", Every: 1, Handoff: duty.Handoff{Time: "09:00"}, Start: "2026-10-01", Participants: x.people})
	p.Primary = true
	return p
}

// step does one thing that might happen.
func (x *trial) step() {
	x.t.Helper()
	switch x.r.IntN(8) {
	case 0:
		x.cover()
	case 1:
		x.uncover()
	case 2:
		x.reorder()
	case 3:
		x.toggle()
	default:
		x.mu.Lock()
		x.world.now = x.world.now.Add(time.Duration(1+x.r.IntN(30*3600)) * time.Second)
		x.mu.Unlock()
		if x.r.IntN(4) > 0 { // or nothing runs for a while
			x.turn()
		}
	}
}

func (x *trial) cover() {
	from := x.clock().Add(time.Duration(x.r.IntN(72)-12) * time.Hour)
	to := later(from, x.clock()).Add(time.Duration(1+x.r.IntN(40)) * time.Hour)
	person := []string{ann, bob, cas}[x.r.IntN(3)]
	if x.away[person] {
		return
	}
	id := x.override(x.id, person, from.Format(time.RFC3339Nano), to.Format(time.RFC3339Nano))
	x.overrides = append(x.overrides, stand{id, person, later(from, x.clock()), to})
}

func (x *trial) uncover() {
	for i, o := range x.overrides {
		if o.to.After(x.clock()) {
			x.write(func(tx *db.Tx) error { return x.duty.Uncover(tx, x.id, o.id) })
			x.overrides[i].to = x.clock()
			return
		}
	}
}

func (x *trial) reorder() {
	people := []string{}
	for _, p := range []string{ann, bob, cas} {
		if !x.away[p] && x.r.IntN(3) > 0 {
			people = append(people, p)
		}
	}
	if len(people) == 0 {
		return
	}
	x.r.Shuffle(len(people), func(i, j int) { people[i], people[j] = people[j], people[i] })
	x.people = people
	x.write(func(tx *db.Tx) error { return x.duty.Change(tx, x.id, 0, x.plan()) })
}

// toggle has somebody leave or come back. Who comes back has no overrides left.
func (x *trial) toggle() {
	person := []string{bob, cas}[x.r.IntN(2)]
	x.away[person] = !x.away[person]
	if x.away[person] {
		x.write(func(tx *db.Tx) error { return x.duty.Vacate(tx, person) })
		for i, o := range x.overrides {
			if o.person == person && o.to.After(x.clock()) {
				x.overrides[i].to = x.clock()
			}
		}
	}
	x.active(person, !x.away[person])
	entry := journal.Record{Kind: journal.UserChanged, Data: []byte(`{"fields":["active"]}`)}
	if err := x.duty.Refresh(ctx("system:duty.people"), []journal.Record{entry}); err != nil {
		x.t.Fatal(err)
	}
	x.turn()
}

// look holds what is read against the model, and the journal against what is read.
func (x *trial) look() {
	x.t.Helper()
	got, want := x.onTeam(soc), x.on(x.clock())
	if got != want {
		x.t.Fatalf("at %v %q is on duty, want %q; away %v, overrides %v", x.clock(), got, want, x.away, x.overrides)
	}
	x.turn()
	if began := x.told(x.id, journal.DutyBegan); len(began) > 0 && began[len(began)-1]["person"] != want {
		x.t.Fatalf("at %v the journal says %v, want %q", x.clock(), began[len(began)-1], want)
	}
	x.seen = append(x.seen, seen{x.clock(), got})
}

// lookBack holds that the past is as it was seen, and that shifts never overlap.
func (x *trial) lookBack() {
	x.t.Helper()
	shifts := []duty.Shift{}
	for from := at(x.t, "2026-10-20T08:00Z"); from.Before(x.clock()); from = from.AddDate(0, 0, 90) {
		shifts = append(shifts, x.roster(x.id, from.Format(time.RFC3339), from.AddDate(0, 0, 90).Format(time.RFC3339)).Final...)
	}
	last := time.Time{}
	for _, s := range shifts {
		if s.From.Before(last) && !s.To.Equal(last) { // one that lies in two stretches comes twice
			x.t.Errorf("%v begins before %v", s, last)
		}
		last = s.To
	}
	for _, past := range x.seen[:len(x.seen)-1] {
		person := ""
		for _, s := range shifts {
			if !past.at.Before(s.From) && past.at.Before(s.To) {
				person = s.Person
			}
		}
		// At the moment of a change both were on duty, one after the other.
		if person != past.person && !x.changedAt(past.at) {
			x.t.Errorf("at %v %q was on duty, now it says %q", past.at, past.person, person)
		}
	}
}

func (x *trial) changedAt(t time.Time) bool {
	n := 0
	for _, past := range x.seen {
		if past.at.Equal(t) {
			n++
		}
	}
	return n > 1
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
