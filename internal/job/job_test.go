package job_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/fault"
	"tocsin/internal/job"
	"tocsin/internal/journal"
	"tocsin/internal/seal"
)

func ctxMain() context.Context { return db.As(context.Background(), dbtest.Tenant, "system:test") }

func enqueue(t *testing.T, d *db.DB, s job.Spec) {
	t.Helper()
	if err := d.Write(ctxMain(), func(tx *db.Tx) error { return job.Enqueue(tx, s) }); err != nil {
		t.Fatal(err)
	}
}

// start runs a runner until the test ends.
func start(t *testing.T, r *job.Runner) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); r.Run(ctx) }()
	return sync.OnceFunc(func() { cancel(); <-done })
}

func TestATimerFiresWhenItIsDueAndNotBefore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := dbtest.SQLite(t, nil)
		r := job.New(d, job.Config{Node: "one"})
		var firedAt atomic.Int64
		r.Handle("alarm", func(context.Context, job.Job) error { firedAt.Store(time.Now().UnixMicro()); return nil })
		stop := start(t, r)
		defer stop()
		due := time.Now().Add(4 * time.Hour)
		enqueue(t, d, job.Spec{Kind: "alarm", Key: "k", RunAt: due.UnixMicro()})
		time.Sleep(4*time.Hour - time.Second)
		if firedAt.Load() != 0 {
			t.Fatal("the timer fired early")
		}
		time.Sleep(3 * time.Second)
		if late := firedAt.Load() - due.UnixMicro(); firedAt.Load() == 0 || late < 0 || late > 2_000_000 {
			t.Fatalf("the timer was %d µs late", late)
		}
	})
}

func TestAFailingJobIsTriedAgainAndSetAsideAtLast(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := dbtest.SQLite(t, nil)
		r := job.New(d, job.Config{Node: "one"})
		var tries, hopeless atomic.Int64
		r.Handle("flaky", func(_ context.Context, j job.Job) error {
			if tries.Add(1) < 3 {
				return errors.New("not yet")
			}
			return nil
		})
		r.Handle("hopeless", func(context.Context, job.Job) error { hopeless.Add(1); panic("always") })
		r.Handle("refused", func(context.Context, job.Job) error { return job.Permanent(errors.New("never")) })
		stop := start(t, r)
		defer stop()
		enqueue(t, d, job.Spec{Kind: "flaky", Key: "k"})
		enqueue(t, d, job.Spec{Kind: "flaky", Key: "k"}) // the same work is not queued twice
		enqueue(t, d, job.Spec{Kind: "hopeless", Key: "k", MaxAttempts: 3})
		enqueue(t, d, job.Spec{Kind: "refused", Key: "k"})
		time.Sleep(time.Minute)
		want := map[string]string{"flaky": "done/3", "hopeless": "failed/3", "refused": "failed/1"}
		for kind, state := range states(t, d) {
			if want[kind] != state {
				t.Errorf("%s is %s, want %s", kind, state, want[kind])
			}
		}
		if tries.Load() != 3 || hopeless.Load() != 3 {
			t.Errorf("tries %d, hopeless %d", tries.Load(), hopeless.Load())
		}
	})
}

