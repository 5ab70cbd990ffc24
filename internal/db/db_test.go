package db_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/fault"
)

func ctxMain() context.Context { return db.As(context.Background(), dbtest.Tenant, "system:test") }

func insert(tx *db.Tx, id string) error {
	return tx.Must("INSERT INTO tenant(tenant, name, time_zone, created_at) VALUES ($1,$2,$3,$4)", id, "t", "UTC", tx.Now())
}

func count(t *testing.T, d *db.DB) (n int) {
	t.Helper()
	err := d.Read(db.As(context.Background(), db.Everyone, "system:test"), func(tx *db.Tx) error {
		return tx.QueryRow("SELECT COUNT(*) FROM tenant").Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// everyone is needed for rows of many tenants under row-level security.
func everyone() context.Context { return db.As(context.Background(), db.Everyone, "system:test") }

func TestAFailedClosureRollsBackOnlyItself(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var wg sync.WaitGroup
		var failed atomic.Int64
		for i := range 200 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				err := d.Write(everyone(), func(tx *db.Tx) error {
					if err := insert(tx, fmt.Sprint("t", i)); err != nil {
						return err
					}
					if i%4 == 0 {
						return fault.New(fault.Conflict, "no")
					}
					return nil
				})
				if err != nil {
					failed.Add(1)
				}
			}()
		}
		wg.Wait()
		if failed.Load() != 50 || count(t, d) != 150 {
			t.Fatalf("failed %d, rows %d", failed.Load(), count(t, d))
		}
	})
}

func TestAPanicHurtsNobodyElse(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var wg sync.WaitGroup
		errs := make([]error, 100)
		for i := range errs {
			wg.Add(1)
			go func() {
				defer wg.Done()
				errs[i] = d.Write(everyone(), func(tx *db.Tx) error {
					if i == 50 {
						panic("boom")
					}
					return insert(tx, fmt.Sprint("t", i))
				})
			}()
		}
		wg.Wait()
		for i, err := range errs {
			if (err != nil) != (i == 50) {
				t.Errorf("closure %d: %v", i, err)
			}
		}
		if n := count(t, d); n != 99 {
			t.Fatalf("rows %d, want 99", n)
		}
		if n := d.Gauges().Panics.Load(); n != 1 {
			t.Fatalf("panics counted %d", n)
		}
	})
}

func TestACallerThatGoesAwayCannotRollBackTheGroup(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, cancel := context.WithCancel(everyone())
		err := d.Write(ctx, func(tx *db.Tx) error {
			cancel() // as a client does that closes its connection in the middle
			if tx.Context().Err() != nil {
				return errors.New("the closure saw its caller's end")
			}
			return insert(tx, "kept")
		})
		if err != nil || count(t, d) != 1 {
			t.Fatalf("err %v, rows %d", err, count(t, d))
		}
		if err := d.Write(ctx, func(tx *db.Tx) error { return insert(tx, "never") }); !fault.Is(err, fault.Unavailable) {
			t.Fatalf("a caller already gone: %v", err)
		}
	})
}

func TestADeferredConstraintIsTheFaultOfOneClosureOnly(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var wg sync.WaitGroup
		errs := make([]error, 40)
		for i := range errs {
			wg.Add(1)
			go func() {
				defer wg.Done()
				errs[i] = d.Write(everyone(), func(tx *db.Tx) error {
					if i == 20 { // a team whose lead does not exist
						return tx.Must(`INSERT INTO team(tenant,id,name,intake,lead,lead_active,created_at,updated_at,rev)
							VALUES ('main','x','x',$1,'nobody',$2,0,0,1)`, false, true)
					}
					return insert(tx, fmt.Sprint("t", i))
				})
			}()
		}
		wg.Wait()
		for i, err := range errs {
			if (err != nil) != (i == 20) {
				t.Errorf("closure %d: %v", i, err)
			}
		}
		if !db.IsReference(errs[20]) {
			t.Fatalf("want a reference fault, got %v", errs[20])
		}
	})
}

