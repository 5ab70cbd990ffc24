package sla

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/finding"
	"tocsin/internal/journal"
	"tocsin/internal/ticket"
)

func (r *rig) explain(id string) (out Explained) {
	r.t.Helper()
	r.read(func(tx *db.Tx) (err error) { out, err = r.sla.Explain(tx, id); return err })
	return out
}

func TestExplainSaysHowItCameAbout(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		id := r.open("critical")
		r.look()
		r.alive("10:05", "10:10")
		r.at("10:12")
		r.takes(bob, id)
		r.at("10:20")
		if _, f := r.pauses(ticket.Worker{ID: bob}, id, "third_party", "14:00"); f != nil {
			t.Fatal(f)
		}
		r.sla.delivered = func(_ *db.Tx, id string) ([]Delivery, error) {
			return []Delivery{{"page|" + r.run(id) + "|1.0|" + bob, bob, "mail", "sent", at("2026-11-23T10:00Z")}}, nil
		}
		out := r.explain(id)
		said := ""
		for i, s := range out.Steps {
			said += s.Text + "\n"
			if i > 0 && s.At.Before(out.Steps[i-1].At) {
				t.Errorf("%q stands after what came later", s.Text)
			}
		}
		for _, want := range []string{
			"Opened as critical; the policy is \"Every ticket\" of version 1.",
			"ack starts: 15m of round-the-clock time, due 2026-11-23T10:15:00Z, 0s used so far.",
			"ack: done after 12m of 15m.",
		} {
			if !strings.Contains(said, want) {
				t.Errorf("it does not say %q:\n%s", want, said)
			}
		}
		if len(out.Timers) != 4 || out.Timers[0].Metric != MetricAck || out.Timers[0].State != Met || out.Timers[0].UsedSeconds != 720 {
			t.Errorf("%+v", out.Timers)
		}
		if len(out.Runs) != 1 || out.Runs[0].Trigger != TriggerOpen || out.Runs[0].StoppedBy == "" || len(out.Runs[0].Pages) != 3 {
			t.Fatalf("%+v", out.Runs)
		}
		if p := out.Runs[0].Pages[0]; p.Level != 1 || len(p.People) != 1 || p.People[0].Name != "Bob" || len(p.Delivered) != 1 {
			t.Errorf("%+v", p)
		}
		if len(out.Pauses) != 1 || out.Pauses[0].State != pauseAsked || out.Pauses[0].AskedByName != "Bob" {
			t.Errorf("%+v", out.Pauses)
		}
	})
}

// run is the id of the ladder that a ticket climbs or has climbed.
func (r *rig) run(id string) (run string) {
	r.t.Helper()
	r.read(func(tx *db.Tx) error {
		return tx.QueryRow(`SELECT id FROM ladder_run WHERE ticket = $1`, id).Scan(&run)
	})
	return run
}

func (r *rig) simulate(ask Simulate) (out Simulation) {
	r.t.Helper()
	r.read(func(tx *db.Tx) (err error) { out, err = r.sla.SimulateTicket(tx, ask); return err })
	return out
}

// when is a time of the simulations.
func when(clock string) time.Time { return time.UnixMicro(at("2026-11-23T" + clock + "Z")).UTC() }

func TestTheSimulatorSaysWhoIsCalledWhen(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		out := r.simulate(Simulate{Severity: "critical", Team: "team", At: when("10:00")})
		var pages []string
		for _, p := range out.Pages {
			if p.Trigger == TriggerOpen {
				pages = append(pages, p.At.Format("15:04")+" "+p.After+" "+p.Targets[0].Target+" "+p.Targets[0].People[0].ID)
			}
		}
		want := []string{"10:00 0s oncall:team u-bob", "10:05 5m oncall:team u-bob", "10:10 10m lead:team u-ann", "10:20 20m role:manager u-cat", "10:35 35m oncall:team u-bob"}
		if !slices.Equal(pages, want) {
			t.Errorf("\n got %q\nwant %q", pages, want)
		}
		last := out.Pages[slices.IndexFunc(out.Pages, func(p SimPage) bool { return p.Again })]
		if len(last.Targets) != 3 {
			t.Errorf("again from level 2: %+v", last)
		}
		if len(out.Fallback) != 1 || out.Fallback[0].People[0].ID != dan || !out.Fallback[0].People[0].Confirmed {
			t.Errorf("%+v", out.Fallback)
		}
		draft := Sections{Ladders: []Ladder{{ID: "soc", Name: "Mine", Levels: []Level{{After: "0m", Notify: []string{"oncall:night", "channel:room", "owner"}}}, Fallback: []string{"user:" + dan}}}}
		r.duty["night"] = eve
		r.sla.people.Rota = func(_ *db.Tx, id string) (string, error) { return "Night of " + id, nil }
		out = r.simulate(Simulate{Severity: "critical", Team: "team", At: when("10:00"), Draft: &draft})
		titles := []string{}
		for _, target := range out.Pages[0].Targets {
			titles = append(titles, target.Title)
		}
		if want := []string{"On duty by Night of night", "The channel the channel room", "The owner"}; !slices.Equal(titles, want) || out.Pages[0].Targets[0].People[0].ID != eve || len(out.Problems) != 0 {
			t.Errorf("%q, %+v", titles, out.Problems)
		}
		r.nothingKept()
	})
}

