package duty_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"tocsin/internal/db"
	"tocsin/internal/duty"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
)

func TestShiftsStandSixtyDaysAheadAndSayWhoIsOnDuty(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		if got := w.onTeam(soc); got != "" {
			w.t.Errorf("%q is on duty without a schedule", got)
		}
		id := w.create(weekly(ann, bob, cas))
		// It is cas's week, from the hour at which the schedule was made.
		r := w.roster(id, "2026-11-02T00:00Z", "2026-11-20T00:00Z")
		same(w.t, "final", lines(r.Final), "2026-11-02T08:00 2026-11-09T08:00 cas week", "2026-11-09T08:00 2026-11-16T08:00 ann week", "2026-11-16T08:00 2026-11-23T08:00 bob week")
		same(w.t, "the past is no gap", gapLines(r.Gaps))
		if w.onTeam(soc) != cas {
			w.t.Errorf("%q is on duty", w.onTeam(soc))
		}
		var last int64
		w.read(func(tx *db.Tx) error {
			return tx.QueryRow(`SELECT MAX(to_at) FROM shift WHERE tenant = 'main' AND schedule = $1`, id).Scan(&last)
		})
		if days := (last - at(w.t, "2026-11-02T08:00Z").UnixMicro()) / 86_400_000_000; days < 60 {
			w.t.Errorf("planned for %d days", days)
		}
		// A stretch beyond what is planned is computed, and the cut does not show.
		far := w.roster(id, "2026-12-28T08:00Z", "2027-01-18T08:00Z")
		same(w.t, "far", lines(far.Final), "2026-12-28T08:00 2027-01-04T08:00 bob week", "2027-01-04T08:00 2027-01-11T08:00 cas week", "2027-01-11T08:00 2027-01-18T08:00 ann week")
		w.at("2026-11-09T07:59:59Z")
		if w.onTeam(soc) != cas {
			w.t.Error("the shift ended early")
		}
		w.at("2026-11-09T08:00Z")
		if w.onTeam(soc) != ann {
			w.t.Error("the next shift did not begin")
		}
	})
}

func TestWhatHasPassedIsNeverPlannedAnew(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		id := w.create(weekly(ann, bob, cas))
		w.at("2026-11-11T12:00Z") // ann's week
		w.write(func(tx *db.Tx) error { return w.duty.Change(tx, id, 1, weekly(cas, bob)) })
		r := w.roster(id, "2026-11-02T08:00Z", "2026-11-17T00:00Z")
		same(w.t, "the running part stays ann's", lines(r.Final),
			"2026-11-02T08:00 2026-11-09T08:00 cas week", "2026-11-09T08:00 2026-11-11T12:00 ann week",
			"2026-11-11T12:00 2026-11-16T08:00 bob week", "2026-11-16T08:00 2026-11-23T08:00 cas week")
		began := w.told(id, journal.DutyBegan)
		if n := len(began); n != 2 || began[1]["person"] != bob || began[1]["previous"] != cas || began[1]["at"] != float64(at(w.t, "2026-11-11T12:00Z").UnixMicro()) {
			w.t.Errorf("began %v", began)
		}
		// A change that leaves the running shift as it is leaves its id as it is.
		before := w.roster(id, "2026-11-12T00:00Z", "2026-11-13T00:00Z").Final[0]
		w.at("2026-11-12T12:00Z")
		p := weekly(cas, bob)
		p.Name = "Another name"
		w.write(func(tx *db.Tx) error { return w.duty.Change(tx, id, 2, p) })
		if after := w.roster(id, "2026-11-12T00:00Z", "2026-11-13T00:00Z").Final[0]; after != before {
			w.t.Errorf("%v became %v", before, after)
		}
		if n := len(w.told(id, journal.DutyBegan)); n != 2 {
			w.t.Errorf("%d shifts began", n)
		}
		err := w.try(func(tx *db.Tx) error { return w.duty.Change(tx, id, 2, weekly(ann)) })
		if e := fault.As(err); e == nil || e.Slug != "stale-revision" {
			w.t.Errorf("a stale change: %v", err)
		}
	})
}

