package app

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tocsin/internal/cli"
	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/identity"
	"tocsin/internal/journal"
)

// place is an installation of a test: where its database and key are.
type place struct{ o cli.StoreOptions }

func newPlace(t *testing.T, url string) place {
	t.Helper()
	dir := t.TempDir()
	return place{cli.StoreOptions{Data: filepath.Join(dir, "data"), DB: url, KeyFile: filepath.Join(dir, "key")}}
}

func (p place) open(t *testing.T, change ...func(*Settings)) *Rooms {
	t.Helper()
	s := Settings{Data: p.o.Data, DB: p.o.DB, KeyFile: p.o.KeyFile}
	for _, c := range change {
		c(&s)
	}
	r, err := Open(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if r.DB != nil { // shut has not
			shut(t, r)
		}
	})
	return r
}

// made is an installation with some tickets and a note, closed again.
func made(t *testing.T, url string, n int) place {
	t.Helper()
	p := newPlace(t, url)
	r := p.open(t)
	setUp(t, r)
	take(t, r, 0, n)
	note(t, r, "the words that stay sealed")
	place1(t, r) // no leader runs in these tests
	shut(t, r)
	return p
}

func shut(t *testing.T, r *Rooms) {
	t.Helper()
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	r.DB = nil
}

func take(t *testing.T, r *Rooms, from, to int) {
	t.Helper()
	ctx := db.As(t.Context(), identity.Main, "user:test")
	for i := from; i < to; i++ {
		if _, err := r.Intake(ctx, "api", sample(int64(i))); err != nil {
			t.Fatal(err)
		}
	}
}

func note(t *testing.T, r *Rooms, text string) {
	t.Helper()
	ctx := db.As(t.Context(), identity.Main, "user:test")
	err := r.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := r.Journal.Append(tx, journal.Entry{Stream: "ticket:notes", Kind: journal.NoteAdded, Priv: map[string]any{"text": text}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// back writes a backup of an installation to a file, as the command does.
func back(t *testing.T, p place) (file string, a db.Archived) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "tocsin.backup")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if a, err = backup(t.Context(), p.o, f, f.Sync); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return file, a
}

// ledger is what was answered for, by the number of the finding.
type ledger struct {
	mu    sync.Mutex
	acked map[int64]finding.Result
}

// crowd takes findings in until it is stopped.
func crowd(t *testing.T, r *Rooms, l *ledger) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(db.As(context.Background(), identity.Main, "user:test"))
	var n atomic.Int64
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := n.Add(1)
				res, err := r.Intake(ctx, "api", sample(i))
				if err != nil {
					if ctx.Err() == nil {
						t.Errorf("taking finding %d: %v", i, err)
					}
					return
				}
				l.mu.Lock()
				l.acked[i] = res[0]
				l.mu.Unlock()
			}
		})
	}
	return func() { cancel(); wg.Wait() }
}

func (l *ledger) copy() map[int64]finding.Result {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := map[int64]finding.Result{}
	for i, r := range l.acked {
		out[i] = r
	}
	return out
}

func (l *ledger) wait(t *testing.T, n int) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); len(l.copy()) < n; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nothing is taken in")
		}
	}
}

func TestABackupUnderLoadHoldsAllThatWasAcknowledgedBeforeItAndGoesIntoTheOtherEngine(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, url string) {
		from := newPlace(t, url)
		r := from.open(t)
		setUp(t, r)
		l := &ledger{acked: map[int64]finding.Result{}}
		stop := crowd(t, r, l)
		l.wait(t, 200)
		before := l.copy()
		file := filepath.Join(t.TempDir(), "under-load.backup")
		out, err := os.Create(file)
		if err != nil {
			t.Fatal(err)
		}
		a, err := r.Backup(t.Context(), out)
		if err != nil {
			t.Fatal(err)
		}
		after := l.copy()
		l.wait(t, len(after)+50) // and nobody was stopped by it
		stop()
		if err := out.Close(); err != nil {
			t.Fatal(err)
		}
		if len(after) == len(before) && a.Manifest.Rows("finding") > 2000 {
			t.Errorf("nothing was taken in while the backup ran: %d, then %d", len(before), len(after))
		}
		to := newPlace(t, "")
		if url == "" {
			to = newPlace(t, dbtest.PostgresURL(t))
		}
		to.o.KeyFile = from.o.KeyFile
		if _, err := restore(t.Context(), to.o, file, false); err != nil {
			t.Fatal(err)
		}
		judge(t, to.open(t), before, l.copy())
	})
}

