package connection_test

import (
	"testing"
	"time"

	"tocsin/internal/connection"
	"tocsin/internal/connector/connectortest"
	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/fault"
)

func TestALookSeesWhatTheFirstComparisonWouldTakeAndTakesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, m := reconciling(t, d)
		c := w.create(`{"places":[{"name":"north"}]}`)
		off := false
		if _, err := w.room.Update(ctxMain(), c.ID, c.Rev, connection.Patch{Enabled: &off}); err != nil {
			t.Fatal(err)
		}
		old := connectortest.Held{At: d.Now() - 30*hour, Body: "older than the look-back"}
		w.source.Hold(append([]connectortest.Held{old}, held(d, 45, 10*time.Minute)...), nil)
		for days, want := range map[int]int{0: 45, 7: 46} {
			l, err := w.room.Look(ctxMain(), c.ID, days)
			if err != nil || l.Truncated || len(l.Messages) != want {
				t.Errorf("%d days: %d messages, truncated %v, %v", days, len(l.Messages), l.Truncated, err)
			}
		}
		if len(m.seen) != 0 || w.line(c.ID).State != "never" {
			t.Errorf("a look took %d in; the comparison is %s", len(m.seen), w.line(c.ID).State)
		}
		var entries int
		err := d.Read(ctxMain(), func(tx *db.Tx) error {
			return tx.QueryRow(`SELECT COUNT(*) FROM entry WHERE tenant = $1 AND stream = $2 AND kind = 'connection.called'`, tx.Tenant(), connection.Stream(c.ID)).Scan(&entries)
		})
		if err != nil || entries != 2 {
			t.Errorf("%d entries, %v", entries, err)
		}
	})
}

func TestALookHasAnEndAndSaysSo(t *testing.T) {
	t.Parallel()
	w, _ := reconciling(t, dbtest.SQLite(t, nil))
	c := w.create(`{"places":[{"name":"north"},{"name":"south"}]}`)
	w.source.Hold(held(w.d, 240, 10*time.Minute), nil)
	l, err := w.room.Look(ctxMain(), c.ID, 0)
	if err != nil || !l.Truncated || len(l.Messages) != 20*connectortest.HeldPage {
		t.Errorf("%d messages, truncated %v, %v; want half of the pages of each place", len(l.Messages), l.Truncated, err)
	}
}

func TestALookThatCannotBeHadSaysWhy(t *testing.T) {
	t.Parallel()
	w, _ := reconciling(t, dbtest.SQLite(t, nil))
	bare := w.create(`{}`)
	if _, err := w.room.Look(ctxMain(), bare.ID, 0); !fault.Is(err, fault.Conflict) {
		t.Errorf("a connection without a place: %v", err)
	}
	if err := w.room.Remove(ctxMain(), bare.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.room.Look(ctxMain(), "none", 0); !fault.Is(err, fault.Missing) {
		t.Errorf("a connection that is not there: %v", err)
	}
	w.source.Hold(held(w.d, 5, time.Minute), func(int) error { return fault.New(fault.Unavailable, "the region is closed") })
	if _, err := w.room.Look(ctxMain(), w.create(`{"places":[{"name":"north"}]}`).ID, 0); fault.As(err) == nil || fault.As(err).Message != "the region is closed" {
		t.Errorf("a detector that refuses: %v", err)
	}
}
