package seal_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tocsin/internal/fault"
	"tocsin/internal/seal"
)

func TestAKeyIsAddedToTheEndOfItsFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	before, err := seal.LoadKeys(path, "")
	if err != nil {
		t.Fatal(err)
	}
	added, err := seal.AddKey(path, "", before)
	if err != nil {
		t.Fatal(err)
	}
	after, err := seal.LoadKeys(path, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(after) != 2 || !seal.Same(after[0], before[0]) || !seal.Same(after.Current(), added) {
		t.Errorf("the file holds %v after %v and %s", after.IDs(), before.IDs(), added.ID())
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file has mode %v, %v", info.Mode(), err)
	}
	// Whoever has read the file before does not overwrite it.
	if _, err := seal.AddKey(path, "", before); !fault.Is(err, fault.Conflict) {
		t.Errorf("a stale ring was taken: %v", err)
	}
	if left, _ := filepath.Glob(path + "*"); len(left) != 1 {
		t.Errorf("files are left: %v", left)
	}
}

func TestAnInterruptedChangeOfAKeyFileIsNoHindrance(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	ring, err := seal.LoadKeys(path, "")
	err = errors.Join(err, os.WriteFile(path+".new", []byte("half"), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := seal.AddKey(path, "", ring); err != nil {
		t.Fatal(err)
	}
}

func TestAKeyFileMayHoldRemarksAndSeveralKeys(t *testing.T) {
	t.Parallel()
	one, two := seal.NewLine(), seal.NewLine()
	for _, test := range []struct {
		name, text, fails string
		keys              int
	}{
		{"remarks and empty lines", "# of 2026\n" + one + "\n\n# of 2027\n" + two + "\n", "", 2},
		{"the same key twice", one + "\n" + one + "\n", "twice", 0},
		{"something else in a line", one + "\nhello\n", "does not hold a key in every line", 0},
		{"only remarks", "# nothing\n", "is empty", 0},
		{"a file far too large", one + "\n" + strings.Repeat("# many words\n", 1000), "larger than", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "key")
			if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			ring, err := seal.LoadKeys(path, "")
			if test.fails == "" {
				if err != nil || len(ring) != test.keys || len(slices.Compact(ring.IDs())) != test.keys {
					t.Fatalf("got %v, %v", ring.IDs(), err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.fails) {
				t.Fatalf("got %v, want %q", err, test.fails)
			}
		})
	}
}

func TestACredentialOfTheServiceManagerIsTakenAndNeverMade(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "tocsin-key")
	if _, err := seal.LoadCredential(path, ""); err == nil {
		t.Fatal("a credential that is not there was taken")
	}
	if _, err := os.Stat(path); err == nil {
		t.Fatal("a credential was made")
	}
	if err := os.WriteFile(path, []byte(seal.NewLine()+"\n"), 0o440); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o440); err != nil { // the mask of systemd's access list shows as the group's mode
		t.Fatal(err)
	}
	if ring, err := seal.LoadCredential(path, ""); err != nil || len(ring) != 1 {
		t.Fatalf("got %v, %v", ring, err)
	}
	if err := os.Chmod(path, 0o444); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.LoadCredential(path, ""); err == nil || !strings.Contains(err.Error(), "by others") {
		t.Errorf("one that everybody can read was taken: %v", err)
	}
	if _, err := seal.LoadCredential(path, dir); err == nil || !strings.Contains(err.Error(), "inside the data directory") {
		t.Errorf("one in the data directory was taken: %v", err)
	}
}