func states(t *testing.T, d *db.DB) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := d.Read(ctxMain(), func(tx *db.Tx) error {
		rows, err := tx.Query(`SELECT kind, state, attempts FROM job`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var kind, state string
			var n int
			if err := rows.Scan(&kind, &state, &n); err != nil {
				return err
			}
			out[kind] = fmt.Sprintf("%s/%d", state, n)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestANodeThatWasAsleepCannotWrite is the trap of leases: the lease ran out
// while the handler slept, another node did the work, and the sleeper wakes.
func TestANodeThatWasAsleepCannotWrite(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var effects, fenced atomic.Int64
		asleep, wake := make(chan struct{}), make(chan struct{})
		effect := func(tx *db.Tx, j job.Job) error {
			if err := j.Hold(tx); err != nil {
				return err
			}
			return tx.Must(`UPDATE tenant SET name = name WHERE tenant = $1`, dbtest.Tenant)
		}
		if err := d.Write(ctxMain(), func(tx *db.Tx) error {
			return tx.Must(`INSERT INTO tenant(tenant, name, time_zone, created_at) VALUES ('main','x','UTC',0)`)
		}); err != nil {
			t.Fatal(err)
		}
		run := func(node string, slow bool) func() {
			// The sleeper does not beat either: it would after twenty minutes.
			lease := 400 * time.Millisecond
			if slow {
				lease = time.Hour
			}
			r := job.New(d, job.Config{Node: node, Lease: lease, Poll: 20 * time.Millisecond})
			r.Handle("work", func(ctx context.Context, j job.Job) error {
				if slow {
					close(asleep)
					<-wake
				}
				err := d.Write(ctx, func(tx *db.Tx) error { return effect(tx, j) })
				if fault.Is(err, fault.Conflict) {
					fenced.Add(1)
					return err
				}
				effects.Add(1)
				return err
			})
			return start(t, r)
		}
		past := time.Now().Add(-2 * time.Hour).UnixMicro()
		enqueue(t, d, job.Spec{Kind: "work", Key: "k", RunAt: past})
		stopSlow := run("sleeper", true)
		<-asleep
		stopFast := run("other", false)
		for range 9000 {
			if effects.Load() > 0 {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		close(wake)
		for range 9000 {
			if fenced.Load() > 0 {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		stopSlow()
		stopFast()
		if effects.Load() != 1 || fenced.Load() != 1 {
			t.Fatalf("effects %d, fenced %d, want one each", effects.Load(), fenced.Load())
		}
	})
}

func newJournal(t *testing.T, d *db.DB) *journal.Journal {
	t.Helper()
	vault := seal.New(seal.RandomKey())
	if err := vault.EnsureTenant(context.Background(), d, dbtest.Tenant); err != nil {
		t.Fatal(err)
	}
	return journal.New(vault)
}

func append1(t *testing.T, d *db.DB, j *journal.Journal, stream, kind string) {
	t.Helper()
	err := d.Write(ctxMain(), func(tx *db.Tx) error {
		_, err := j.Append(tx, journal.Entry{Stream: stream, Kind: kind})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestReadersGetEveryEntryAtLeastOnceOverManyNodes also proves that a bad entry
// is set aside and holds up nothing behind it.
func TestReadersGetEveryEntryAtLeastOnceOverManyNodes(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		j := newJournal(t, d)
		var mu sync.Mutex
		got := map[string]int{}
		reader := job.Reader{Name: "test", Kinds: []string{journal.TicketOpened}, Handle: func(_ context.Context, entries []journal.Record) error {
			for _, e := range entries {
				if e.Stream == "ticket:bad" {
					return errors.New("cannot take this one")
				}
			}
			mu.Lock()
			defer mu.Unlock()
			for _, e := range entries {
				got[e.Stream]++
			}
			return nil
		}}
		var stops []func()
		for n := range 2 {
			r := job.New(d, job.Config{Node: fmt.Sprint("node", n), Lease: time.Second, Poll: 20 * time.Millisecond})
			r.Read(reader)
			stops = append(stops, start(t, r))
		}
		for i := range 60 {
			append1(t, d, j, fmt.Sprint("ticket:", i), journal.TicketOpened)
			append1(t, d, j, fmt.Sprint("ticket:", i), journal.NoteAdded)
			if i == 30 {
				append1(t, d, j, "ticket:bad", journal.TicketOpened)
				stops[0]() // a node goes away in the middle
			}
		}
		for range 3000 {
			mu.Lock()
			n := len(got)
			mu.Unlock()
			if n == 60 {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		for _, stop := range stops {
			stop()
		}
		if len(got) != 60 {
			t.Fatalf("%d of 60 entries were read", len(got))
		}
		var stuck int
		_ = d.Read(ctxMain(), func(tx *db.Tx) error { return tx.QueryRow(`SELECT COUNT(*) FROM reader_stuck`).Scan(&stuck) })
		if stuck != 1 {
			t.Fatalf("%d entries set aside, want the bad one", stuck)
		}
	})
}

func TestTheFeedResumesOrSaysThatItCannot(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		j := newJournal(t, d)
		append1(t, d, j, "ticket:0", journal.TicketOpened)
		r := job.New(d, job.Config{Node: "one", Poll: 20 * time.Millisecond})
		stop := start(t, r)
		defer stop()
		feed := job.NewFeed(d, nil)
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { defer close(done); feed.Run(ctx) }()
		defer func() { cancel(); <-done }()
		await(t, func() bool { return feed.Last() == 1 })
		append1(t, d, j, "ticket:1", journal.TicketOpened)
		append1(t, d, j, "ticket:2", journal.TicketOpened)
		await(t, func() bool { return feed.Last() == 3 })
		if entries, _, ok := feed.After(1); !ok || len(entries) != 2 || entries[0].Stream != "ticket:1" {
			t.Fatalf("resuming after 1: %v %v", entries, ok)
		}
		if entries, _, ok := feed.After(3); !ok || len(entries) != 0 {
			t.Fatalf("resuming at the end: %v %v", entries, ok)
		}
		if _, _, ok := feed.After(99); ok {
			t.Fatal("a position of another journal was taken")
		}
	})
}

func await(t *testing.T, ok func() bool) {
	t.Helper()
	for range 1000 {
		if ok() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("waited in vain")
}