func (r *rig) nothingKept() {
	r.t.Helper()
	r.read(func(tx *db.Tx) error {
		for _, table := range []string{"ticket", "ladder_run", "pause", "notice"} {
			var n int
			if err := tx.QueryRow(`SELECT COUNT(*) FROM ` + table).Scan(&n); err != nil {
				return err
			}
			if n > 0 {
				r.t.Errorf("a simulation left %d rows in %s", n, table)
			}
		}
		return nil
	})
}

func TestTheSimulatorFollowsWhatPeopleDo(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		until := when("14:00")
		out := r.simulate(Simulate{Severity: "high", Team: "team", At: when("10:00"), Events: []SimEvent{
			{At: when("10:06"), Do: "ack"}, {At: when("11:00"), Do: "pause", Until: &until}, {At: when("12:00"), Do: "severity", To: "critical"},
			{At: when("12:10"), Do: "phase", To: "eradication"}, {At: when("12:30"), Do: "close"},
		}})
		if n := len(slices.DeleteFunc(slices.Clone(out.Pages), func(p SimPage) bool { return p.Trigger != TriggerOpen })); n != 2 {
			t.Errorf("%d calls before somebody has seen it", n)
		}
		for _, c := range out.Timers {
			if c.State != Met {
				t.Errorf("%+v", c)
			}
			if c.Metric == MetricResolve && c.PausedSeconds != 3600 {
				t.Errorf("paused for %d s", c.PausedSeconds)
			}
		}
		r.duty["team"] = ""
		out = r.simulate(Simulate{Severity: "critical", Team: "team", At: when("10:00")})
		if p := out.Pages[0]; !p.Targets[0].Gap || len(p.Targets[0].People) != 0 {
			t.Errorf("nobody is on duty: %+v", p)
		}
		// Nobody has to be called for what is not urgent, until it is late.
		out = r.simulate(Simulate{Severity: "medium", At: when("10:00")})
		if p := out.Pages[0]; p.Trigger != MetricAck || !p.At.Equal(when("14:00")) {
			t.Errorf("%+v", p)
		}
	})
}

func TestTheSimulatorTriesADraftAndSaysWhatIsWrongWithIt(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		draft := r.withTarget("high", "10h")
		out := r.simulate(Simulate{Severity: "high", At: when("10:00"), Draft: &draft})
		if i := slices.IndexFunc(out.Timers, func(c ClockView) bool { return c.Metric == MetricResolve }); len(out.Problems) != 0 || !out.Timers[i].DueAt.Equal(when("20:00")) || out.Version != 2 {
			t.Errorf("%+v", out)
		}
		draft = r.withTarget("high", "soon")
		out = r.simulate(Simulate{Severity: "high", At: when("10:00"), Draft: &draft})
		if len(out.Problems) != 1 || out.Problems[0].Location != "body.policies[0].timers[2].targets.high" {
			t.Errorf("%+v", out.Problems)
		}
		if r.edition().Rev != 1 {
			t.Error("a draft is kept")
		}
		for name, ask := range map[string]Simulate{
			"no severity":            {At: when("10:00")},
			"no time":                {Severity: "high"},
			"an event of before":     {Severity: "high", At: when("10:00"), Events: []SimEvent{{At: when("09:00"), Do: "ack"}}},
			"a pause without an end": {Severity: "high", At: when("10:00"), Events: []SimEvent{{At: when("11:00"), Do: "pause"}}},
			"a phase that is none":   {Severity: "high", At: when("10:00"), Events: []SimEvent{{At: when("11:00"), Do: "phase", To: "party"}}},
			"a deed that is none":    {Severity: "high", At: when("10:00"), Events: []SimEvent{{At: when("11:00"), Do: "dance"}}},
		} {
			if err := r.d.Read(r.as("user:"+cat), func(tx *db.Tx) error { _, err := r.sla.SimulateTicket(tx, ask); return err }); err == nil {
				t.Errorf("%s: taken", name)
			}
		}
	})
}

