package db_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/fault"
)

// furnish writes rows of every type, some awkward.
func furnish(t *testing.T, d *db.DB, entries int) {
	t.Helper()
	err := d.Write(everyone(), func(tx *db.Tx) error {
		statements := []string{
			`INSERT INTO tenant(tenant, name, time_zone, created_at) VALUES ('main','Zoë "quoted" \ ' || 'end','UTC',-5)`,
			`INSERT INTO users(tenant, id, kind, email, name, password, active, time_zone, demo, failures, wait_until, created_at, updated_at, rev)
				VALUES ('main','ada','person','ada@example.org','','',TRUE,'UTC',FALSE,0,0,9007199254740993,1,1)`,
			`INSERT INTO team(tenant, id, name, intake, lead, lead_active, created_at, updated_at, rev) VALUES ('main','soc','SOC',TRUE,'ada',TRUE,1,1,1)`,
			`INSERT INTO counter(tenant, series, next) VALUES ('main','ticket',77)`,
		}
		for _, s := range statements {
			if _, err := tx.Exec(s); err != nil {
				return err
			}
		}
		for i := range entries {
			body := bytes.Repeat([]byte{byte(i), 0, 255}, i%400)
			_, err := tx.Exec(`INSERT INTO entry(tenant, stream, seq, at, actor, kind, data, priv, sealed, prev, hash, pos)
				VALUES ('main',$1,$2,$3,'user:ada','note.added',$4,NULL,$5,NULL,$6,`+tx.Position("entry")+`)`,
				fmt.Sprintf("ticket:%d", i%7), i, i, []byte(`{"text":"`+strings.Repeat("ä", i%50)+`"}`), []byte{}, body)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func archive(t *testing.T, d *db.DB) ([]byte, db.Archived) {
	t.Helper()
	var out bytes.Buffer
	a, err := d.Archive(context.Background(), &out, func(_ *db.Tx, h *db.Head) error {
		h.Version, h.LastPos = "test", 1000
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), a
}

func restore(ctx context.Context, cfg db.Config, archive []byte) error {
	stage, err := db.BeginStage(ctx, cfg, schemaOf(archive))
	if err != nil {
		return err
	}
	if _, err := stage.Load(ctx, bytes.NewReader(archive)); err != nil {
		return errors.Join(err, stage.Abandon(ctx))
	}
	d, err := stage.Open(ctx)
	if err != nil {
		return errors.Join(err, stage.Abandon(ctx))
	}
	if err := d.Close(); err != nil {
		return err
	}
	return stage.Replace(ctx)
}

func schemaOf(archive []byte) int64 {
	a, err := db.VerifyArchive(bytes.NewReader(archive))
	if err != nil {
		return 1
	}
	return a.Head.Schema
}

func TestAnArchiveGoesIntoEitherEngineAndComesOutTheSame(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, from *db.DB) {
		furnish(t, from, 3000)
		file, made := archive(t, from)
		for _, into := range []string{"SQLite", "PostgreSQL"} {
			t.Run("into "+into, func(t *testing.T) {
				cfg := db.Config{Dir: t.TempDir()}
				if into == "PostgreSQL" {
					cfg = db.Config{URL: dbtest.PostgresURL(t)}
				}
				if err := restore(t.Context(), cfg, file); err != nil {
					t.Fatal(err)
				}
				to, err := db.Open(t.Context(), cfg)
				if err != nil {
					t.Fatal(err)
				}
				defer to.Close()
				assertSame(t, made, to, from.PositionsAfterCommit())
				assertGoesOn(t, to)
			})
		}
	})
}

// assertSame archives again and compares every table by its hash. What had no
// position has one now, so that table differs then.
func assertSame(t *testing.T, made db.Archived, to *db.DB, positionsGiven bool) {
	t.Helper()
	_, again := archive(t, to)
	for i, was := range made.Manifest.Tables {
		is := again.Manifest.Tables[i]
		if was.Name == "entry" && positionsGiven {
			was.SHA256 = is.SHA256
		}
		if diff := cmp.Diff(was, is); diff != "" {
			t.Error(diff)
		}
	}
	var n, least, most int
	err := to.Read(everyone(), func(tx *db.Tx) error {
		return tx.QueryRow(`SELECT COUNT(pos), MIN(pos), MAX(pos) FROM entry`).Scan(&n, &least, &most)
	})
	if err != nil || n != 3000 || most-least != 2999 {
		t.Errorf("positions: %d from %d to %d, %v", n, least, most, err)
	}
}

// assertGoesOn writes as the product does: numbers, positions and the order of
// insertion go on behind what was restored.
func assertGoesOn(t *testing.T, d *db.DB) {
	t.Helper()
	ctx := db.As(context.Background(), "main", "user:ada")
	err := d.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Number("ticket")
		if err == nil && n != 77 {
			err = fmt.Errorf("the next number is %d", n)
		}
		if err != nil {
			return err
		}
		var before, after int64
		if err := tx.QueryRow(`SELECT MAX(ord) FROM entry`).Scan(&before); err != nil {
			return err
		}
		err = tx.QueryRow(`INSERT INTO entry(tenant, stream, seq, at, actor, kind, data, hash, pos)
			VALUES ('main','more',1,1,'user:ada','note.added',$1,$2,`+tx.Position("entry")+`) RETURNING ord`, []byte("{}"), []byte("x")).Scan(&after)
		if err == nil && after <= before {
			err = fmt.Errorf("the next entry got the place %d behind %d", after, before)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	err = d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`DELETE FROM entry WHERE stream = 'more'`)
		return err
	})
	if err == nil {
		t.Error("the restored journal can shrink")
	}
	err = d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO team_member(tenant, team_id, user_id) VALUES ('main','soc','nobody')`)
		return err
	})
	if !db.IsReference(err) {
		t.Errorf("foreign keys are not held after a restore: %v", err)
	}
	err = d.Write(db.As(context.Background(), "other", "user:eve"), func(tx *db.Tx) error {
		var n int
		if err := tx.QueryRow(`SELECT COUNT(*) FROM counter`).Scan(&n); err != nil {
			return err
		}
		if n != 0 && d.PositionsAfterCommit() && !superuser(tx) {
			return fmt.Errorf("another tenant sees %d rows", n)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// superuser reports whether row security is past the test's own user.
func superuser(tx *db.Tx) (yes bool) {
	_ = tx.QueryRow(`SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user`).Scan(&yes)
	return yes
}

func TestBothEnginesArchiveTheSameTables(t *testing.T) {
	t.Parallel()
	lite, _ := archive(t, dbtest.SQLite(t, nil))
	pg, _ := archive(t, dbtest.Postgres(t, nil))
	if diff := cmp.Diff(db.TablesIn(t, lite), db.TablesIn(t, pg)); diff != "" {
		t.Errorf("an archive of one engine would not go into the other:\n%s", diff)
	}
}

func TestWhatIsNotAWholeArchiveIsRefusedAndNothingIsWritten(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t, nil)
	furnish(t, d, 500)
	whole, _ := archive(t, d)
	bomb := packedBomb(t)
	for name, file := range map[string][]byte{
		"an empty file":            {},
		"another file":             []byte("PK\x03\x04 this is a zip"),
		"a newer format":           append([]byte("TOCSIN BACKUP 2\n"), whole[16:]...),
		"only the first line":      whole[:16],
		"half of it":               whole[:len(whole)/2],
		"one byte too few":         whole[:len(whole)-1],
		"something behind its end": append(bytes.Clone(whole), 'x'),
		"two in one":               append(bytes.Clone(whole), whole[16:]...),
		"one that fills the disk":  bomb,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := db.VerifyArchive(bytes.NewReader(file))
			e := fault.As(err)
			if e == nil || e.Slug != "archive" {
				t.Fatalf("err = %v, want a refusal", err)
			}
		})
	}
}

// packedBomb is a small archive that unpacks to gigabytes of nothing.
func packedBomb(t *testing.T) []byte {
	t.Helper()
	out := bytes.NewBufferString("TOCSIN BACKUP 1\n")
	z, err := zstd.NewWriter(out)
	if err != nil {
		t.Fatal(err)
	}
	head := `{"format":1,"schema":1}`
	table := `{"name":"counter","columns":[{"name":"next","type":"int"}]}`
	fmt.Fprintf(z, "H%c%sT%c%s", len(head), head, len(table), table)
	frame := append([]byte{'R', 0x80, 0x80, 0x10}, make([]byte, 256<<10)...)
	for range 4000 {
		if _, err := z.Write(frame); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestEveryFlippedBitIsFound(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t, nil)
	furnish(t, d, 200)
	whole, _ := archive(t, d)
	chance := rand.New(rand.NewPCG(4, 4))
	for range 400 {
		at, bit := chance.IntN(len(whole)), chance.IntN(8)
		bad := bytes.Clone(whole)
		bad[at] ^= 1 << bit
		if _, err := db.VerifyArchive(bytes.NewReader(bad)); err == nil {
			t.Fatalf("bit %d of byte %d of %d can be flipped unseen", bit, at, len(whole))
		}
	}
}

func TestAnArchiveOfANewerSchemaIsRefused(t *testing.T) {
	t.Parallel()
	for _, cfg := range []db.Config{{Dir: t.TempDir()}, {URL: dbtest.PostgresURL(t)}} {
		_, err := db.BeginStage(t.Context(), cfg, 99999)
		if e := fault.As(err); e == nil || !strings.Contains(e.Message, "newer tocsin") {
			t.Errorf("err = %v", err)
		}
		d, err := db.Open(t.Context(), cfg) // the refusal left no mark
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestHalfARestoreKeepsAServerFromStarting(t *testing.T) {
	t.Parallel()
	from := dbtest.SQLite(t, nil)
	furnish(t, from, 100)
	file, _ := archive(t, from)
	for name, cfg := range map[string]db.Config{"SQLite": {Dir: t.TempDir()}, "PostgreSQL": {URL: dbtest.PostgresURL(t)}} {
		t.Run(name, func(t *testing.T) {
			stage, err := db.BeginStage(t.Context(), cfg, schemaOf(file))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := stage.Load(t.Context(), bytes.NewReader(file)); err != nil {
				t.Fatal(err)
			}
			db.Crash(stage) // the process ends here
			for _, readOnly := range []bool{false, true} {
				again := cfg
				again.ReadOnly = readOnly
				if _, err := db.Open(t.Context(), again); err == nil || !strings.Contains(err.Error(), "did not end") {
					t.Fatalf("a server starts on half of a restore: %v", err)
				}
			}
			if err := restore(t.Context(), cfg, file); err != nil {
				t.Fatalf("the restore cannot be done again: %v", err)
			}
			d, err := db.Open(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			assertGoesOn(t, d)
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAReaderBesideAServerReadsAndNeverWrites(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	url := dbtest.PostgresURL(t)
	for _, cfg := range []db.Config{{Dir: dir}, {URL: url}} {
		server, err := db.Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		furnish(t, server, 10)
		cfg.ReadOnly = true
		beside, err := db.Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		var n int
		err = beside.Read(everyone(), func(tx *db.Tx) error { return tx.QueryRow(`SELECT COUNT(*) FROM entry`).Scan(&n) })
		if err != nil || n != 10 {
			t.Errorf("%d entries, %v", n, err)
		}
		if err := beside.Write(everyone(), func(*db.Tx) error { return nil }); !fault.Is(err, fault.Unavailable) {
			t.Errorf("a reader writes: %v", err)
		}
		if err := errors.Join(beside.Close(), server.Close()); err != nil {
			t.Error(err)
		}
	}
}
