package connection_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"tocsin/internal/connection"
	"tocsin/internal/connector"
	"tocsin/internal/connector/connectortest"
	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/fault"
)

// memory is an intake that knows what it has, by body.
type memory struct {
	mu   sync.Mutex
	seen map[string]int
}

func (m *memory) take(_ context.Context, _ string, batch []connector.Message) (connection.Taken, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	taken := connection.Taken{}
	for _, msg := range batch {
		taken.Verdicts = append(taken.Verdicts, connector.VerdictKept)
		if m.seen[string(msg.Body)]++; m.seen[string(msg.Body)] > 1 {
			taken.Had++
		} else {
			taken.Fresh++
		}
	}
	return taken, nil
}

func reconciling(t *testing.T, d *db.DB) (*world, *memory) {
	w, m := newWorld(t, d), &memory{seen: map[string]int{}}
	w.room.Take = m.take
	return w, m
}

// runReconcile sees to the comparisons until stop is called.
func (w *world) runReconcile() (stop func()) {
	ctx, cancel := context.WithCancel(db.As(context.Background(), db.Everyone, "system:job"))
	done := make(chan struct{})
	go func() { defer close(done); _ = w.room.Reconcile(ctx) }()
	stop = sync.OnceFunc(func() { cancel(); <-done })
	w.t.Cleanup(stop)
	return stop
}

const hour = int64(3600_000_000)

// held makes n things that changed before now, one a minute.
func held(d *db.DB, n int, before time.Duration) []connectortest.Held {
	var list []connectortest.Held
	for i := range n {
		list = append(list, connectortest.Held{At: d.Now() - before.Microseconds() - int64(n-i)*60_000_000, Body: fmt.Sprintf("f-%d", i)})
	}
	return list
}

func (w *world) line(id string) connection.Reconciliation {
	w.t.Helper()
	c := w.get(id)
	if len(c.Reconcile) != 1 {
		w.t.Fatalf("%d lines", len(c.Reconcile))
	}
	return c.Reconcile[0]
}

func TestAComparisonFindsWhatTheQueueLostAndTheNextMissesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, m := reconciling(t, d)
		c := w.create(`{"places":[{"name":"north"}]}`)
		if l := w.line(c.ID); l.State != "never" || l.NextAt == nil {
			t.Fatalf("before the first run: %+v", l)
		}
		all := held(d, 45, 10*time.Minute)
		young := connectortest.Held{At: d.Now() - 60_000_000, Body: "on its way"}
		future := connectortest.Held{At: d.Now() + 1000*hour, Body: "of the year to come"}
		w.source.Hold(append(all, young, future), nil)
		for _, h := range all[:30] {
			m.seen[h.Body] = 1 // came by the queue
		}
		w.runReconcile()
		connectortest.Eventually(t, 20*time.Second, "the first run ends", func() bool { return w.line(c.ID).Runs == 1 })
		l := w.line(c.ID)
		if l.State != "done" || l.LookedAt != 45 || l.Had != 30 || l.Missed != 15 || l.TotalMissed != 15 || !l.Watermark.Equal(db.Time(all[44].At)) {
			t.Errorf("first run: %+v", l)
		}
		if !l.NextAt.Equal(l.StartedAt.Add(time.Hour)) {
			t.Errorf("the next run is at %s, the last was at %s", l.NextAt, l.StartedAt)
		}
		if _, err := w.room.ReconcileNow(ctxMain(), c.ID); err != nil {
			t.Fatal(err)
		}
		connectortest.Eventually(t, 20*time.Second, "the second run ends", func() bool { return w.line(c.ID).Runs == 2 })
		if l := w.line(c.ID); l.LookedAt != 45 || l.Missed != 0 || l.TotalMissed != 15 || l.TotalLookedAt != 90 {
			t.Errorf("second run: %+v", l)
		}
		if from := w.source.Spans()[1].From; from != all[44].At-6*hour {
			t.Errorf("the second run looked from %d, want the look-back behind %d", from, all[44].At)
		}
		w.journalled(c.ID, 2)
	})
}

// journalled checks the entries of runs.
func (w *world) journalled(id string, want int) {
	w.t.Helper()
	var list []string
	err := w.d.Read(ctxMain(), func(tx *db.Tx) (err error) {
		list, err = db.Strings(tx, `SELECT data FROM entry WHERE tenant = $1 AND stream = $2 AND kind = 'reconcile.done' ORDER BY seq`, tx.Tenant(), connection.Stream(id))
		return err
	})
	if err != nil || len(list) != want {
		w.t.Fatalf("%d entries, want %d: %v", len(list), want, err)
	}
	var data struct {
		Connection, Region       string
		Had, Missed, Quarantined int64
		LookedAt                 int64 `json:"looked_at"`
	}
	if err := json.Unmarshal([]byte(list[0]), &data); err != nil || data.Connection != id || data.Region != "north" || data.LookedAt != data.Had+data.Missed+data.Quarantined {
		w.t.Errorf("%s %v", list[0], err)
	}
}

func TestAComparisonThatWasInterruptedGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, _ := reconciling(t, d)
		c := w.create(`{"places":[{"name":"north"}]}`)
		all := held(d, 45, 10*time.Minute)
		reached := make(chan struct{})
		stopAt := make(chan struct{})
		w.source.Hold(all, func(page int) error {
			if page == 3 {
				close(reached)
				<-stopAt // the process dies here
				return context.Canceled
			}
			return nil
		})
		stop := w.runReconcile()
		<-reached
		if l := w.line(c.ID); l.State != "running" || l.LookedAt != 20 {
			t.Errorf("in the middle: %+v", l)
		}
		go func() { time.Sleep(50 * time.Millisecond); close(stopAt) }()
		stop()
		began := w.line(c.ID).StartedAt
		w.source.Hold(all, nil)
		w.runReconcile()
		connectortest.Eventually(t, 20*time.Second, "the run ends", func() bool { return w.line(c.ID).Runs == 1 })
		l := w.line(c.ID)
		// The last of the second page is looked at again: others may have its time.
		if l.LookedAt != 46 || l.Missed != 45 || l.Had != 1 || !l.StartedAt.Equal(*began) {
			t.Errorf("%+v", l)
		}
		if from := w.source.Spans()[1].From; from != all[19].At {
			t.Errorf("it went on from %d, want %d", from, all[19].At)
		}
	})
}

func TestAComparisonThatFailsSaysWhyAndMovesNoWatermark(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, _ := reconciling(t, d)
		c := w.create(`{"places":[{"name":"north"}]}`)
		w.run()
		w.source.Hold(held(d, 25, 10*time.Minute), func(page int) error {
			if page == 2 {
				return fault.New(fault.Unavailable, "the detector went away")
			}
			return nil
		})
		w.runReconcile()
		connectortest.Eventually(t, 20*time.Second, "it fails", func() bool { return w.line(c.ID).State == "failed" })
		l := w.line(c.ID)
		if l.Error != "the detector went away" || l.Watermark != nil || l.Runs != 0 || l.LookedAt != 10 || l.NextAt.After(l.EndedAt.Add(afterFailure)) {
			t.Errorf("%+v", l)
		}
		connectortest.Eventually(t, 20*time.Second, "the connection's health says so", func() bool {
			h := w.get(c.ID).Health
			return h.State == "failing" && h.LastError == "comparing with what north holds failed: the detector went away"
		})
		w.source.Hold(held(d, 25, 10*time.Minute), nil)
		if _, err := w.room.ReconcileNow(ctxMain(), c.ID); err != nil {
			t.Fatal(err)
		}
		connectortest.Eventually(t, 20*time.Second, "it goes on", func() bool { return w.line(c.ID).State == "done" })
		connectortest.Eventually(t, 20*time.Second, "the connection is well", func() bool { return w.get(c.ID).Health.State == "ok" })
	})
}

const afterFailure = 5*time.Minute + time.Second

func TestOnlyWhatIsSetUpAndOnIsCompared(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t, nil)
	w, _ := reconciling(t, d)
	c := w.create(`{}`)
	slug := func(err error) string {
		if e := fault.As(err); e != nil && e.Code == fault.Conflict {
			return e.Slug
		}
		return fmt.Sprint(err)
	}
	if _, err := w.room.ReconcileNow(ctxMain(), c.ID); slug(err) != "nothing-to-reconcile" {
		t.Error(err)
	}
	off := false
	c, err := w.room.Update(ctxMain(), c.ID, c.Rev, connection.Patch{Enabled: &off, Settings: json.RawMessage(`{"places":[{"name":"north"}]}`)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.room.ReconcileNow(ctxMain(), c.ID); slug(err) != "switched-off" {
		t.Error(err)
	}
	if l := w.line(c.ID); l.NextAt != nil {
		t.Errorf("a run is announced for a connection that is off: %+v", l)
	}
	if _, err := w.room.ReconcileNow(ctxMain(), "no-such"); !fault.Is(err, fault.Missing) {
		t.Error(err)
	}
	w.source.Hold(held(d, 5, time.Hour), func(int) error { return errors.New("asked though it is off") })
	stop := w.runReconcile()
	time.Sleep(300 * time.Millisecond)
	stop()
	if n := len(w.source.Spans()); n != 0 {
		t.Errorf("%d runs of a connection that is off", n)
	}
}
