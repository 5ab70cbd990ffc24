package job

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/fault"
)

// desk is one node's view of the keys, under a clock that the test moves.
type desk struct {
	*Idempotency
	ctx   context.Context
	clock *atomic.Int64
}

func newDesk(d *db.DB, node string) desk {
	clock := &atomic.Int64{}
	clock.Store(time.Date(2026, 10, 1, 8, 0, 0, 0, time.UTC).UnixMicro())
	at := d.At(func() time.Time { return time.UnixMicro(clock.Load()) })
	return desk{NewIdempotency(at, node), db.As(context.Background(), dbtest.Tenant, "user:ada"), clock}
}

func (k desk) wait(d time.Duration) { k.clock.Add(d.Microseconds()) }

func (k desk) mustBegin(t *testing.T, key, request string) Claim {
	t.Helper()
	c, answer, err := k.Begin(k.ctx, key, []byte(request))
	if err != nil || answer != nil {
		t.Fatalf("Begin = %v, %v; want a claim", answer, err)
	}
	return c
}

func slugAt(err error) string {
	if e := fault.As(err); e != nil {
		return e.Slug
	}
	return ""
}

func TestAnAnsweredRequestIsAnsweredAgain(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(d, "node-1")
		c := k.mustBegin(t, "key", "request")
		want := Answer{Status: 201, Header: []byte(`{"Etag":["1"]}`), Body: []byte("made\x00")}
		if err := k.Keep(k.ctx, c, want); err != nil {
			t.Fatal(err)
		}
		_, got, err := k.Begin(k.ctx, "key", []byte("request"))
		if err != nil || got == nil {
			t.Fatalf("Begin = %v, %v; want the answer", got, err)
		}
		if diff := cmp.Diff(want, *got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAKeyIsRefused(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for _, test := range []struct {
			name, key, request, slug string
			code                     fault.Code
		}{
			{"while the same request is being done", "key", "request", "idempotency-in-flight", fault.Conflict},
			{"for another request", "key", "other", "idempotency-key-reused", fault.Invalid},
			{"when it is too long", strings.Repeat("k", 256), "request", "", fault.Invalid},
			{"when it is empty", "", "request", "", fault.Invalid},
		} {
			t.Run(test.name, func(t *testing.T) {
				k := newDesk(d, "node-1")
				if _, _, err := k.Begin(k.ctx, "key", []byte("request")); err != nil && slugAt(err) != "idempotency-in-flight" {
					t.Fatal(err)
				}
				_, _, err := k.Begin(k.ctx, test.key, []byte(test.request))
				if fault.CodeOf(err) != test.code || slugAt(err) != test.slug {
					t.Errorf("err = %v, want %s %s", err, test.code, test.slug)
				}
			})
		}
	})
}

func TestAKeyBelongsToOneActorOfOneTenant(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(d, "node-1")
		k.mustBegin(t, "key", "request")
		for _, other := range []context.Context{
			db.As(context.Background(), dbtest.Tenant, "user:bob"),
			db.As(context.Background(), "second", "user:ada"),
		} {
			if _, answer, err := k.Begin(other, "key", []byte("something else")); err != nil || answer != nil {
				t.Errorf("Begin = %v, %v; want a claim of its own", answer, err)
			}
		}
	})
}

func TestAClaimIsTakenOver(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(d, "node-1")
		first := k.mustBegin(t, "key", "request")
		k.wait(61 * time.Second)
		second := k.mustBegin(t, "key", "request")
		// The first was only slow: what it brings now must not count.
		if err := k.Keep(k.ctx, first, Answer{Status: 500}); err != nil {
			t.Fatal(err)
		}
		if err := k.Drop(k.ctx, first); err != nil {
			t.Fatal(err)
		}
		if err := k.Keep(k.ctx, second, Answer{Status: 200}); err != nil {
			t.Fatal(err)
		}
		_, got, err := k.Begin(k.ctx, "key", []byte("request"))
		if err != nil || got == nil || got.Status != 200 {
			t.Errorf("answer = %v, %v; want that of the second", got, err)
		}
	})
}