func TestAMergeReachesTheClocksOfBoth(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		old := r.open("high")
		r.at("10:10")
		stays := r.open("low")
		r.at("10:20")
		r.merge(stays, old)
		st := r.state(stays)
		c := clockNamed(st, MetricResolve)
		if st.Severity != "high" || c.Text != "72h" || c.StartedAt != at("2026-11-23T10:00Z") {
			t.Errorf("%s, %+v", st.Severity, c)
		}
		if gone := r.state(old); gone.Open || clockNamed(gone, MetricResolve).Excluded != "merged" || gone.Face().DueAt != nil {
			t.Errorf("%+v", gone.Clocks)
		}
		r.at("10:30")
		r.write("user:"+bob, func(tx *db.Tx) error {
			if _, err := r.tickets.Unmerge(tx, old, "", ticket.Worker{ID: bob}); err != nil {
				return err
			}
			if err := r.touch(tx, old); err != nil {
				return err
			}
			return r.touch(tx, stays)
		})
		if c := clockNamed(r.state(stays), MetricResolve); c.StartedAt != at("2026-11-23T10:10Z") || c.Calendar != "office" {
			t.Errorf("%+v", c)
		}
		if st := r.state(old); !st.Open || st.Acknowledged || len(passed(st, Page)) != 1 {
			t.Errorf("%+v", st)
		}
		r.sound()
	})
}

func TestATicketThatStandsByItselfAgainWithoutItsOwnerMustBeSeenAnew(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		id, stays := r.open("high"), r.open("high")
		r.takes(bob, id)
		r.merge(stays, id)
		r.write("system:test", func(tx *db.Tx) error {
			return tx.Must(`UPDATE users SET active = $1 WHERE id = $2`, false, bob)
		})
		r.write("user:"+ann, func(tx *db.Tx) error {
			_, err := r.tickets.Unmerge(tx, id, "not the same after all", ticket.Worker{ID: ann, Leads: true})
			return err
		})
		if st := r.state(id); st.Acknowledged || st.AckCycle != 2 || len(passed(st, Page)) != 1 {
			t.Errorf("%+v", st)
		}
		r.rowFits(id, "unmerge")
	})
}

func (r *rig) merge(into, from string) {
	r.t.Helper()
	r.write("user:"+bob, func(tx *db.Tx) error {
		if _, _, err := r.tickets.Merge(tx, into, ticket.Merge{Tickets: []string{from}}, ticket.Worker{ID: bob}); err != nil {
			return err
		}
		if err := r.touch(tx, from); err != nil {
			return err
		}
		return r.touch(tx, into)
	})
}

// change sets the severity of a ticket as a person does.
func change(tx *db.Tx, ts *ticket.Tickets, id, to string) error {
	t, err := ts.Get(tx, id)
	if err != nil {
		return err
	}
	s := finding.Severity(to)
	_, err = ts.Change(tx, id, t.Rev, ticket.Patch{Severity: &s})
	return err
}

func TestTheStoryIsOnlyWhatTheJournalHas(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		id := r.open("high")
		r.does(bob, id, func(tx *db.Tx) error { return change(tx, r.tickets, id, "critical") })
		r.read(func(tx *db.Tx) error {
			tk, err := r.tickets.Get(tx, id)
			if err != nil {
				return err
			}
			tk.Severity, tk.Team = "low", "another" // whatever the row says now
			docs, story, err := r.sla.story(tx, tk)
			if len(docs) != 1 || len(story) < 2 || story[0].Kind != journal.TicketOpened || story[0].Facts.Severity != "high" || story[0].Facts.Team != "team" {
				t.Errorf("%+v", story)
			}
			return err
		})
	})
}