func TestPlaceholdersAreBoundByNumberAndNeverMissing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.Read(ctxMain(), func(tx *db.Tx) error {
			var a, b, c string
			if err := tx.QueryRow("SELECT CAST($3 AS TEXT), CAST($1 AS TEXT), CAST($2 AS TEXT)", "1", "2", "3").Scan(&a, &b, &c); err != nil {
				return err
			}
			if a+b+c != "312" {
				t.Errorf("got %s%s%s", a, b, c)
			}
			if err := tx.QueryRow("SELECT CAST($1 AS TEXT), CAST($2 AS TEXT)", "1").Scan(&a, &b); err == nil {
				t.Error("a missing argument was taken for NULL")
			}
			if _, err := tx.Query("SELECT CAST($2 AS TEXT)", "1", "2"); err == nil {
				t.Error("a gap in the placeholders was accepted")
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestNumbersAreNeverGivenTwice(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var mu sync.Mutex
		seen := map[int64]bool{}
		var wg sync.WaitGroup
		for range 16 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				for range 20 {
					var n int64
					if err := d.Write(ctxMain(), func(tx *db.Tx) (err error) {
						n, err = tx.Number("INC")
						return err
					}); err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					if seen[n] || n < 1 {
						t.Errorf("number %d given twice", n)
					}
					seen[n] = true
					mu.Unlock()
				}
			}()
		}
		wg.Wait()
	})
}

func TestTheWriteAheadLogIsCut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d, err := db.Open(context.Background(), db.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	wal := filepath.Join(dir, db.FileName+"-wal")
	write := func(i int) {
		err := d.Write(everyone(), func(tx *db.Tx) error {
			return tx.Must("INSERT INTO tenant(tenant, name, time_zone, created_at) VALUES ($1,$2,'UTC',0)", fmt.Sprint(i), strings.Repeat("x", 4<<20))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	// A reader with an old snapshot keeps the log from being reused.
	err = d.Read(everyone(), func(tx *db.Tx) error {
		if _, err := db.Strings(tx, "SELECT name FROM tenant"); err != nil {
			return err
		}
		for i := range 20 {
			write(i)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(wal); info.Size() < 64<<20 {
		t.Fatalf("the test is wrong: the log has only %d MiB", info.Size()>>20)
	}
	write(99)
	info, err := os.Stat(wal)
	if err != nil {
		t.Fatal(err)
	}
	if d.Gauges().Checkpoints.Load() == 0 || info.Size() > 8<<20 {
		t.Fatalf("checkpoints %d, log %d MiB", d.Gauges().Checkpoints.Load(), info.Size()>>20)
	}
}

func TestWeakerDurabilityIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d, err := db.Open(context.Background(), db.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Open(context.Background(), db.Config{Dir: dir}); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Fatalf("a second process was let in: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	info, _ := os.Stat(dir)
	if info.Mode().Perm() != 0o700 {
		t.Fatalf("mode %v", info.Mode())
	}
	for value, durable := range map[string]bool{"OFF": false, "NORMAL": false, "FULL": true, "EXTRA": true} {
		if err := db.AssertWith(dir, value); (err == nil) != durable {
			t.Errorf("synchronous=%s: %v", value, err)
		}
	}
}

func TestTimeIdsAndTenantAreFixedInATransaction(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 1, 3, 0, 0, 123456000, time.UTC)
	dbtest.EachClock(t, func() time.Time { return at }, func(t *testing.T, d *db.DB) {
		later := at.Add(time.Hour)
		err := d.At(func() time.Time { return later }).Read(ctxMain(), func(tx *db.Tx) error {
			if tx.Now() != later.UnixMicro() || tx.Tenant() != dbtest.Tenant || tx.Actor() != "system:test" {
				t.Errorf("now %d tenant %s actor %s", tx.Now(), tx.Tenant(), tx.Actor())
			}
			a, b := tx.NewID(), tx.NewID()
			if a == b || len(a) != 36 || a[14] != '7' || a[:13] != b[:13] {
				t.Errorf("ids %s %s", a, b)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestPostgresHidesTheRowsOfOtherTenants(t *testing.T) {
	t.Parallel()
	d := dbtest.Postgres(t, nil)
	for _, tenant := range []string{"one", "two"} {
		ctx := db.As(context.Background(), tenant, "system:test")
		if err := d.Write(ctx, func(tx *db.Tx) error { return insert(tx, tenant) }); err != nil {
			t.Fatal(err)
		}
	}
	err := d.Read(db.As(context.Background(), "one", "x"), func(tx *db.Tx) error {
		names, err := db.Strings(tx, "SELECT tenant FROM tenant")
		if len(names) != 1 || names[0] != "one" {
			t.Errorf("tenant one sees %v", names)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	err = d.Write(db.As(context.Background(), "one", "x"), func(tx *db.Tx) error { return insert(tx, "three") })
	if err == nil {
		t.Fatal("tenant one wrote a row of tenant three")
	}
}
