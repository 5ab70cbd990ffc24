package evidence

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
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

// vaultRoom is the room under test, with two tickets.
type vaultRoom struct {
	t   *testing.T
	d   *db.DB
	e   *Evidence
	dir string
	mu  sync.Mutex
	now time.Time
}

const (
	one = "ticket-one"
	two = "ticket-two"
)

func rooms(t *testing.T, fn func(w *vaultRoom)) {
	t.Helper()
	for name, open := range map[string]func(testing.TB, func() time.Time) *db.DB{"SQLite": dbtest.SQLite, "PostgreSQL": dbtest.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &vaultRoom{t: t, now: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC), dir: t.TempDir()}
			w.d = open(t, func() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.now })
			w.open()
			fn(w)
		})
	}
}

func (w *vaultRoom) open() {
	w.t.Helper()
	vault := seal.New(seal.RandomKey())
	if err := vault.EnsureTenant(context.Background(), w.d, dbtest.Tenant); err != nil {
		w.t.Fatal(err)
	}
	find := func(_ *db.Tx, ref string) (string, error) {
		if ref != one && ref != two {
			return "", fault.New(fault.Missing, "Ticket %s does not exist.", ref)
		}
		return ref, nil
	}
	w.e = New(Config{DB: w.d, Journal: journal.New(vault), Vault: vault, Dir: w.dir, Tickets: Ports{Touch: find, Find: find}})
	w.t.Cleanup(func() { _ = w.e.Close() })
	w.write(func(tx *db.Tx) error {
		if err := tx.Must(`INSERT INTO tenant(tenant, name, time_zone, created_at) VALUES ('main','x','UTC',0)`); err != nil {
			return err
		}
		err := tx.Must(`INSERT INTO users(tenant,id,kind,email,name,password,active,time_zone,demo,failures,wait_until,created_at,updated_at,rev)
			VALUES ('main','ann','person','ann@example.org','Ann','',$1,'UTC',$2,0,0,0,0,1)`, true, false)
		if err != nil {
			return err
		}
		if err := tx.Must(`INSERT INTO team(tenant,id,name,intake,lead,lead_active,created_at,updated_at,rev) VALUES ('main','team','SOC',$1,'ann',$2,0,0,1)`, true, true); err != nil {
			return err
		}
		for i, id := range []string{one, two} {
			if err := tx.Must(ticketRow, id, i+1, true, false); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *vaultRoom) ctx() context.Context {
	return db.As(context.Background(), dbtest.Tenant, "user:ann")
}

func (w *vaultRoom) write(fn func(tx *db.Tx) error) {
	w.t.Helper()
	if err := w.d.Write(w.ctx(), fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *vaultRoom) add(ticket, name, content string) Item {
	w.t.Helper()
	i, err := w.e.Add(w.ctx(), AddInput{Ticket: ticket, Meta: Meta{Name: name, Source: "upload"}}, strings.NewReader(content))
	if err != nil {
		w.t.Fatal(err)
	}
	return i
}

func (w *vaultRoom) read(id string) (string, error) {
	r, _, err := w.e.Open(w.ctx(), id, Download)
	if err != nil {
		return "", err
	}
	defer func() { _ = r.Close() }()
	b, err := io.ReadAll(r)
	return string(b), err
}

// kinds is what the stream of a ticket says.
func (w *vaultRoom) kinds(ticket string) (out []string) {
	w.t.Helper()
	err := w.d.Read(w.ctx(), func(tx *db.Tx) error {
		all, err := w.e.Journal.Stream(tx, ticketStream(ticket), 0, 1000)
		for _, r := range all {
			out = append(out, r.Kind)
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// files are those on the shelf, without what waits.
func (w *vaultRoom) files() (out []string) {
	_ = filepath.WalkDir(filepath.Join(w.dir, "evidence"), func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, path)
		}
		return nil
	})
	return out
}

func (w *vaultRoom) later(d time.Duration) { w.mu.Lock(); defer w.mu.Unlock(); w.now = w.now.Add(d) }

func TestAFileComesBackAsItWasAndEveryTouchIsRecorded(t *testing.T) {
	t.Parallel()
	rooms(t, func(w *vaultRoom) {
		for _, size := range []int{0, 1, chunkSize - 1, chunkSize, chunkSize + 1, 3*chunkSize + 7} {
			content := strings.Repeat("x", size)
			i := w.add(one, "mem.raw", content)
			sum := sha256.Sum256([]byte(content))
			if i.SHA256 != hex.EncodeToString(sum[:]) || i.Size != int64(size) {
				t.Errorf("%d bytes: hashed as %s, %d bytes", size, i.SHA256, i.Size)
			}
			if got, err := w.read(i.ID); err != nil || got != content {
				t.Errorf("%d bytes: %d came back, %v", size, len(got), err)
			}
		}
		kinds := w.kinds(one)
		if kinds[0] != journal.EvidenceAdded || kinds[1] != journal.EvidenceDownloaded || len(kinds) != 12 {
			t.Errorf("the record: %v", kinds)
		}
	})
}

func TestWhatLiesOnTheDiskIsSealedAndKeptOnce(t *testing.T) {
	t.Parallel()
	rooms(t, func(w *vaultRoom) {
		const marker = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR"
		a, b := w.add(one, "a.com", marker), w.add(two, "b.com", marker)
		if a.blob.id != b.blob.id || len(w.files()) != 1 {
			t.Errorf("the same content is kept %d times", len(w.files()))
		}
		for _, f := range w.files() {
			text, err := os.ReadFile(f)
			info, serr := os.Stat(f)
			if err != nil || serr != nil || bytes.Contains(text, []byte("EICAR")) || info.Mode().Perm() != 0o600 {
				t.Errorf("%s is not sealed, or others can read it: %v %v", f, err, info.Mode())
			}
			if strings.Contains(f, "a.com") {
				t.Error("a name of the sender's is on the disk")
			}
		}
		if a.Risk != RiskSuspected || a.RiskReason == "" {
			t.Errorf("a program is %s: %q", a.Risk, a.RiskReason)
		}
	})
}

func TestChangedAndMissingBytesAreFoundAndNeverHandedOut(t *testing.T) {
	t.Parallel()
	rooms(t, func(w *vaultRoom) {
		i := w.add(one, "disk.img", strings.Repeat("evidence ", 20_000))
		if got, err := w.e.VerifyItem(w.ctx(), one, i.ID); err != nil || got.Condition != ConditionOK {
			t.Fatalf("%s, %v", got.Condition, err)
		}
		path := w.files()[0]
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range []int{0, len(blobMark), len(text) / 2, len(text) - 1} {
			bad := slices.Clone(text)
			bad[at] ^= 1
			_ = os.WriteFile(path, bad, 0o600)
			if _, err := w.read(i.ID); err == nil {
				t.Errorf("byte %d was changed and the file is handed out", at)
			}
			if got, err := w.e.VerifyItem(w.ctx(), one, i.ID); err != nil || got.Condition != ConditionDamaged {
				t.Errorf("byte %d: %s, %v", at, got.Condition, err)
			}
		}
		_ = os.WriteFile(path, text[:len(text)-chunkSize-tagSize], 0o600)
		if got, _ := w.e.VerifyItem(w.ctx(), one, i.ID); got.Condition != ConditionDamaged {
			t.Errorf("cut off it is %s", got.Condition)
		}
		_ = os.Remove(path)
		if got, err := w.e.VerifyItem(w.ctx(), one, i.ID); err != nil || got.Condition != ConditionMissing {
			t.Errorf("removed it is %s, %v", got.Condition, err)
		}
		if _, err := w.read(i.ID); slugOf(err) != "evidence-missing" {
			t.Errorf("%v", err)
		}
		if kinds := w.kinds(one); kinds[len(kinds)-2] != journal.EvidenceDamaged {
			t.Errorf("the record: %v", kinds)
		}
		w.add(two, "again", strings.Repeat("evidence ", 20_000)) // the same content heals it
		if got, err := w.read(i.ID); err != nil || !strings.HasPrefix(got, "evidence ") {
			t.Errorf("%.20q, %v", got, err)
		}
	})
}

func TestWhatIsTooLargeOrBreaksOffLeavesNothing(t *testing.T) {
	t.Parallel()
	rooms(t, func(w *vaultRoom) {
		if _, err := w.e.SetSettings(w.ctx(), 0, Settings{MaxBytes: least, Shelf: onDisk}); err != nil {
			t.Fatal(err)
		}
		in := AddInput{Ticket: one, Meta: Meta{Name: "big"}}
		if _, err := w.e.Add(w.ctx(), in, io.LimitReader(zeros{}, least+1)); slugOf(err) != "too-large" {
			t.Errorf("too large: %v", err)
		}
		if _, err := w.e.Add(w.ctx(), in, io.MultiReader(strings.NewReader("abc"), broken{})); !errors.Is(err, errBroken) {
			t.Errorf("broken off: %v", err)
		}
		if _, err := w.e.Add(w.ctx(), AddInput{Ticket: "nowhere"}, strings.NewReader("abc")); !fault.Is(err, fault.Missing) {
			t.Errorf("no ticket: %v", err)
		}
		w.later(25 * time.Hour)
		if err := w.e.Sweep(context.Background()); err != nil {
			t.Fatal(err)
		}
		if n := len(w.files()); n != 0 {
			t.Errorf("%d files are left: %v", n, w.files())
		}
		if _, err := w.e.Add(w.ctx(), in, io.LimitReader(zeros{}, least)); err != nil {
			t.Errorf("just as large as may be: %v", err)
		}
	})
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

var errBroken = errors.New("the line broke")

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errBroken }

func TestTheSweepKeepsWhatIsAttached(t *testing.T) {
	t.Parallel()
	rooms(t, func(w *vaultRoom) {
		kept := w.add(one, "kept", "kept")
		loose, err := w.e.Put(w.ctx(), strings.NewReader("nobody attaches it"))
		if err != nil {
			t.Fatal(err)
		}
		if err := w.e.Sweep(context.Background()); err != nil || len(w.files()) != 2 {
			t.Errorf("%v: what is young is swept, %d left", err, len(w.files()))
		}
		w.later(25 * time.Hour)
		if err := w.e.Sweep(context.Background()); err != nil || len(w.files()) != 1 {
			t.Errorf("%v: %d left, want 1", err, len(w.files()))
		}
		if _, err := w.read(kept.ID); err != nil {
			t.Errorf("what is attached: %v", err)
		}
		err = w.d.Write(w.ctx(), func(tx *db.Tx) error { _, err := w.e.Attach(tx, one, loose, Meta{Name: "late"}); return err })
		if slugOf(err) != "blob-gone" {
			t.Errorf("attached after it was swept: %v", err)
		}
	})
}

func TestADownloadIsRecordedEachTimeAndALookOnce(t *testing.T) {
	t.Parallel()
	rooms(t, func(w *vaultRoom) {
		i := w.add(one, "mail.txt", "hello \u202e\u0000"[:8])
		for range 3 {
			if _, err := w.e.Look(w.ctx(), one, i.ID); err != nil {
				t.Fatal(err)
			}
			w.later(time.Minute)
		}
		w.later(time.Hour)
		if _, err := w.e.Look(w.ctx(), one, i.ID); err != nil {
			t.Fatal(err)
		}
		_, _ = w.read(i.ID)
		_, _ = w.read(i.ID)
		n := map[string]int{}
		for _, k := range w.kinds(one) {
			n[k]++
		}
		if n[journal.EvidenceRead] != 2 || n[journal.EvidenceDownloaded] != 2 {
			t.Errorf("%v", n)
		}
		if _, err := w.e.Look(w.ctx(), two, i.ID); !fault.Is(err, fault.Missing) {
			t.Errorf("through another ticket: %v", err)
		}
	})
}

func TestAMarkNeedsTheRevisionAndClearingAReason(t *testing.T) {
	t.Parallel()
	rooms(t, func(w *vaultRoom) {
		i := w.add(one, "run.exe", "MZ....")
		mark := func(rev int64, m Mark) error {
			return w.d.Write(w.ctx(), func(tx *db.Tx) error { _, err := w.e.MarkItem(tx, one, i.ID, rev, m); return err })
		}
		if err := mark(1, Mark{Risk: RiskCleared}); !fault.Is(err, fault.Invalid) {
			t.Errorf("cleared without a reason: %v", err)
		}
		if err := mark(9, Mark{Risk: RiskMalware}); slugOf(err) != "stale-revision" {
			t.Errorf("at another revision: %v", err)
		}
		if err := mark(1, Mark{Risk: RiskMalware, Reason: "seen before"}); err != nil {
			t.Error(err)
		}
		if kinds := w.kinds(one); kinds[len(kinds)-1] != journal.EvidenceMarked {
			t.Errorf("%v", kinds)
		}
	})
}