func TestWorkThatWasCommittedIsNotDoneAgainAfterACrash(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(d, "node-1")
		claim := k.mustBegin(t, "key", "request")
		work := db.Also(k.ctx, k.Mark(claim))
		if err := d.Write(work, func(*db.Tx) error { return nil }); err != nil {
			t.Fatal(err)
		}
		// The process dies here: no answer is kept, and nothing is dropped.
		k.wait(61 * time.Second)
		_, _, err := k.Begin(k.ctx, "key", []byte("request"))
		if e := fault.As(err); e == nil || e.Slug != "idempotency-answer-lost" {
			t.Fatalf("the work may be done twice: %v", err)
		}
		if err := k.Drop(k.ctx, claim); err != nil {
			t.Fatal(err)
		}
		if _, _, err := k.Begin(k.ctx, "key", []byte("request")); fault.As(err) == nil {
			t.Fatal("a key whose work was committed was freed")
		}
		// Work whose transaction failed leaves no mark.
		other := k.mustBegin(t, "other", "request")
		_ = d.Write(db.Also(k.ctx, k.Mark(other)), func(*db.Tx) error { return fault.New(fault.Conflict, "no") })
		k.wait(61 * time.Second)
		k.mustBegin(t, "other", "request")
	})
}

func TestAClaimOfADeadProcessIsFreeAtOnceWhereOneProcessHoldsTheDatabase(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t, nil)
	newDesk(d, "before-the-crash").mustBegin(t, "key", "request")
	newDesk(d, "after-the-crash").mustBegin(t, "key", "request")
}

func TestAClaimOfAnotherNodeStandsWhereManyShareTheDatabase(t *testing.T) {
	t.Parallel()
	d := dbtest.Postgres(t, nil)
	newDesk(d, "node-1").mustBegin(t, "key", "request")
	k := newDesk(d, "node-2")
	if _, _, err := k.Begin(k.ctx, "key", []byte("request")); slugAt(err) != "idempotency-in-flight" {
		t.Errorf("err = %v, want in flight", err)
	}
}

func TestADroppedKeyIsFree(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(d, "node-1")
		if err := k.Drop(k.ctx, k.mustBegin(t, "key", "request")); err != nil {
			t.Fatal(err)
		}
		k.mustBegin(t, "key", "another request")
	})
}

func TestAKeyIsForgottenAfterTwoDays(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(d, "node-1")
		for _, key := range []string{"reused", "purged"} {
			if err := k.Keep(k.ctx, k.mustBegin(t, key, "request"), Answer{Status: 200}); err != nil {
				t.Fatal(err)
			}
		}
		k.wait(49*time.Hour + time.Second)
		k.mustBegin(t, "reused", "another request")
		if err := k.Purge(system(context.Background())); err != nil {
			t.Fatal(err)
		}
		var left int
		err := k.db.Read(k.ctx, func(tx *db.Tx) error {
			return tx.QueryRow(`SELECT COUNT(*) FROM idempotency WHERE tenant = $1`, tx.Tenant()).Scan(&left)
		})
		if err != nil || left != 1 {
			t.Errorf("%d keys left, %v; want only the one used today", left, err)
		}
	})
}

func TestOfManyAtOnceOneDoesTheRequest(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(d, "node-1")
		var claims, refused atomic.Int64
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				_, answer, err := k.Begin(k.ctx, "key", []byte("request"))
				switch {
				case err == nil && answer == nil:
					claims.Add(1)
				case slugAt(err) == "idempotency-in-flight":
					refused.Add(1)
				}
			})
		}
		wg.Wait()
		if claims.Load() != 1 || refused.Load() != 15 {
			t.Errorf("%d claims and %d refusals, want 1 and 15", claims.Load(), refused.Load())
		}
	})
}