// judge holds a restored installation to what was answered for before the
// backup, and to hold nothing but what was answered for, or was about to be.
func judge(t *testing.T, r *Rooms, before, all map[int64]finding.Result) {
	t.Helper()
	have := map[string]string{}
	read(t, r, func(tx *db.Tx) error {
		rows, err := tx.Query(`SELECT id, ticket FROM finding WHERE tenant = 'main'`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id, ticket string
			if err := rows.Scan(&id, &ticket); err != nil {
				return err
			}
			have[id] = ticket
		}
		return rows.Err()
	})
	for i, res := range before {
		if have[res.FindingID] != res.Ticket {
			t.Errorf("finding %d was acknowledged as %s of %s, and the backup has it in %q", i, res.FindingID, res.Ticket, have[res.FindingID])
		}
	}
	if len(have) > len(all)+6 {
		t.Errorf("%d findings are there, %d were sent", len(have), len(all))
	}
	if n := number(t, r, `SELECT COUNT(*) FROM ticket WHERE tenant = 'main' AND finding_count <> 1`); n != 0 {
		t.Errorf("%d tickets do not have their finding", n)
	}
	if n := number(t, r, `SELECT COUNT(*) FROM finding AS f WHERE tenant = 'main' AND NOT EXISTS (SELECT 1 FROM original WHERE tenant = f.tenant AND finding = f.id)`); n != 0 {
		t.Errorf("%d findings lost their original", n)
	}
	if _, broken, err := r.verifyLog(t.Context()); err != nil || broken != "" {
		t.Errorf("the journal: %s %v", broken, err)
	}
}

// restoredEntry is what the journal says of the last restore.
func restoredEntry(t *testing.T, r *Rooms) (said struct {
	SHA256   string
	Entries  int64
	MadeAt   int64 `json:"made_at"`
	Sessions int64
	Lost     *struct {
		Entries     int64
		SameHistory bool `json:"same_history"`
		Unreadable  bool
	}
}) {
	t.Helper()
	var data []byte
	read(t, r, func(tx *db.Tx) error {
		return tx.QueryRow(`SELECT data FROM entry WHERE tenant = 'main' AND kind = 'installation.restored' ORDER BY ord DESC LIMIT 1`).Scan(&data)
	})
	if err := json.Unmarshal(data, &said); err != nil {
		t.Fatal(err)
	}
	return said
}

func TestARestoreIsWholeAndTheJournalSaysWhereItComesFrom(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, url string) {
		from := made(t, url, 20)
		file, a := back(t, from)
		to := newPlace(t, "")
		to.o.KeyFile = from.o.KeyFile
		out, err := restore(t.Context(), to.o, file, false)
		if err != nil {
			t.Fatal(err)
		}
		r := to.open(t)
		if out.SHA256 != a.SHA256 || out.Replaced || out.Lost != 0 {
			t.Errorf("%+v", out)
		}
		said := restoredEntry(t, r)
		if said.SHA256 != a.SHA256 || said.Entries != a.Manifest.Rows("entry") || said.MadeAt != a.Head.MadeAt || said.Lost != nil {
			t.Errorf("the journal says %+v", said)
		}
		read(t, r, func(tx *db.Tx) error { // the key opens what is sealed
			notes, err := r.Journal.Stream(tx, "ticket:notes", 0, 10)
			if err != nil || len(notes) != 1 || !strings.Contains(string(notes[0].Priv), "the words that stay sealed") {
				t.Errorf("%v %v", notes, err)
			}
			return nil
		})
		take(t, r, 20, 25) // numbers, positions and chains go on
		if got := tickets(t, r, ""); len(got) != 25 {
			t.Errorf("%d tickets", len(got))
		}
		if n := number(t, r, `SELECT COUNT(*) FROM entry WHERE kind = 'backup.made'`); n != 0 {
			t.Error("a backup holds the entry about itself")
		}
	})
}

func TestABackupIsRecordedOnceItIsWhole(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, url string) {
		p := made(t, url, 3)
		_, err := backup(t.Context(), p.o, &bytes.Buffer{}, func() error { return fault.New(fault.Unavailable, "the disk is full") })
		if err == nil {
			t.Fatal("a backup that could not be kept was one")
		}
		file, a := back(t, p)
		r := p.open(t)
		if n := number(t, r, `SELECT COUNT(*) FROM entry WHERE kind = 'backup.made'`); n != 1 {
			t.Errorf("%d backups are recorded", n)
		}
		var b backupMade
		read(t, r, func(tx *db.Tx) (err error) { b, err = lastBackup(tx); return err })
		if b.sha256 != a.SHA256 || b.entries != a.Manifest.Rows("entry") {
			t.Errorf("%+v, made %+v", b, a)
		}
		f, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(f, []byte("the words that stay sealed")) {
			t.Error("what is sealed stands open in the backup")
		}
	})
}

func TestARestoreOfAnOlderBackupSaysWhatIsLost(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, url string) {
		p := made(t, url, 5)
		file, a := back(t, p)
		r := p.open(t)
		take(t, r, 5, 12)
		end := place1(t, r)
		shut(t, r)
		if _, err := restore(t.Context(), p.o, file, false); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "--replace") {
			t.Fatalf("it replaces without being told: %v", err)
		}
		out, err := restore(t.Context(), p.o, file, true)
		if err != nil {
			t.Fatal(err)
		}
		if !out.Replaced || out.Lost != end-a.Head.LastPos || out.Lost <= 0 {
			t.Errorf("%+v, want %d lost", out, end-a.Head.LastPos)
		}
		r = p.open(t)
		said := restoredEntry(t, r)
		if said.Lost == nil || said.Lost.Entries != out.Lost || !said.Lost.SameHistory {
			t.Errorf("the journal says %+v", said)
		}
		if got := tickets(t, r, ""); len(got) != 5 {
			t.Errorf("%d tickets after the restore", len(got))
		}
	})
}

