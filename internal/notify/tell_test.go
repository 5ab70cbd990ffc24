package notify_test

import (
	"testing"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/notify"
)

func TestANoticeIsKeptOnceForEachKey(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		many := []notify.Notice{}
		for i := range 45 { // more than one statement
			many = append(many, page(ann, i))
		}
		w.tell(many...)
		w.tell(many...)
		w.tell(page(ann, 3), page(bob, 3))
		if got := w.count(`SELECT COUNT(*) FROM notice WHERE tenant = 'main'`); got != 46 {
			t.Errorf("%d notices are kept, want 46", got)
		}
	})
}

func TestANoticeCommitsWithItsCause(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		failed := fault.New(fault.Conflict, "no")
		err := w.d.Write(w.as("system:test"), func(tx *db.Tx) error {
			if err := w.n.Tell(tx, page(ann, 1)); err != nil {
				return err
			}
			return failed
		})
		if err == nil || w.count(`SELECT COUNT(*) FROM notice`) != 0 {
			t.Errorf("a notice is left of what did not happen: %v", err)
		}
	})
}

func TestANoticeThatNobodyCouldHearIsAMistake(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		both, none, resolve := page(ann, 1), page("", 1), page(ann, 1)
		both.Channel, resolve.Resolve = "c-pager", true
		for name, bad := range map[string]notify.Notice{"for both": both, "for nobody": none, "ends an alarm of a person": resolve, "without a key": {Person: ann, Kind: notify.Page}} {
			err := w.d.Write(w.as("system:test"), func(tx *db.Tx) error { return w.n.Tell(tx, bad) })
			if !fault.Is(err, fault.Internal) {
				t.Errorf("a notice %s: %v", name, err)
			}
		}
	})
}

func TestThirtyThousandNoticesBecomeOneMessageAPerson(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a while")
	}
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		began := time.Now()
		for chunk := range 60 {
			many := make([]notify.Notice, 500)
			for i := range many {
				many[i] = page([]string{ann, bob}[i%2], chunk*500+i)
				many[i].Batch = "downtime"
			}
			w.tell(many...)
		}
		t.Logf("30,000 notices in %s", time.Since(began).Round(time.Millisecond))
		began = time.Now()
		w.write(func(tx *db.Tx) error { return w.n.Release(tx, "downtime") })
		w.running(w.n)
		for len(w.outside.sent()) < 2 && time.Since(began) < 3*time.Minute {
			time.Sleep(20 * time.Millisecond)
		}
		t.Logf("and told after %s more", time.Since(began).Round(time.Millisecond))
		w.settled()
		sent := w.outside.sent()
		if len(sent) != 2 || sent[0].To == sent[1].To || sent[0].Subject != "15000 tickets need attention, the gravest is critical" {
			t.Errorf("%d letters: %s", len(sent), vias(sent))
		}
	})
}
