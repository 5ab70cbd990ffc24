package duty_test

import (
	"fmt"
	"strings"
	"testing"

	"tocsin/internal/db"
	"tocsin/internal/duty"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
)

// gapsTold are the gaps of the journal in short: "14 2026-11-20T16:00".
func (w *world) gapsTold(id string) []string {
	w.t.Helper()
	out := []string{}
	for _, g := range w.told(id, journal.DutyGap) {
		out = append(out, fmt.Sprintf("%v %s %s", g["days"], short(db.Time(int64(g["from"].(float64)))), short(db.Time(int64(g["to"].(float64))))))
	}
	return out
}

// weekdays leaves the weekend out: from Friday at five until Monday at nine.
func weekdays(people ...string) duty.Plan {
	p := weekly(people...)
	p.Zone = "UTC"
	p.Rotations[0].Windows = []duty.Window{
		{Days: []string{"mon", "tue", "wed", "thu"}, From: "09:00", To: "24:00"},
		{Days: []string{"tue", "wed", "thu", "fri"}, From: "00:00", To: "09:00"},
		{Days: []string{"fri"}, From: "09:00", To: "17:00"},
	}
	return p
}

func TestAGapIsToldThreeTimesBeforeItBegins(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.at("2026-11-02T10:00Z")
		id := w.create(weekdays(ann, bob))
		friday, second := "2026-11-06T17:00 2026-11-09T09:00", "2026-11-13T17:00 2026-11-16T09:00"
		same(w.t, "when it is made", w.gapsTold(id), "14 "+friday, "14 "+second)
		w.turn()
		w.at("2026-11-03T17:00Z")
		w.turn()
		same(w.t, "three days before", w.gapsTold(id), "14 "+friday, "14 "+second, "3 "+friday)
		w.at("2026-11-05T17:00:01Z")
		w.turn()
		w.turn()
		same(w.t, "a day before", w.gapsTold(id), "14 "+friday, "14 "+second, "3 "+friday, "1 "+friday)
		// A change that leaves the gaps as they are tells nothing again.
		p := weekdays(ann, bob)
		p.Name = "Renamed"
		w.write(func(tx *db.Tx) error { return w.duty.Change(tx, id, 0, p) })
		if n := len(w.gapsTold(id)); n != 4 {
			w.t.Errorf("%d gaps told", n)
		}
		w.at("2026-11-06T17:00Z")
		w.turn()
		began := w.told(id, journal.DutyBegan)
		last := began[len(began)-1]
		if last["person"] != "" || last["previous"] != ann && last["previous"] != bob || last["at"] != float64(at(w.t, "2026-11-06T17:00Z").UnixMicro()) {
			w.t.Errorf("the gap began as %v", last)
		}
		w.at("2026-11-07T12:00Z")
		if w.onTeam(soc) != "" {
			w.t.Errorf("%q is on duty in a gap", w.onTeam(soc))
		}
		if g := gapLines(w.roster(id, "2026-11-05T00:00Z", "2026-11-10T00:00Z").Gaps); len(g) != 1 || g[0] != friday {
			w.t.Errorf("gaps %q", g)
		}
	})
}

func TestAGapThatIsCoveredIsToldAgainWhenItOpens(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.at("2026-11-05T10:00Z")
		id := w.create(weekdays(ann, bob))
		first := len(w.gapsTold(id)) // this weekend three days ahead at once, the next fourteen
		same(w.t, "told", w.gapsTold(id), "3 2026-11-06T17:00 2026-11-09T09:00", "14 2026-11-13T17:00 2026-11-16T09:00")
		cover := w.override(id, cas, "2026-11-06T17:00Z", "2026-11-09T09:00Z")
		w.turn()
		if n := len(w.gapsTold(id)); n != first {
			w.t.Errorf("%d told after it was covered", n)
		}
		w.write(func(tx *db.Tx) error { return w.duty.Uncover(tx, id, cover) })
		if got := w.gapsTold(id); len(got) != first+1 || got[first] != "3 2026-11-06T17:00 2026-11-09T09:00" {
			w.t.Errorf("told %q", got)
		}
	})
}

