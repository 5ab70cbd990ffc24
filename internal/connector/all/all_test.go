package all_test

import (
	"os"
	"strings"
	"testing"

	"tocsin/internal/connector/all"
)

func TestEveryKindStandsUnderItsOwnNameAndInItsOwnFolder(t *testing.T) {
	t.Parallel()
	table := all.Table()
	folderOf := func(kind string) string { return strings.ReplaceAll(kind, "-", "") } // a package's name has no hyphen
	known := map[string]bool{}
	for name := range table {
		known[folderOf(name)] = true
	}
	for name, kind := range table {
		if kind.Manifest.Kind != name || kind.New == nil {
			t.Errorf("%s is the kind %q", name, kind.Manifest.Kind)
		}
		if kind.Manifest.Tells != (kind.Reach != nil) {
			t.Errorf("%s does not say the same of whether it tells people", name)
		}
		for _, file := range []string{"manifest.yaml", "README.md", "doc.go"} {
			if _, err := os.Stat("../" + folderOf(name) + "/" + file); err != nil {
				t.Error(err)
			}
		}
	}
	folders, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folders {
		if _, err := os.Stat("../" + f.Name() + "/manifest.yaml"); err == nil && !known[f.Name()] {
			t.Errorf("connector %s is not in the table", f.Name())
		}
	}
}
