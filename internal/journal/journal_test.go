package journal_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
	"tocsin/internal/seal"
)

func ctxMain() context.Context { return db.As(context.Background(), dbtest.Tenant, "user:u1") }

func everyone() context.Context { return db.As(context.Background(), db.Everyone, "system:test") }

func open(t *testing.T, d *db.DB) *journal.Journal {
	t.Helper()
	vault := seal.New(seal.RandomKey())
	if err := vault.EnsureTenant(context.Background(), d, dbtest.Tenant); err != nil {
		t.Fatal(err)
	}
	return journal.New(vault)
}

// TestTheBytesAreFrozen must never be changed to fit the code.
func TestTheBytesAreFrozen(t *testing.T) {
	t.Parallel()
	r := journal.Record{
		Tenant: "main", Stream: "ticket:0190", Seq: 7, At: 1763942400000001, Actor: "user:u1", Kind: "phase.changed",
		Data: []byte(`{"from":"detect","to":"analysis"}`), Commitment: []byte{0xAB, 0x01}, Prev: []byte{0xff},
	}
	want := `{"actor":"user:u1","at":1763942400000001,"data":{"from":"detect","to":"analysis"},"kind":"phase.changed","prev":"ff","priv":"ab01","seq":7,"stream":"ticket:0190","tenant":"main","v":1}`
	if got := string(r.Bytes()); got != want {
		t.Fatalf("the bytes of an entry have changed:\n%s\n%s", got, want)
	}
	r.Actor = "a\"\\\b\f\n\r\t\x01é\u2028😀"
	if got := string(r.Bytes()); !strings.HasPrefix(got, `{"actor":"a\"\\\b\f\n\r\t\u0001é`+"\u2028"+`😀",`) {
		t.Fatalf("strings are not written as RFC 8785 wants: %s", got)
	}
}

func TestCanonical(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		in   any
		want string
	}{
		{"keys are sorted by UTF-16 units", map[string]any{"\U0001F600": 1, "\uFB33": 2, "b": 3, "a": 4}, "{\"a\":4,\"b\":3,\"\U0001F600\":1,\"\uFB33\":2}"},
		{"nothing is escaped that need not be", map[string]any{"x": "<&>\u2028/"}, "{\"x\":\"<&>\u2028/\"}"},
		{"nesting keeps its order", map[string]any{"z": []any{true, nil, "a"}, "a": map[string]any{"c": 1, "b": 2}}, `{"a":{"b":2,"c":1},"z":[true,null,"a"]}`},
		{"integers up to 2^53 pass", 9007199254740992, `9007199254740992`},
		{"beyond 2^53 is refused, for it would be changed silently", 9007199254740993, ""},
		{"floats are refused", 1.5, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := journal.Canonical(tt.in)
			if (err != nil) != (tt.want == "") || string(got) != tt.want {
				t.Errorf("got %s, %v", got, err)
			}
		})
	}
}

