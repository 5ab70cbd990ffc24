package sla

import (
	"context"
	"slices"
	"testing"

	"tocsin/internal/db"
	"tocsin/internal/journal"
	"tocsin/internal/notify"
	"tocsin/internal/ticket"
)

func (r *rig) audit() {
	r.t.Helper()
	if err := r.sla.Audit(context.Background()); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) sql(text string, args ...any) {
	r.t.Helper()
	r.write("system:test", func(tx *db.Tx) error {
		_, err := tx.Exec(text, args...)
		return err
	})
}

func TestTheAuditorFindsNothingWhereEverybodyWasCalled(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		ids := []string{r.open("critical"), r.open("high"), r.open("medium"), r.open("info")}
		r.alive("10:00", "10:05")
		r.acks(bob, ids[1])
		r.sql(`UPDATE notice SET message = 'sent'`)
		for _, clock := range []string{"10:01", "10:03", "10:04"} {
			r.at(clock)
			r.audit()
		}
		for _, id := range ids {
			want(t, "missed", len(r.log(ticket.Stream(id), journal.EscalationMissed)), 0)
		}
		want(t, "metric", []int64{r.sla.Gauges().Missed(), r.sla.Gauges().Unreachable()}, []int64{0, 0})
	})
}

func TestTheAuditorMakesGoodWhatWasMissed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		lose func(r *rig, id string)
	}{
		{"nobody ever looked", func(r *rig, id string) { r.sql(`UPDATE ticket SET next_at = NULL WHERE id = $1`, id) }},
		{"the scheduler believes that it called, and nobody was told", func(r *rig, id string) {
			r.look()
			r.sql(`DELETE FROM notice WHERE ticket = $1`, id)
		}},
		{"the call was never made into a message", func(r *rig, _ string) { r.look() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rigs(t, func(r *rig) {
				id := r.open("critical")
				c.lose(r, id)
				r.at("10:01")
				r.audit()
				want(t, "in time yet", len(r.log(ticket.Stream(id), journal.EscalationMissed)), 0)
				r.at("10:03")
				r.audit()
				want(t, "missed", len(r.log(ticket.Stream(id), journal.EscalationMissed)), 1)
				want(t, "metric", r.sla.Gauges().Missed() > 0, true)
				last := r.heard(notify.Page)
				want(t, "the last resort is called", last[len(last)-1].Who, dan)
				r.audit()
				want(t, "once", len(r.log(ticket.Stream(id), journal.EscalationMissed)), 1)
			})
		})
	}
}

func TestTheAuditorWaitsWhileADowntimeIsMadeGood(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		id := r.open("critical")
		r.at("13:00")
		if err := r.sla.mindAll(context.Background()); err != nil {
			t.Fatal(err)
		}
		r.audit()
		want(t, "while it is made good", len(r.log(ticket.Stream(id), journal.EscalationMissed)), 0)
		r.at("13:03")
		r.audit()
		want(t, "when it takes too long", len(r.log(ticket.Stream(id), journal.EscalationMissed)), 1)
	})
}

func TestTheAuditorSetsLostClocksAgain(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		id := r.open("low")
		r.look()
		r.sql(`UPDATE ticket SET next_at = NULL WHERE id = $1`, id)
		r.audit()
		r.read(func(tx *db.Tx) error {
			next, err := ticket.NextOf(tx, id)
			want(t, "when to look", next > begun().UnixMicro(), true)
			return err
		})
		want(t, "counted", r.sla.Gauges().Missed(), 1)
	})
}

func TestTheAuditorGoesRoundInPieces(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		ids := r.fill(30, "critical")
		r.look()
		r.sql(`UPDATE notice SET message = 'sent'`)
		m := r.sla.auditor.mark("main", "critical")
		r.at("10:03")
		r.audit()
		want(t, "how far it has come", m.head.ID, slices.Max(ids))
		r.sql(`DELETE FROM notice WHERE ticket = $1`, ids[4])
		r.audit()
		want(t, "the next round finds it", len(r.log(ticket.Stream(ids[4]), journal.EscalationMissed)), 1)
	})
}

func TestTheMetricSaysThatNobodyCouldBeReached(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		r.audit()
		want(t, "while the last resort works", r.sla.Gauges().Unreachable(), 0)
		r.works[dan] = false
		r.audit()
		want(t, "when it does not", r.sla.Gauges().Unreachable(), 1)
		r.works[dan] = true
		r.audit()
		want(t, "when it does again", r.sla.Gauges().Unreachable(), 0)
	})
}
