package platter

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/ncruces/go-sqlite3/vfs"
)

const flags = vfs.OPEN_CREATE | vfs.OPEN_READWRITE | vfs.OPEN_WAL

func opened(t *testing.T, d *Disk) vfs.File {
	t.Helper()
	f, _, err := d.Open("/wal", flags)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func written(t *testing.T, f vfs.File, text []byte, at int64) {
	t.Helper()
	if _, err := f.WriteAt(text, at); err != nil {
		t.Fatal(err)
	}
}

func content(t *testing.T, d *Disk) []byte {
	t.Helper()
	f := opened(t, d)
	size, err := f.Size()
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, size)
	if _, err := f.ReadAt(b, 0); err != nil && size > 0 {
		t.Fatal(err)
	}
	return b
}

func TestACutKeepsWhatWasSyncedAndTearsTheRest(t *testing.T) {
	t.Parallel()
	kept, lost, torn := 0, 0, 0
	old, fresh := bytes.Repeat([]byte("o"), 4*sector), bytes.Repeat([]byte("n"), 4*sector)
	for seed := range uint64(200) {
		d := New(rand.New(rand.NewPCG(seed, 0)), t.TempDir())
		f := opened(t, d)
		written(t, f, old, 0)
		if err := f.Sync(0); err != nil {
			t.Fatal(err)
		}
		dark := d.CutAfter(1)
		if _, err := f.WriteAt(fresh, 0); err == nil {
			t.Fatal("a write after which there was no power was answered")
		}
		<-dark
		if _, err := f.ReadAt(make([]byte, 1), 0); err == nil {
			t.Fatal("a file of the life before could be read")
		}
		switch got := content(t, d); {
		case bytes.Equal(got, old):
			lost++
		case bytes.Equal(got, fresh):
			kept++
		case len(got) == len(old):
			torn++
			for i := 0; i < len(got); i += sector {
				if s := got[i : i+sector]; !bytes.Equal(s, old[:sector]) && !bytes.Equal(s, fresh[:sector]) {
					t.Fatal("a sector is neither the old nor the new one")
				}
			}
		default:
			t.Fatalf("the file has %d bytes", len(got))
		}
	}
	if kept < 20 || lost < 20 || torn < 20 {
		t.Errorf("of 200 cuts %d kept, %d lost and %d tore the write; all three must happen", kept, lost, torn)
	}
}

func TestALyingDiskLosesWhatWasSynced(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		d := New(rand.New(rand.NewPCG(seed, 0)), t.TempDir())
		d.Lie()
		f := opened(t, d)
		written(t, f, []byte("promised"), 0)
		if err := f.Sync(0); err != nil {
			t.Fatal(err)
		}
		dark := d.CutAfter(1)
		_ = f.Sync(0)
		<-dark
		if len(content(t, d)) == 0 {
			return
		}
	}
	t.Error("nothing was ever lost")
}