func TestTheLastOverrideWinsAndTheRotationComesBack(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		id := w.create(weekly(ann, bob, cas)) // cas
		first := w.override(id, bob, "2026-11-02T06:00Z", "2026-11-02T20:00Z")
		if w.onTeam(soc) != bob {
			w.t.Errorf("%q is on duty", w.onTeam(soc))
		}
		w.override(id, ann, "2026-11-02T12:00Z", "2026-11-02T14:00Z")
		r := w.roster(id, "2026-11-02T08:00Z", "2026-11-09T08:00Z")
		same(w.t, "final", lines(r.Final),
			"2026-11-02T08:00 2026-11-02T12:00 bob overrides", "2026-11-02T12:00 2026-11-02T14:00 ann overrides",
			"2026-11-02T14:00 2026-11-02T20:00 bob overrides", "2026-11-02T20:00 2026-11-09T08:00 cas week")
		w.at("2026-11-02T15:00Z")
		w.turn()
		w.write(func(tx *db.Tx) error { return w.duty.Uncover(tx, id, first) })
		if w.onTeam(soc) != cas {
			w.t.Errorf("%q is on duty after the override ended", w.onTeam(soc))
		}
		r = w.roster(id, "2026-11-02T08:00Z", "2026-11-09T08:00Z")
		same(w.t, "what was stays", lines(r.Final),
			"2026-11-02T08:00 2026-11-02T12:00 bob overrides", "2026-11-02T12:00 2026-11-02T14:00 ann overrides",
			"2026-11-02T14:00 2026-11-02T15:00 bob overrides", "2026-11-02T15:00 2026-11-09T08:00 cas week")
		err := w.try(func(tx *db.Tx) error { return w.duty.Uncover(tx, id, first) })
		if e := fault.As(err); e == nil || e.Slug != "override-over" {
			w.t.Errorf("twice: %v", err)
		}
		people := []any{}
		for _, e := range w.told(id, journal.DutyBegan) {
			people = append(people, e["person"])
		}
		if len(people) != 4 || people[0] != cas || people[1] != bob || people[2] != bob || people[3] != cas {
			w.t.Errorf("began %v", people) // the two hours of ann were missed while nothing turned
		}
	})
}

func TestSwappedShiftsAreTwoOverrides(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		id := w.create(weekly(ann, bob, cas))
		f := w.roster(id, "2026-11-09T08:00Z", "2026-11-23T08:00Z").Final // ann, bob
		w.write(func(tx *db.Tx) error {
			ids, err := w.duty.Swap(tx, id, f[0].ID, f[1].ID, "a wedding")
			if len(ids) != 2 {
				w.t.Errorf("ids %v", ids)
			}
			return err
		})
		r := w.roster(id, "2026-11-09T08:00Z", "2026-11-23T08:00Z")
		same(w.t, "swapped", lines(r.Final), "2026-11-09T08:00 2026-11-16T08:00 bob overrides", "2026-11-16T08:00 2026-11-23T08:00 ann overrides")
		var left []duty.Override
		w.read(func(tx *db.Tx) (err error) { left, err = w.duty.Overrides(tx, id); return err })
		if len(left) != 2 || left[0].Reason != "a wedding" || left[0].MadeByName != "ann" {
			w.t.Errorf("overrides %v", left)
		}
		err := w.try(func(tx *db.Tx) error { _, err := w.duty.Swap(tx, id, r.Final[0].ID, "no-such", ""); return err })
		if e := fault.As(err); e == nil || len(e.Fields) != 1 || e.Fields[0].Location != "body.with" {
			w.t.Errorf("a shift that is not there: %v", err)
		}
	})
}

func TestAFutureShiftKeepsItsIdAndCountsItsChanges(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		id := w.create(weekly(ann, bob, cas))
		before := w.roster(id, "2026-11-09T08:00Z", "2026-11-10T08:00Z").Final[0]
		w.override(id, bob, "2026-11-12T00:00Z", "2026-11-13T00:00Z")
		var seq int64
		w.read(func(tx *db.Tx) error {
			return tx.QueryRow(`SELECT seq FROM shift WHERE tenant = 'main' AND id = $1`, before.ID).Scan(&seq)
		})
		after := w.roster(id, "2026-11-09T08:00Z", "2026-11-10T08:00Z").Final[0]
		if after.ID != before.ID || seq != 1 || short(after.To) != "2026-11-12T00:00" {
			w.t.Errorf("%v became %v, change %d", before, after, seq)
		}
	})
}