func TestAStreamIsAChainWithGrowingTime(t *testing.T) {
	t.Parallel()
	// A clock that steps back an hour after every look.
	at := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	var mu sync.Mutex
	clock := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		at = at.Add(-time.Hour)
		return at
	}
	dbtest.EachClock(t, clock, func(t *testing.T, d *db.DB) {
		j := open(t, d)
		for i := range 5 {
			err := d.Write(ctxMain(), func(tx *db.Tx) error {
				_, err := j.Append(tx, journal.Entry{Stream: "ticket:1", Kind: journal.NoteAdded, Data: map[string]any{"n": i}, Priv: map[string]any{"text": "it was <me>"}})
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		err := d.Read(ctxMain(), func(tx *db.Tx) error {
			records, err := j.Stream(tx, "ticket:1", 0, 10)
			if err != nil {
				return err
			}
			for i, r := range records {
				if r.Seq != int64(i+1) || !r.Whole() || string(r.Priv) != `{"text":"it was <me>"}` {
					t.Errorf("entry %d: seq %d whole %v priv %s", i, r.Seq, r.Whole(), r.Priv)
				}
				if i > 0 && (r.At <= records[i-1].At || string(r.Prev) != string(records[i-1].Sum)) {
					t.Errorf("entry %d does not follow", i)
				}
			}
			n, broken, err := journal.Verify(tx)
			if n != 5 || broken != nil {
				t.Errorf("verified %d, %+v", n, broken)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestErasingTextLeavesTheChainWhole(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		vault := seal.New(seal.RandomKey())
		if err := vault.EnsureTenant(context.Background(), d, dbtest.Tenant); err != nil {
			t.Fatal(err)
		}
		j := journal.New(vault)
		err := d.Write(ctxMain(), func(tx *db.Tx) error {
			if _, err := j.Append(tx, journal.Entry{Stream: "ticket:1", Kind: journal.NoteAdded, Priv: map[string]any{"text": "name of a person"}}); err != nil {
				return err
			}
			return vault.Erase(tx, "ticket:1")
		})
		if err != nil {
			t.Fatal(err)
		}
		err = d.Read(ctxMain(), func(tx *db.Tx) error {
			records, err := j.Stream(tx, "ticket:1", 0, 10)
			if err == nil && (len(records) != 1 || !records[0].Erased || records[0].Priv != nil || !records[0].Whole()) {
				t.Errorf("%+v", records)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestAChangedEntryIsFound(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t, nil)
	j := open(t, d)
	err := d.Write(ctxMain(), func(tx *db.Tx) error {
		for range 3 {
			if _, err := j.Append(tx, journal.Entry{Stream: "ticket:1", Kind: journal.TicketChanged}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = d.Write(ctxMain(), func(tx *db.Tx) error {
		_, err := tx.Exec(`UPDATE entry SET actor = 'user:other' WHERE seq = 2`)
		return err
	})
	if err == nil {
		t.Fatal("the database let an entry be changed")
	}
	err = d.Write(ctxMain(), func(tx *db.Tx) error {
		if _, err := tx.Exec(`DROP TRIGGER entry_no_update`); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE entry SET actor = 'user:other' WHERE seq = 2`); err != nil {
			return err
		}
		_, broken, err := journal.Verify(tx)
		if broken == nil || broken.Seq != 2 {
			t.Errorf("not found: %+v", broken)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestNoReaderMissesAnEntry is the trap of sequences: entries of many writers
// become visible out of order on PostgreSQL, and a reader on "seq > cursor"
// misses those that come late.
func TestNoReaderMissesAnEntry(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		j := open(t, d)
		const writers, each = 32, 25
		done := make(chan struct{})
		go func() {
			defer close(done)
			var wg sync.WaitGroup
			for w := range writers {
				wg.Add(1)
				go func() {
					defer wg.Done()
					for i := range each {
						err := d.Write(ctxMain(), func(tx *db.Tx) error {
							if _, err := j.Append(tx, journal.Entry{Stream: fmt.Sprintf("ticket:%d-%d", w, i), Kind: journal.TicketOpened}); err != nil {
								return err
							}
							if i%5 == 0 {
								time.Sleep(3 * time.Millisecond) // an entry that becomes visible late
							}
							return nil
						})
						if err != nil {
							t.Error(err)
						}
					}
				}()
			}
			wg.Wait()
		}()
		seen := map[string]int{}
		cursor, quiet := int64(0), 0
		for quiet < 3 {
			if d.PositionsAfterCommit() {
				if err := d.Write(everyone(), func(tx *db.Tx) error { _, err := journal.Place(tx, 5000); return err }); err != nil {
					t.Fatal(err)
				}
			}
			var batch []journal.Record
			err := d.Read(everyone(), func(tx *db.Tx) (err error) {
				batch, err = journal.After(tx, cursor, 100)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range batch {
				seen[r.Stream]++
				if r.Pos <= cursor {
					t.Fatalf("positions do not grow: %d after %d", r.Pos, cursor)
				}
				cursor = r.Pos
			}
			select {
			case <-done:
				if len(batch) == 0 {
					quiet++
				}
			default:
			}
		}
		if len(seen) != writers*each {
			t.Fatalf("a reader missed %d of %d entries", writers*each-len(seen), writers*each)
		}
		for s, n := range seen {
			if n != 1 {
				t.Errorf("%s was read %d times", s, n)
			}
		}
	})
}

func TestTwoWritersOfOneStreamBothCount(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		j := open(t, d)
		var wg sync.WaitGroup
		for range 8 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				for range 5 {
					err := d.Write(ctxMain(), func(tx *db.Tx) error {
						_, err := j.Append(tx, journal.Entry{Stream: "policy", Kind: journal.PolicyChanged})
						return err
					})
					if err != nil && !fault.Is(err, fault.Conflict) {
						t.Error(err)
					}
				}
			}()
		}
		wg.Wait()
		err := d.Read(everyone(), func(tx *db.Tx) error {
			n, broken, err := journal.Verify(tx)
			if broken != nil || n < 30 {
				t.Errorf("%d entries, %+v", n, broken)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestEveryKindIsDescribed(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, k := range journal.Kinds() {
		if seen[k.Kind] || k.Meaning == "" || strings.Count(k.Kind, ".") != 1 {
			t.Errorf("%q is described badly or twice", k.Kind)
		}
		seen[k.Kind] = true
	}
	significant := journal.SignificantKinds()
	if !significant[journal.TicketOpened] || significant[journal.SigninFailed] || significant["no.such"] {
		t.Error("significance is wrong")
	}
}
