package finding

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write golden files instead of comparing") //nolint:gochecknoglobals // a test flag

// sourceNames are the samples of every source, made by hand from the shapes that
// AWS documents.
func sourceNames(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "sources", "*.json"))
	if err != nil || len(files) < 35 {
		t.Fatalf("%d samples of sources: %v", len(files), err)
	}
	for i := range files {
		files[i] = strings.TrimSuffix(strings.TrimPrefix(filepath.ToSlash(files[i]), "testdata/"), ".json")
	}
	return files
}

func sourceSample(t testing.TB, name string) string { return fixture(t, "sources/"+name+".json") }

// TestEverySourceHasItsNormalForm compares each sample with the form committed;
// -update writes the forms anew, to be read before they are committed.
func TestEverySourceHasItsNormalForm(t *testing.T) {
	t.Parallel()
	for _, name := range sourceNames(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var list []any
			for _, p := range mustDecode(t, []byte(fixture(t, name+".json"))) {
				checkPart(t, p)
				if p.Err != nil {
					t.Fatal(p.Err)
				}
				checkText(t, p.Finding)
				list = append(list, struct {
					*Finding
					Kind string `json:"kind"`
					Tie  string `json:"tie"`
				}{p.Finding, p.Finding.Kind(), p.Finding.Tie()})
			}
			got, err := json.MarshalIndent(list, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			compareGolden(t, filepath.Join("testdata", name+".golden"), string(got)+"\n")
		})
	}
}

func compareGolden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}