func TestWhoLeavesIsOffDutyAtOnceAndTheOthersKeepTheirTurns(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		id := w.create(weekly(ann, bob, cas)) // cas is on
		w.override(id, cas, "2026-11-10T00:00Z", "2026-11-11T00:00Z")
		w.at("2026-11-03T12:00Z")
		var named []duty.Naming
		w.read(func(tx *db.Tx) (err error) { named, err = w.duty.Named(tx, cas); return err })
		if len(named) != 2 || named[0].Kind != "schedule" || named[1].Kind != "override" || named[1].Name != "First line" {
			w.t.Errorf("named %v", named)
		}
		w.write(func(tx *db.Tx) error {
			if err := w.duty.Vacate(tx, cas); err != nil {
				return err
			}
			return tx.Must(`UPDATE users SET active = $1 WHERE tenant = 'main' AND id = $2`, false, cas)
		})
		if w.onTeam(soc) != "" {
			w.t.Errorf("%q is on duty", w.onTeam(soc))
		}
		r := w.roster(id, "2026-11-02T08:00Z", "2026-11-24T00:00Z")
		same(w.t, "final", lines(r.Final), "2026-11-02T08:00 2026-11-03T12:00 cas week", "2026-11-09T08:00 2026-11-16T08:00 ann week", "2026-11-16T08:00 2026-11-23T08:00 bob week")
		same(w.t, "gaps", gapLines(r.Gaps), "2026-11-03T12:00 2026-11-09T08:00", "2026-11-23T08:00 2026-11-24T00:00")
		if began := w.told(id, journal.DutyBegan); len(began) != 2 || began[1]["person"] != "" || began[1]["previous"] != cas {
			w.t.Errorf("began %v", began)
		}
		var s duty.Schedule
		w.read(func(tx *db.Tx) (err error) { s, err = w.duty.Schedule(tx, id); return err })
		if s.Now != nil || s.Next == nil || s.Next.Name != "ann" || !strings.Contains(strings.Join(s.Warnings, "\n"), "cas is not active") {
			w.t.Errorf("now %v, next %v, warnings %q", s.Now, s.Next, s.Warnings)
		}
	})
}

func TestNobodyInactiveIsOnDutyWhoeverSwitchedThemOff(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		p := weekly(ann, bob, cas)
		p.Rotations = append([]duty.Rotation{{Kind: "daily", Every: 1, Handoff: duty.Handoff{Time: "00:00"}, Start: "2026-10-01", Participants: []string{bob}}}, p.Rotations...)
		id := w.create(p)
		w.active(cas, false)
		if w.onTeam(soc) != "" {
			w.t.Errorf("%q is on duty", w.onTeam(soc))
		}
		// The reader of the journal has the shifts made again: bob is below.
		refresh := func(fields string) {
			entry := journal.Record{Kind: journal.UserChanged, Data: []byte(`{"fields":["` + fields + `"],"user":"u-cas"}`)}
			if err := w.duty.Refresh(ctx("system:duty.people"), []journal.Record{entry}); err != nil {
				w.t.Fatal(err)
			}
			w.turn()
		}
		w.at("2026-11-02T09:00Z")
		refresh("name")
		if w.onTeam(soc) != "" {
			w.t.Error("a change of name had the shifts made again")
		}
		refresh("active")
		if w.onTeam(soc) != bob {
			w.t.Errorf("%q is on duty", w.onTeam(soc))
		}
		w.active(cas, true)
		refresh("active")
		if w.onTeam(soc) != cas {
			w.t.Errorf("%q is on duty", w.onTeam(soc))
		}
		same(w.t, "final", lines(w.roster(id, "2026-11-02T08:00Z", "2026-11-03T00:00Z").Final),
			"2026-11-02T08:00 2026-11-02T09:00 cas week", "2026-11-02T09:00 2026-11-09T08:00 cas week")
	})
}

