package seal_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tocsin/internal/fault"
	"tocsin/internal/seal"
)

func TestAKeyIsMadeOnceAndReadAgain(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "made", "key")
	first, err := seal.LoadKey(path, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the key file has mode %04o, want 0600", info.Mode().Perm())
	}
	second, err := seal.LoadKey(path, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if !seal.Same(first, second) {
		t.Error("the second start read another key than the first one made")
	}
	if seal.Same(first, seal.RandomKey()) {
		t.Error("two keys are the same")
	}
}

func TestAKeyIsNeverPrinted(t *testing.T) {
	t.Parallel()
	k := seal.RandomKey()
	v := seal.New(k)
	holder := struct{ K seal.Key }{k}
	asJSON, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	printed := string(asJSON)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		printed += fmt.Sprintf(verb, k) + fmt.Sprintf(verb, holder) + fmt.Sprintf(verb, &holder) + fmt.Sprintf(verb, v)
	}
	for name, form := range seal.Spellings(k) {
		if strings.Contains(printed, form) {
			t.Errorf("the key is printed as %s", name)
		}
	}
}

func TestAKeyFileIsRefusedWithTheMend(t *testing.T) {
	t.Parallel()
	good := filepath.Join(t.TempDir(), "good")
	if _, err := seal.LoadKey(good, ""); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	write := func(t *testing.T, path, text string, mode os.FileMode) string {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	tests := []struct {
		name string
		path func(t *testing.T, data, other string) string
		want string
	}{
		{"inside the data directory", func(t *testing.T, data, _ string) string {
			return filepath.Join(data, "key")
		}, "inside the data directory"},
		{"deep inside the data directory", func(t *testing.T, data, _ string) string {
			return filepath.Join(data, "a", "b", "key")
		}, "inside the data directory"},
		{"reached through dots", func(t *testing.T, data, other string) string {
			return other + "/../" + filepath.Base(data) + "/key"
		}, "inside the data directory"},
		{"in the data directory through a link to the directory", func(t *testing.T, data, other string) string {
			link := filepath.Join(other, "link")
			if err := os.Symlink(data, link); err != nil {
				t.Fatal(err)
			}
			return filepath.Join(link, "key")
		}, "inside the data directory"},
		{"in the data directory through a link to the file", func(t *testing.T, data, other string) string {
			link := filepath.Join(other, "link")
			if err := os.Symlink(write(t, filepath.Join(data, "key"), string(text), 0o600), link); err != nil {
				t.Fatal(err)
			}
			return link
		}, "inside the data directory"},
		{"readable by the group", func(t *testing.T, _, other string) string {
			return write(t, filepath.Join(other, "key"), string(text), 0o640)
		}, "chmod 600"},
		{"executable by its owner", func(t *testing.T, _, other string) string {
			return write(t, filepath.Join(other, "key"), string(text), 0o700)
		}, "chmod 600"},
		{"empty", func(t *testing.T, _, other string) string {
			return write(t, filepath.Join(other, "key"), "", 0o600)
		}, "is empty"},
		{"without its first word", func(t *testing.T, _, other string) string {
			return write(t, filepath.Join(other, "key"), strings.TrimPrefix(string(text), "tocsin-key-1:"), 0o600)
		}, "does not hold a key"},
		{"one character short", func(t *testing.T, _, other string) string {
			return write(t, filepath.Join(other, "key"), string(text[:len(text)-2]), 0o600)
		}, "does not hold a key"},
		{"a directory", func(t *testing.T, _, other string) string { return other }, "not a regular file"},
		{"a dangling link", func(t *testing.T, _, other string) string {
			link := filepath.Join(other, "link")
			if err := os.Symlink(filepath.Join(other, "nowhere"), link); err != nil {
				t.Fatal(err)
			}
			return link
		}, "dangling link"},
		{"not named", func(*testing.T, string, string) string { return "" }, "--key-file"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			data, other := filepath.Join(root, "data"), filepath.Join(root, "other")
			for _, dir := range []string{data, other} {
				if err := os.Mkdir(dir, 0o700); err != nil {
					t.Fatal(err)
				}
			}
			path := test.path(t, data, other)
			_, err := seal.LoadKey(path, data)
			e := fault.As(err)
			if e == nil || e.Slug != "key-file" || !strings.Contains(e.Message, test.want) || !strings.Contains(e.Message, path) {
				t.Errorf("got %v, want a sentence that names %q and %q", err, path, test.want)
			}
		})
	}
}

func TestAKeyBesideTheDataDirectoryIsTaken(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	// "data-key" begins like "data", and is not inside of it.
	if _, err := seal.LoadKey(filepath.Join(root, "data-key"), filepath.Join(root, "data")); err != nil {
		t.Error(err)
	}
}

func TestAReadOnlyKeyFileIsTaken(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	if _, err := seal.LoadKey(path, ""); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o400); err != nil { // as systemd credentials are
		t.Fatal(err)
	}
	if _, err := seal.LoadKey(path, ""); err != nil {
		t.Error(err)
	}
}
