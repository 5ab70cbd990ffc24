package finding

import (
	"os"
	"path/filepath"
	"testing"
)

// sharedSamples returns the folder of samples that are not part of the
// repository. Without it the test is skipped, and says so.
func sharedSamples(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("TOCSIN_TESTDATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "testdata")
	}
	dir = filepath.Join(dir, "aws")
	if _, err := os.Stat(dir); err != nil {
		t.Log("THE SHARED SAMPLES ARE ABSENT: set TOCSIN_TESTDATA to the folder that holds aws/. Nothing was tested here.")
		t.Skip("shared samples absent")
	}
	return dir
}

func TestEverySharedSampleDecodes(t *testing.T) {
	t.Parallel()
	dir := sharedSamples(t)
	files, err := filepath.Glob(filepath.Join(dir, "asff-asr", "*.json"))
	if err != nil || len(files) < 100 {
		t.Fatalf("found %d ASFF samples in %s: %v", len(files), dir, err)
	}
	files = append(files, filepath.Join(dir, "ocsf-prowler", "example_output_aws.ocsf.json"))
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		parts, again := mustDecode(t, raw), mustDecode(t, raw)
		if len(parts) == 0 {
			t.Errorf("%s: no finding", filepath.Base(file))
		}
		for i, p := range parts {
			if p.Err != nil {
				t.Errorf("%s: part %d: %v", filepath.Base(file), i, p.Err)
				continue
			}
			checkPart(t, p)
			if p.Finding.Identity != again[i].Finding.Identity || p.ContentHash != again[i].ContentHash {
				t.Errorf("%s: part %d: identity or content differ at the second reading", filepath.Base(file), i)
			}
			if os.Getenv("TOCSIN_SHOW") != "" {
				f := p.Finding
				t.Logf("%s|%s|%s|%s|%d|%s|%v|%s|%s|%s|%.8s|%d ind|%d res|%s|%s", filepath.Base(file), f.Format, f.Origin, f.Class, f.ClassUID, f.Severity, f.Active, f.Result, f.Status, f.Control, f.Identity, len(f.Indicators), len(f.Resources), f.Account, f.Region)
			}
		}
	}
}

func TestSharedSamplesAreDistinctFindings(t *testing.T) {
	t.Parallel()
	dir := sharedSamples(t)
	raw, err := os.ReadFile(filepath.Join(dir, "ocsf-prowler", "example_output_aws.ocsf.json"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, p := range mustDecode(t, raw) {
		seen[p.Finding.Identity] = true
	}
	if len(seen) != 5 {
		t.Errorf("Prowler's five findings share a uid and are %d findings, want 5", len(seen))
	}
}