func TestAPlanThatCannotWorkIsRefusedFieldByField(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.create(weekly(ann))
		w.active(cas, false)
		for _, c := range []struct {
			name  string
			edit  func(p *duty.Plan)
			where string
		}{
			{"no rotation", func(p *duty.Plan) { p.Rotations = nil }, "body.rotations"},
			{"an empty rotation", func(p *duty.Plan) { p.Rotations[0].Participants = nil }, "body.rotations[0].participants"},
			{"somebody unknown", func(p *duty.Plan) { p.Rotations[0].Participants = []string{ann, "u-zoe"} }, "body.rotations[0].participants[1]"},
			{"somebody who left", func(p *duty.Plan) { p.Rotations[0].Participants = []string{cas} }, "body.rotations[0].participants[0]"},
			{"a vanished zone", func(p *duty.Plan) { p.Zone = "Europe/Atlantis" }, "body.zone"},
			{"the zone of the machine", func(p *duty.Plan) { p.Zone = "Local" }, "body.zone"},
			{"a vanished zone of a rotation", func(p *duty.Plan) { p.Rotations[0].Zone = "../../etc/passwd" }, "body.rotations[0].zone"},
			{"a start that is no date", func(p *duty.Plan) { p.Rotations[0].Start = "2026-02-30" }, "body.rotations[0].start"},
			{"no weekday", func(p *duty.Plan) { p.Rotations[0].Handoff.Weekday = "" }, "body.rotations[0].handoff.weekday"},
			{"no time", func(p *duty.Plan) { p.Rotations[0].Handoff.Time = "24:00" }, "body.rotations[0].handoff.time"},
			{"another kind", func(p *duty.Plan) { p.Rotations[0].Kind = "monthly" }, "body.rotations[0].kind"},
			{"a turn of nothing", func(p *duty.Plan) { p.Rotations[0].Every = 0 }, "body.rotations[0].every"},
			{"a window on no day", func(p *duty.Plan) { p.Rotations[0].Windows = []duty.Window{{From: "08:00", To: "16:00"}} }, "body.rotations[0].windows[0].days"},
			{"a window of no length", func(p *duty.Plan) {
				p.Rotations[0].Windows = []duty.Window{{Days: []string{"mon"}, From: "08:00", To: "08:00"}}
			}, "body.rotations[0].windows[0].from"},
			{"a day that is none", func(p *duty.Plan) {
				p.Rotations[0].Windows = []duty.Window{{Days: []string{"mon", "day"}, From: "08:00", To: "09:00"}}
			}, "body.rotations[0].windows[0].days[1]"},
			{"no team", func(p *duty.Plan) { p.Team = "team-none" }, "body.team"},
			{"no name", func(p *duty.Plan) { p.Name = " " }, "body.name"},
			{"a name of two lines", func(p *duty.Plan) { p.Name = "a\r\nBEGIN:VEVENT" }, "body.name"},
			{"the name of another", func(p *duty.Plan) { p.Name, p.Primary = "First line", false }, "body.name"},
			{"the second primary", func(p *duty.Plan) { p.Primary = true }, "body.primary"},
			{"one id twice", func(p *duty.Plan) { p.Rotations = append(p.Rotations, p.Rotations[0]) }, "body.rotations[1].id"},
		} {
			p := weekly(ann)
			p.Name, p.Primary = "Second line", false
			c.edit(&p)
			err := w.try(func(tx *db.Tx) error { _, err := w.duty.Create(tx, p); return err })
			if e := fault.As(err); e == nil || len(e.Fields) != 1 || e.Fields[0].Location != c.where {
				w.t.Errorf("%s: %v, want %s", c.name, err, c.where)
			}
		}
	})
}

func TestAnOverrideThatCannotWorkIsRefused(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		id := w.create(weekly(ann))
		w.active(cas, false)
		hour := func(n int64) int64 { return at(w.t, "2026-11-02T08:00Z").UnixMicro() + n*3_600_000_000 }
		for _, c := range []struct {
			name  string
			in    duty.StandIn
			where string
		}{
			{"it is over", duty.StandIn{Person: bob, From: hour(-2), To: hour(-1)}, "body.to"},
			{"it ends before it begins", duty.StandIn{Person: bob, From: hour(2), To: hour(1)}, "body.to"},
			{"it is too long", duty.StandIn{Person: bob, From: hour(2), To: hour(24 * 93)}, "body.to"},
			{"it is too far", duty.StandIn{Person: bob, From: hour(24 * 367), To: hour(24*367 + 1)}, "body.from"},
			{"by somebody who left", duty.StandIn{Person: cas, From: hour(1), To: hour(2)}, "body.person"},
			{"for no reason in many words", duty.StandIn{Person: bob, From: hour(1), To: hour(2), Reason: strings.Repeat("x", 1001)}, "body.reason"},
		} {
			err := w.try(func(tx *db.Tx) error { _, err := w.duty.Override(tx, id, c.in); return err })
			if e := fault.As(err); e == nil || len(e.Fields) != 1 || e.Fields[0].Location != c.where {
				w.t.Errorf("%s: %v", c.name, err)
			}
		}
		err := w.try(func(tx *db.Tx) error {
			_, err := w.duty.Override(tx, "no-such", duty.StandIn{Person: bob, From: hour(1), To: hour(2)})
			return err
		})
		if !fault.Is(err, fault.Missing) {
			w.t.Errorf("of no schedule: %v", err)
		}
	})
}