func TestTwoNodesTurningAtOnceWriteEachBoundaryOnce(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		id := w.create(weekly(ann, bob, cas))
		other := duty.New(duty.Config{DB: w.d, Journal: w.journal})
		for _, now := range []string{"2026-11-09T07:30Z", "2026-11-09T08:00Z", "2026-11-16T07:45Z", "2026-11-16T08:00Z"} {
			w.at(now)
			var wg sync.WaitGroup
			for _, d := range []*duty.Duty{w.duty, other, w.duty, other} {
				wg.Go(func() {
					if err := d.Turn(context.Background()); err != nil {
						w.t.Error(err)
					}
				})
			}
			wg.Wait()
		}
		began, ending := w.told(id, journal.DutyBegan), w.told(id, journal.DutyEnding)
		if len(began) != 3 || len(ending) != 2 {
			w.t.Fatalf("%d began, %d end: %v %v", len(began), len(ending), began, ending)
		}
		if began[1]["person"] != ann || began[1]["previous"] != cas || began[1]["team"] != soc || began[1]["primary"] != true ||
			began[1]["at"] != float64(at(w.t, "2026-11-09T08:00Z").UnixMicro()) || began[1]["schedule"] != id {
			w.t.Errorf("began %v", began[1])
		}
		if ending[0]["person"] != cas || ending[0]["next"] != ann || ending[0]["at"] != float64(at(w.t, "2026-11-09T08:00Z").UnixMicro()) {
			w.t.Errorf("ending %v", ending[0])
		}
	})
}

func TestAfterDowntimeOnlyWhatIsTrueNowIsTold(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		p := single("UTC", duty.Rotation{Kind: "hours", Every: 1, Handoff: duty.Handoff{Time: "00:00"}, Start: "2026-11-01", Participants: []string{ann, bob, cas}})
		id := w.create(p)
		w.at("2026-11-05T10:20Z") // 74 boundaries later
		w.turn()
		w.turn()
		began := w.told(id, journal.DutyBegan)
		if len(began) != 2 || began[1]["at"] != float64(at(w.t, "2026-11-05T10:00Z").UnixMicro()) {
			w.t.Errorf("began %v", began)
		}
		// The days that passed are planned ahead again at once.
		var last int64
		w.read(func(tx *db.Tx) error {
			return tx.QueryRow(`SELECT MAX(to_at) FROM shift WHERE tenant = 'main'`).Scan(&last)
		})
		if last < at(w.t, "2027-01-04T10:20Z").UnixMicro() {
			w.t.Errorf("planned until %v", db.Time(last))
		}
		// Down for longer than was planned: the shift of now is there all the same.
		w.at("2027-03-05T10:20Z")
		w.turn()
		if got := w.told(id, journal.DutyBegan); len(got) != 3 || got[2]["person"] == "" {
			w.t.Errorf("began %v", got)
		}
	})
}

func TestARemovedScheduleHasNobodyOnDuty(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		id := w.create(weekly(ann, bob, cas))
		w.at("2026-11-03T08:00Z")
		w.duty.Connect(func(*db.Tx, string) (string, error) { return "Night", nil })
		err := w.try(func(tx *db.Tx) error { return w.duty.Remove(tx, id, 1) })
		if e := fault.As(err); e == nil || e.Slug != "in-use" || !strings.Contains(e.Message, "The ladder Night names") {
			w.t.Errorf("in use: %v", err)
		}
		w.duty.Connect(func(*db.Tx, string) (string, error) { return "", nil })
		w.write(func(tx *db.Tx) error { return w.duty.Remove(tx, id, 1) })
		if w.onTeam(soc) != "" {
			w.t.Errorf("%q is on duty", w.onTeam(soc))
		}
		if began := w.told(id, journal.DutyBegan); len(began) != 2 || began[1]["person"] != "" || began[1]["previous"] != cas {
			w.t.Errorf("began %v", began)
		}
		w.turn()
		// Its name and its team are free again.
		w.create(weekly(bob))
		if w.onTeam(soc) != bob {
			w.t.Errorf("%q is on duty", w.onTeam(soc))
		}
	})
}

func TestAnotherTeamIsToldWhoAnswers(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		id := w.create(weekly(ann, bob, cas))
		w.at("2026-11-03T08:00Z")
		p := weekly(ann, bob, cas)
		p.Team = net
		w.write(func(tx *db.Tx) error { return w.duty.Change(tx, id, 0, p) })
		began := w.told(id, journal.DutyBegan)
		if len(began) != 3 || began[1]["team"] != soc || began[1]["person"] != "" || began[2]["team"] != net || began[2]["person"] != cas {
			w.t.Errorf("began %v", began)
		}
		if w.onTeam(soc) != "" || w.onTeam(net) != cas {
			w.t.Errorf("on duty: %q and %q", w.onTeam(soc), w.onTeam(net))
		}
		p.Primary = false
		w.write(func(tx *db.Tx) error { return w.duty.Change(tx, id, 0, p) })
		if w.onTeam(net) != "" {
			w.t.Error("a schedule that is not primary says who answers")
		}
	})
}