// place1 gives positions, as the leader would, and returns the last.
func place1(t *testing.T, r *Rooms) (end int64) {
	t.Helper()
	err := r.DB.Write(db.As(t.Context(), db.Everyone, "system:test"), func(tx *db.Tx) error {
		if _, err := journal.Place(tx, 10_000); err != nil {
			return err
		}
		e, err := journal.Tip(tx)
		end = e.Pos
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return end
}

func TestARestoreIsRefusedBeforeAnythingIsWritten(t *testing.T) {
	t.Parallel()
	from := made(t, "", 3)
	file, _ := back(t, from)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(t.TempDir(), "cut")
	if err := os.WriteFile(cut, whole[:len(whole)-7], 0o600); err != nil {
		t.Fatal(err)
	}
	other := made(t, "", 1)
	eachEngine(t, func(t *testing.T, url string) {
		for name, try := range map[string]struct{ file, key, says string }{
			"an archive that was cut":  {cut, from.o.KeyFile, "not whole"},
			"no archive at all":        {from.o.KeyFile, from.o.KeyFile, "not a backup"},
			"a file that is not there": {file + ".x", from.o.KeyFile, "cannot be read"},
			"a key that is not there":  {file, filepath.Join(t.TempDir(), "none"), "no key file"},
			"the key of somebody else": {file, other.o.KeyFile, "holds key"},
		} {
			p := newPlace(t, url)
			p.o.KeyFile = try.key
			_, err := restore(t.Context(), p.o, try.file, true)
			if err == nil || !strings.Contains(err.Error(), try.says) {
				t.Errorf("%s: %v", name, err)
			}
			if _, err := os.Stat(filepath.Join(p.o.Data, db.FileName)); err == nil {
				t.Errorf("%s: something was written", name)
			}
		}
	})
}

func TestADamagedDatabaseIsReplacedAndTheJournalSaysThatItCouldNotBeRead(t *testing.T) {
	t.Parallel()
	p := made(t, "", 5)
	file, _ := back(t, p)
	name := filepath.Join(p.o.Data, db.FileName)
	if err := os.WriteFile(name, bytes.Repeat([]byte("garbage!"), 10_000), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := restore(t.Context(), p.o, file, false); err == nil {
		t.Fatal("it replaces without being told")
	}
	if _, err := restore(t.Context(), p.o, file, true); err != nil {
		t.Fatal(err)
	}
	r := p.open(t)
	if said := restoredEntry(t, r); said.Lost == nil || !said.Lost.Unreadable {
		t.Errorf("the journal says %+v", said)
	}
	if got := tickets(t, r, ""); len(got) != 5 {
		t.Errorf("%d tickets", len(got))
	}
}

func TestARestoreSignsEverybodyOutAndWaitsForNoDeadNode(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, url string) {
		from := newPlace(t, url)
		r := from.open(t)
		u := setUp(t, r)
		err := r.DB.Write(db.As(t.Context(), db.Everyone, "system:test"), func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO session(hash, tenant, user_id, created_at, seen_at, expires_at, agent) VALUES ($1,'main',$2,1,1,$3,'')`, []byte("h"), u.ID, tx.Now()*2)
			if err == nil {
				_, err = tx.Exec(`INSERT INTO lease(name, owner, fence, until) VALUES ('every:x','dead',7,$1)`, tx.Now()*2)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		shut(t, r)
		file, _ := back(t, from)
		if url != "" { // somebody holds a lease: a server runs
			if _, err := restore(t.Context(), from.o, file, true); err == nil || !strings.Contains(err.Error(), "A server runs") {
				t.Errorf("a database in use is replaced: %v", err)
			}
		}
		to := newPlace(t, "")
		to.o.KeyFile = from.o.KeyFile
		out, err := restore(t.Context(), to.o, file, false)
		if err != nil || out.Sessions != 1 {
			t.Fatalf("%+v %v", out, err)
		}
		r = to.open(t)
		if n := number(t, r, `SELECT COUNT(*) FROM session`); n != 0 {
			t.Errorf("%d sessions live again", n)
		}
		if n := number(t, r, `SELECT until + fence FROM lease`); n != 7 {
			t.Errorf("the lease ends at %d", n)
		}
	})
}

func TestAServerThatRunsKeepsItsDirectory(t *testing.T) {
	t.Parallel()
	p := made(t, "", 1)
	file, _ := back(t, p)
	_ = p.open(t)
	for name, err := range map[string]error{
		"restore": func() error { _, err := restore(t.Context(), p.o, file, true); return err }(),
		"backup": func() error {
			_, err := backup(t.Context(), p.o, &bytes.Buffer{}, func() error { return nil })
			return err
		}(),
	} {
		if err == nil || !strings.Contains(err.Error(), "in use by another tocsin") {
			t.Errorf("%s beside a server: %v", name, err)
		}
	}
}
