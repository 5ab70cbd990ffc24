package ticket_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tocsin/internal/db"
	"tocsin/internal/finding"
)

var update = flag.Bool("update", false, "write golden files instead of comparing") //nolint:gochecknoglobals // a test flag

// samples is the folder of real findings that no one here wrote, or "".
func samples(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("TOCSIN_TESTDATA")
	if dir == "" {
		dir = "../../../shared/testdata/aws"
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("SKIPPED: the real samples are not here (%v); set TOCSIN_TESTDATA to their folder", err)
	}
	return dir
}

// TestEverySampleReachesItsOutcome gives every sample file twice. What becomes
// of each part the first time is listed in testdata/outcomes.tsv; the second
// time only counters may change.
func TestEverySampleReachesItsOutcome(t *testing.T) {
	t.Parallel()
	dir := samples(t)
	files, err := filepath.Glob(filepath.Join(dir, "asff-asr", "*.json"))
	if err != nil || len(files) < 100 {
		t.Fatalf("%d samples, %v", len(files), err)
	}
	files = append(files, filepath.Join(dir, "ocsf-prowler", "example_output_aws.ocsf.json"))
	slices.Sort(files)
	each(t, func(w *world) {
		lines := []string{"# file\tpart\tclass\tseverity\tresult\tactive\toutcome"}
		var rows []string
		for round := range 2 {
			before := w.size()
			for _, file := range files {
				body, err := os.ReadFile(file)
				if err != nil {
					w.t.Fatal(err)
				}
				parts, err := finding.Decode(body)
				if err != nil {
					w.t.Fatalf("%s: %v", file, err)
				}
				for i, p := range parts {
					var res finding.Result
					w.write("system:intake", func(tx *db.Tx) (err error) {
						res, err = w.findings.Take(tx, p, "api", w.tickets.FromFinding)
						return err
					})
					name := filepath.Base(file)
					if round == 0 {
						f := p.Finding
						if f == nil {
							w.t.Fatalf("%s: %v", name, p.Err)
						}
						rows = append(rows, fmt.Sprintf("%s\t%d\t%s\t%s\t%s\t%v\t%s", name, i, f.Class, f.Severity, f.Result, f.Active, res.Outcome))
					}
				}
			}
			if round == 1 && w.size() != before {
				w.t.Errorf("giving everything again changed %s to %s", before, w.size())
			}
		}
		golden(w.t, "testdata/outcomes.tsv", strings.Join(append(lines, rows...), "\n")+"\n")
	})
}

// size counts what must not grow when something is said twice.
func (w *world) size() string {
	w.t.Helper()
	var out []string
	err := w.d.Read(w.as("x"), func(tx *db.Tx) error {
		for _, table := range []string{"entry", "ticket", "finding", "original", "quarantine", "phase_visit"} {
			var n int
			if err := tx.QueryRow(`SELECT COUNT(*) FROM `+table+` WHERE tenant = $1`, tx.Tenant()).Scan(&n); err != nil {
				return err
			}
			out = append(out, fmt.Sprintf("%s=%d", table, n))
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return strings.Join(out, " ")
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s differs; run with -update and look at the change", file)
	}
}
