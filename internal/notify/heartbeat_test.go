package notify_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"tocsin/internal/connection"
	"tocsin/internal/connector"
	"tocsin/internal/db"
)

func TestAHeartbeatIsGivenInTimeAndItsChangesAreTold(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.write(func(tx *db.Tx) error {
			if err := tx.Must(`INSERT INTO tenant(tenant, name, time_zone, created_at) VALUES ('main','main','UTC',0)`); err != nil {
				return err
			}
			return tx.Must(`INSERT INTO user_role(tenant, user_id, role, granted_at, granted_by) VALUES ('main',$1,'tenant-admin',0,'')`, ann)
		})
		w.outside.mu.Lock()
		w.outside.ways = append(w.outside.ways, connection.Way{ID: "c-heart", Kind: "heartbeat", Name: "Watchdog", Enabled: true, Beat: time.Minute})
		w.outside.mu.Unlock()
		beat := func(want int) {
			t.Helper()
			if err := w.n.Beat(db.As(context.Background(), db.Everyone, "system:job")); err != nil {
				t.Fatal(err)
			}
			if got := len(w.outside.sent()); got != want {
				t.Fatalf("%d beats, want %d", got, want)
			}
		}
		beat(1)
		beat(1)
		w.turn(54 * time.Second)
		beat(1)
		w.turn(2 * time.Second) // the next look would be too late
		beat(2)
		w.outside.answering(func(context.Context, string, connector.Letter) error { return errors.New("404") })
		w.turn(time.Minute)
		beat(3)
		w.turn(time.Minute)
		beat(4)
		if w.count(`SELECT COUNT(*) FROM entry WHERE kind = 'heartbeat.changed'`) != 1 || w.count(`SELECT COUNT(*) FROM notice WHERE person = $1 AND message = ''`, ann) != 1 {
			t.Error("one failure is one entry and one notice on the screen")
		}
		w.outside.answering(nil)
		w.turn(-time.Hour) // a clock that is set back must not silence it
		beat(5)
		if w.count(`SELECT COUNT(*) FROM entry WHERE kind = 'heartbeat.changed'`) != 2 {
			t.Error("that it works again is told, too")
		}
		w.running(w.n)
		time.Sleep(300 * time.Millisecond)
		if got := len(w.outside.sent()); got != 5 {
			t.Errorf("what is for the screen was sent: %d", got)
		}
	})
}
